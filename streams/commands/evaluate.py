"""`detector evaluate`: flags against labels."""

from __future__ import annotations

from pathlib import Path

import click

from streams.commands.failure import failing

file = click.Path(path_type=Path, dir_okay=False)


@click.command("evaluate", short_help="Flags against labels: recall, precision, delay per kind.")
@click.argument("flags", type=file)
@click.argument("labels", type=file)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def command(flags: Path, labels: Path, as_json: bool) -> None:
    """Compare FLAGS (of `replay` or `export`) with LABELS (of `simulate`)."""
    from detector.evaluate import evaluate

    with failing(OSError, ValueError):
        report = evaluate(flags, labels)
    if as_json:
        import json

        click.echo(json.dumps(report.to_dict(), indent=2))
    else:
        click.echo(report.render())
