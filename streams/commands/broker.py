"""`detector broker`: a real single-node Kafka on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from streams.commands.failure import Failure, failing
from streams.commands.numbers import Number

folder = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/broker"),
    show_default=True,
    help="Folder of the broker: its data, its log, its port.",
)


@click.group("broker", short_help="A real single-node Kafka on this machine.")
def command() -> None:
    """A real single-node Apache Kafka on 127.0.0.1 and free ports, for trials and tests."""


@command.command()
@folder
@click.option(
    "--timeout",
    type=Number(min=1),
    default=120.0,
    show_default=True,
    help="Seconds to wait for it.",
)
def start(folder: Path, timeout: float) -> None:
    """Start it, or find it running; prints HOST:PORT once it answers."""
    from streams import broker

    with failing(broker.BrokerError, OSError):
        click.echo(broker.start(folder, timeout).bootstrap)


@command.command()
@folder
def stop(folder: Path) -> None:
    """Stop it; its data stays."""
    from streams import broker

    with failing(broker.BrokerError, OSError):
        click.echo("stopped" if broker.stop(folder) else "was not running")


@command.command()
@folder
def status(folder: Path) -> None:
    """Print HOST:PORT and process id; exit 1 when it does not run or does not answer."""
    from streams import broker

    with failing(broker.BrokerError, OSError):
        found = broker.status(folder)
        if found is None:
            raise Failure(f"no broker runs in {folder}")
        if not broker.answers(found.bootstrap):
            raise Failure(f"the broker in {folder} runs (process {found.pid}) but does not answer")
    click.echo(f"{found.bootstrap} process {found.pid}")
