"""`detector config`: what the settings are and where each comes from."""

from __future__ import annotations

import click

from config.load import Loaded
from config.settings import declared
from streams.commands.settings import with_settings

HIDDEN = "********"


@click.group("config", short_help="Check and show the settings.")
def command() -> None:
    """Check and show the settings."""


def _shown(loaded: Loaded) -> list[tuple[str, int | float | str | None, str]]:
    rows: list[tuple[str, int | float | str | None, str]] = []
    for each in declared():
        value = getattr(loaded.settings, each.name)
        if each.metadata["secret"] and value is not None:
            value = HIDDEN
        shown = value if isinstance(value, int | float | str | None) else str(value)
        rows.append((each.name, shown, loaded.origins[each.name]))
    return rows


@command.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list of name, value, origin.")
@with_settings()
def show(loaded: Loaded, as_json: bool) -> None:
    """Print each setting with its value and its origin."""
    rows = _shown(loaded)
    if as_json:
        import json

        keys = ("name", "value", "origin")
        click.echo(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2))
        return
    texts = [(name, "" if value is None else str(value), origin) for name, value, origin in rows]
    wide, wider = (max(len(row[column]) for row in texts) for column in (0, 1))
    for name, value, origin in texts:
        click.echo(f"{name:<{wide}}  {value:<{wider}}  {origin}")


@command.command()
@with_settings()
def check(loaded: Loaded) -> None:
    """Check the settings; exit 2 with a line for each that is refused."""
    given = sum(origin != "default" for origin in loaded.origins.values())
    click.echo(f"settings are fine: {given} given, {len(loaded.origins) - given} by default")
