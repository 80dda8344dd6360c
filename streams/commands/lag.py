"""`detector lag`: how far the group is behind."""

from __future__ import annotations

import click

from config.load import Loaded
from streams.commands.failure import failing
from streams.commands.settings import with_settings


@click.command("lag", short_help="How far the group is behind, by topic and partition.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list with an object for each partition.")
@with_settings("bootstrap", "topic_prefix", "group")
def command(loaded: Loaded, as_json: bool) -> None:
    """How far the group is behind: records between its committed offset and the end of each partition.

    Records whose tick is not over yet count as behind, so a worker that keeps up is some minutes behind.
    """
    from streams import security, topics
    from streams.broker import BrokerError

    settings = loaded.settings
    names = topics.TopicNames.of(settings)
    wanted = [*names.events.values(), *map(names.internal, topics.STAGES)]
    with failing(BrokerError, security.SecurityError):
        rows = topics.lag(security.client_options(settings), settings.group, wanted)
    if as_json:
        import json

        click.echo(json.dumps([row._asdict() for row in rows], indent=2))
        return
    wide = max((len(row.topic) for row in rows), default=5)
    click.echo(f"{'topic':<{wide}}  partition   committed         end      behind")
    for row in rows:
        at = "none" if row.committed is None else row.committed
        click.echo(f"{row.topic:<{wide}}  {row.partition:>9}  {at:>10}  {row.end:>10}  {row.behind:>10}")
    click.echo(f"{sum(row.behind for row in rows)} records behind")
