"""`detector export`: flags from Kafka to a file."""

from __future__ import annotations

from pathlib import Path

import click

from config.load import Loaded
from streams.commands.failure import failing
from streams.commands.settings import with_settings


@click.command("export", short_help="Flags from the `sanctions` topic to a file.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=Path("-"),
    show_default="stdout",
    help="File to write.",
)
@click.option("--kind", "kinds", multiple=True, help="Only flags of this kind; may be repeated.")
@click.option(
    "--status",
    "statuses",
    type=click.Choice(["open", "held", "retracted"]),
    multiple=True,
    help="Only flags of this status; may be repeated.",
)
@with_settings("bootstrap", "topic_prefix", "topic_sanctions")
def command(loaded: Loaded, out: Path, kinds: tuple[str, ...], statuses: tuple[str, ...]) -> None:
    """Write the flags of the `sanctions` topic, one line per flag id with its last revision.

    The lines are sorted by (ts, id), as `detector replay` writes them.
    """
    from detector.outfile import output
    from streams import flags, reading, security, topics
    from streams.broker import BrokerError

    settings = loaded.settings
    latest, strange = flags.Latest(), 0
    with failing(BrokerError, security.SecurityError, OSError), output(out) as file:
        topic = topics.TopicNames.of(settings).sanctions
        for record in reading.whole(security.client_options(settings), topic):
            try:
                latest.add(record.value or b"")
            except flags.FlagError:
                strange += 1
        count = latest.write(file, kinds, statuses)
    click.echo(f"{count} flags", err=True)
    if strange:
        click.echo(f"{strange} records that are no flags are left out", err=True)
