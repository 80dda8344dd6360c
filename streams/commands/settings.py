"""Options that stand for settings, and the settings that they lead to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from config.load import Loaded, load
from config.settings import declared


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _pairs(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} is not of the form NAME=VALUE")
        pairs[name.strip().lower().replace("-", "_")] = value
    return pairs


def with_settings(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives a command `--config`, `--set NAME=VALUE` and an option for each named setting.

    The command is called with the `Loaded` settings first.

    Args:
        names: settings with an option of their own.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def command(*, config: Path | None, set_: dict[str, str], **rest: Any) -> Any:
            given = {name: value for name in names if (value := rest.pop(name)) is not None}
            labels = {name: f"--set {name}" for name in set_ if name not in given}
            loaded: Loaded = load(
                config or click.get_current_context().find_root().obj, {**set_, **given}, labels
            )
            return function(loaded, **rest)

        decorated: Callable[..., Any] = command
        docs = {each.name: each.metadata["doc"] for each in declared()}
        for name in reversed(names):
            help_text = docs[name][0].upper() + docs[name][1:].replace("`", "") + "."
            decorated = click.option(_option(name), name, metavar="VALUE", help=help_text)(decorated)
        decorated = click.option(
            "--set",
            "set_",
            multiple=True,
            metavar="NAME=VALUE",
            callback=_pairs,
            help="Any other setting; may be repeated.",
        )(decorated)
        return click.option("--config", type=click.Path(path_type=Path), help="Settings file, YAML or TOML.")(
            decorated
        )

    return decorate
