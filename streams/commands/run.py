"""`detector run`: the worker."""

from __future__ import annotations

import click

from config.load import Loaded
from streams.commands.failure import failing
from streams.commands.settings import with_settings


@click.command("run", short_help="The worker: scores Kafka's events until it is stopped.")
@with_settings(
    "bootstrap",
    "topic_prefix",
    "group",
    "shards",
    "checkpoint_seconds",
    "web_host",
    "metrics_port",
    "log_level",
)
def command(loaded: Loaded) -> None:
    """Score the events of Kafka's topics until SIGTERM or Ctrl-C, and send flags to `sanctions`.

    Start as many as you like with the same group: they share the partitions. Topics that are
    missing are made at the start, unless `create_topics` says no.
    """
    import os

    # A worker has one core; more threads in numerical libraries only disturb the others.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from streams import security, web, worker
    from streams.broker import BrokerError

    with failing(BrokerError, web.AddressError, security.SecurityError):
        code = worker.run(loaded.settings)
    click.get_current_context().exit(code)
