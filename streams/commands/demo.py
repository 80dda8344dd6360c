"""`detector demo`: everything on this machine, to watch."""

from __future__ import annotations

import click

from config.load import Loaded
from streams.commands.failure import failing
from streams.commands.numbers import Number
from streams.commands.settings import with_settings


@click.command("demo", short_help="Broker, worker, simulated traffic; flags as they come.")
@click.option(
    "--events",
    type=click.IntRange(min=20_000),
    default=300_000,
    show_default=True,
    help="Events of the simulated world.",
)
@click.option(
    "--days", type=Number(min=0.5, max=30), default=2.0, show_default=True, help="Their event time."
)
@click.option(
    "--seconds",
    type=Number(min=5, max=3600),
    default=60.0,
    show_default=True,
    help="Real time in which they are sent.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the world.")
@with_settings("data_dir")
def command(loaded: Loaded, events: int, days: float, seconds: float, seed: int) -> None:
    """Show the detector at work, with nothing to install or to configure.

    Starts a broker and a worker, sends simulated traffic with a few campaigns hidden in it, many times as
    fast as it happened, and prints flags as they come with their reasons. Ends by itself, or with Ctrl-C,
    and leaves nothing running; flags and labels stay in a folder under `data_dir`.
    """
    from streams.broker import BrokerError
    from streams.demo import session

    with failing(BrokerError, session.DemoError, OSError, ValueError):
        code = session.run(loaded.settings.data_dir, events, days, seconds, seed)
    click.get_current_context().exit(code)
