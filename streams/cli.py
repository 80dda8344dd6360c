"""`detector`: the command line. A command's module is imported only when that command is called."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from config.load import CONFIG_VARIABLE, ConfigError
from streams.commands.failure import Failure, words

# In the order of `detector --help`; each is `streams/commands/NAME.py` with a `command`.
COMMANDS = (
    "run",
    "replay",
    "simulate",
    "evaluate",
    "demo",
    "broker",
    "topics",
    "lag",
    "dlq",
    "export",
    "config",
    "rules",
)

# The shell's code for what Ctrl-C has ended.
INTERRUPTED = 130
# And for what has ended as nobody read its output any more.
UNREAD = 141


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"streams.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command, or says which it may have been."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if close:
                error.message += f" Did you mean {close[0]!r}?"
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command.

        Refused settings end in one clear line each and exit 2, Ctrl-C in 130, a reader of the output that has
        gone in 141, and all else that the machine refuses in a `Failure`.
        """
        try:
            with _ended_in_order():
                return super().invoke(ctx)
        except ConfigError as error:
            for line in str(error).splitlines():
                click.echo(f"Error: {line}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            _let_go_of_stdout()
            ctx.exit(UNREAD)
        except OSError as error:
            # A command names those that it expects; what is left is that its words cannot be written.
            _let_go_of_stdout()
            raise Failure(words(error)) from error


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does, so that it can tidy up; some have a way of their own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: Any) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _let_go_of_stdout() -> None:
    """What still waits to be written is not tried again at the end."""
    with suppress(OSError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"detector {version('detector')}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    envvar=CONFIG_VARIABLE,
    type=click.Path(path_type=Path),
    help="Settings file, YAML or TOML.",
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version."
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Finds fake traffic in the event stream of a content platform, and says why."""
    ctx.obj = config
