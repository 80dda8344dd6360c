"""`detector rules`: what holds for each kind of flag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from config.load import Loaded
from streams.commands.settings import with_settings

if TYPE_CHECKING:
    from config.packs import Pack
    from detector.engine.engine import Settings


@click.group("rules", short_help="Check and show the rules of the kinds of flags.")
def command() -> None:
    """Check and show the rules: status, legal basis and parameters of every kind of flag."""


def _read(loaded: Loaded) -> tuple[dict[str, Pack], Settings]:
    from config.packs import load
    from streams.engine import engine_settings

    packs = load(loaded.settings.rules_dir)
    return packs, engine_settings(loaded.settings, packs)


@command.command()
@click.argument("kinds", nargs=-1, metavar="[KIND...]")
@click.option("--json", "as_json", is_flag=True, help="As JSON: an object a kind.")
@with_settings("rules_dir")
def show(loaded: Loaded, kinds: tuple[str, ...], as_json: bool) -> None:
    """Print the rules of KINDs, of all when none is named; a changed parameter has a star."""
    from config.packs import hint, parameters_of
    from streams.engine import groups_of

    packs, engine = _read(loaded)
    for kind in kinds:
        if kind not in packs:
            raise click.BadParameter(f"there is no kind {kind!r}{hint(kind, packs)}", param_hint="KIND")
    shown: dict[str, dict[str, Any]] = {}
    for kind in kinds or packs:
        pack = packs[kind]
        shown[kind] = {
            "about": pack.about,
            "status": pack.status,
            "legal_basis": pack.legal_basis,
            "parameters": parameters_of(groups_of(engine, kind)),
            "changed": sorted(pack.parameters),
        }
    if as_json:
        import json

        click.echo(json.dumps(shown, indent=2))
        return
    for kind, rule in shown.items():
        click.echo(f"{kind}: {rule['status']}; {', '.join(rule['legal_basis'])}")
        click.echo(f"    {rule['about']}")
        for name, value in rule["parameters"].items():
            click.echo(f"    {name} = {value}{' *' if name in rule['changed'] else ''}")


@command.command()
@with_settings("rules_dir")
def check(loaded: Loaded) -> None:
    """Check the rule packs; exit 2 with a line for each entry that is refused."""
    packs, engine = _read(loaded)
    statuses = [pack.status for pack in packs.values()]
    counts = ", ".join(f"{statuses.count(one)} {one}" for one in ("on", "held", "shadow") if one in statuses)
    click.echo(f"rules are fine: {len(packs)} kinds, {counts}; version {engine.versions['rules']}")
