"""`detector dlq`: look at the dead letters, send them again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click

from config.load import Loaded
from streams.commands.failure import failing
from streams.commands.settings import with_settings


def _chosen(function: Callable[..., Any]) -> Callable[..., Any]:
    reason = click.option("--reason", "reasons", multiple=True, help="Only of this reason; may be repeated.")
    origin = click.option("--topic", "origins", multiple=True, help="Only from this topic; may be repeated.")
    return reason(origin(function))


@click.group("dlq", short_help="Look at the dead letters, send them again.")
def command() -> None:
    """Records that broke a rule of the contract, kept with the reason."""


@command.command("list")
@_chosen
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, with the record's text.")
@with_settings("bootstrap", "topic_prefix")
def list_(
    loaded: Loaded, reasons: tuple[str, ...], origins: tuple[str, ...], limit: int | None, as_json: bool
) -> None:
    """Print the dead letters, oldest first, and a count for each reason.

    Without `--json` the records' own text is not shown: it may hold personal data.
    """
    from collections import Counter
    from itertools import islice

    import msgspec

    from streams import deadletters, security, topics
    from streams.broker import BrokerError

    settings = loaded.settings
    counts: Counter[str] = Counter()
    with failing(BrokerError, security.SecurityError):
        topic = topics.TopicNames.of(settings).dead_letter
        letters = deadletters.read(security.client_options(settings), topic, reasons, origins)
        for letter, _, _ in islice(letters, limit):
            counts[letter.reason] += 1
            if as_json:
                shown = {name: getattr(letter, name) for name in letter.__struct_fields__ if name != "raw"}
                text = (letter.raw or b"").decode(errors="backslashreplace")
                click.echo(msgspec.json.encode({**shown, "text": text}))
            else:
                click.echo(
                    f"{letter.topic}/{letter.partition} @{letter.offset}  {letter.reason}: {letter.detail}"
                )
    for reason, count in counts.most_common():
        click.echo(f"{count:>8}  {reason}", err=True)
    click.echo(f"{counts.total():>8}  in all", err=True)


@command.command()
@_chosen
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_settings("bootstrap", "topic_prefix")
def replay(
    loaded: Loaded, reasons: tuple[str, ...], origins: tuple[str, ...], limit: int | None, yes: bool
) -> None:
    """Send dead letters to the topics that they came from.

    Events whose id has been scored meanwhile are duplicates and change nothing, so this may be repeated.
    The letters stay in the dead-letter topic until its retention removes them.
    """
    from itertools import islice

    from streams import deadletters, security, topics
    from streams.broker import BrokerError

    settings = loaded.settings
    with failing(BrokerError, security.SecurityError):
        client = security.client_options(settings)
        topic = topics.TopicNames.of(settings).dead_letter

        def letters() -> Iterator[deadletters.Found]:
            return islice(deadletters.read(client, topic, reasons, origins), limit)

        if not yes:
            # Read twice, as they may be too many to be held; those that come meanwhile were not asked about.
            limit = sum(1 for _ in letters())
            if limit:
                click.confirm(f"Send {limit} records again?", abort=True, err=True)
        sent, left_out = deadletters.resend(client, letters()) if limit != 0 else (0, 0)
    click.echo(f"{sent} records sent again")
    if left_out:
        click.echo(f"{left_out} left out, of which there is not the whole record", err=True)
