"""Writes the sections of the documentation that the code knows best: run `python -m docs.generate`.

A section stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. A test compares the files with this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click
from prometheus_client import Counter

from config.settings import Settings, declared, env_name
from streams.cli import main
from streams.metrics import Metrics

FOLDER = Path(__file__).parent


def settings() -> str:
    """A table of settings for each section."""
    hints = get_type_hints(Settings)
    sections: dict[str, list[str]] = {}
    for each in declared():
        default = "none" if each.default is None else f"`{each.default}`" if str(each.default) else "empty"
        sections.setdefault(each.metadata["section"], []).append(
            f"| `{each.name}` | `{env_name(each.name)}` | {_kind(hints[each.name], each.metadata['limits'])} "
            f"| {default} | {each.metadata['doc']} |"
        )
    head = "| entry in the file | environment | type | default | meaning |\n|---|---|---|---|---|\n"
    return "\n\n".join(f"### {title}\n{head}" + "\n".join(rows) for title, rows in sections.items())


def _kind(hint: Any, limits: dict[str, Any]) -> str:
    names = {bool: "yes/no", int: "integer", float: "number", str: "text", Path: "path", type(None): ""}
    choices = [part for part in get_args(hint) if not isinstance(part, type)]
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    parts = [names[part] for part in (get_args(hint) or (hint,)) if names[part]]
    bounds = {"ge": "from {}", "gt": "over {}", "le": "to {}", "lt": "below {}"}
    shown = [bounds[key].format(f"{limit:,}") for key, limit in limits.items() if key in bounds]
    return " ".join([*parts, *shown])


def metrics() -> str:
    """A table of all metrics."""
    rows = ["| metric | type | labels | meaning |", "|---|---|---|---|"]
    for each in Metrics().declared:
        suffix = {"counter": "_total", "info": "_info"}.get(each._type, "")
        labels = ", ".join(f"`{label}`" for label in each._labelnames)
        kind = each._type if isinstance(each, Counter) or each._type != "info" else "info"
        rows.append(f"| `{each._name}{suffix}` | {kind} | {labels} | {each._documentation} |")
    return "\n".join(rows)


def commands() -> str:
    """The help of every command."""
    return "\n\n".join(f"### {path}\n```\n{text}\n```" for path, text in _help(main, "detector", None))


def _help(command: click.Command, name: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    context = click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=100,
        max_content_width=100,
        **(command.context_settings if parent is None else {}),
    )
    yield context.command_path, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None
            yield from _help(found, each, context)


SECTIONS = {
    "settings.md": {"settings": settings},
    "metrics.md": {"metrics": metrics},
    "commands.md": {"commands": commands},
}


def filled(name: str) -> str:
    """The text of a file with its sections as the code has them now.

    Raises:
        ValueError: a section's marks are missing.
    """
    text = (FOLDER / name).read_text()
    for section, make in SECTIONS[name].items():
        begin, end = f"<!-- begin {section} -->", f"<!-- end {section} -->"
        pattern = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"{name}: there is no section {begin} ... {end}")
        made = f"{begin}\n{make()}\n{end}"
        text = pattern.sub(lambda _, made=made: made, text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    for file in SECTIONS:
        (FOLDER / file).write_text(filled(file))
