"""`detector simulate`: labelled synthetic traffic of a whole platform."""

from __future__ import annotations

from pathlib import Path

import click

from streams.commands.failure import failing
from streams.commands.numbers import Number


@click.command("simulate", short_help="Labelled synthetic traffic.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    required=True,
    help="File of events: .jsonl, .jsonl.gz or .jsonl.zst; - is stdout.",
)
@click.option(
    "--labels", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File of what is staged."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of every choice.")
@click.option(
    "--events",
    type=click.IntRange(2000, 1_000_000_000),
    default=1_000_000,
    show_default=True,
    help="Events in the file.",
)
@click.option(
    "--days", type=Number(0.01, 3660), default=7.0, show_default=True, help="Event time that they cover."
)
@click.option(
    "--fake-share",
    type=Number(0, 0.04),
    default=0.03,
    show_default=True,
    help="At most this share of the events is fake.",
)
@click.option(
    "--size", type=Number(0.01, 1000), default=1.0, show_default=True, help="Factor on the size of campaigns."
)
def command(
    out: Path, labels: Path, seed: int, events: int, days: float, fake_share: float, size: float
) -> None:
    """Write labelled synthetic traffic: ordinary life, hidden campaigns, and innocents that look odd.

    The same options give the same bytes.
    """
    from detector.simulate import SimulateConfig, simulate

    try:
        world = SimulateConfig(seed=seed, events=events, days=days, fake_share=fake_share, size=size)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if str(out) != "-" and out.resolve() == labels.resolve() and not out.is_char_device():
        raise click.UsageError("--out and --labels name the same file")
    with failing(OSError, ValueError, MemoryError):
        staged = simulate(world, out, labels)
    click.echo(f"{events:,} events, {len(staged['campaigns'])} campaigns hidden in them", err=True)
