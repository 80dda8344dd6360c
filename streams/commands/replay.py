"""`detector replay`: the engine over files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from config.load import Loaded
from streams.commands.failure import failing
from streams.commands.settings import with_settings

if TYPE_CHECKING:
    from detector.events.decode import Invalid
    from detector.events.files import Chunk
    from detector.replay import Summary

OnProgress = Callable[[int, int], None]
OnInvalid = Callable[["Chunk", "list[Invalid]"], None]


@click.command("replay", short_help="The same engine over files, without a broker.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--flags",
    "out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=Path("-"),
    show_default="stdout",
    help="File of the flags, one line each.",
)
@click.option(
    "--dead-letter",
    "letters",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of the lines that are no events, with reasons; without it they are only counted.",
)
@click.option("--progress/--no-progress", default=None, help="A bar on stderr; by default on a terminal.")
@with_settings(
    "rules_dir",
    "shards",
    "tick_seconds",
    "lateness_seconds",
    "max_ahead_days",
    "false_alarm_budget",
    "replay_batch",
)
def command(
    loaded: Loaded, files: tuple[str, ...], out: Path, letters: Path | None, progress: bool | None
) -> None:
    """Score events of FILEs: .jsonl, .jsonl.gz or .jsonl.zst; - is stdin.

    Several files are merged by time. The flags file has one line per flag id, its last revision, sorted by
    (ts, id). Bad lines do not fail the replay: see `--dead-letter`.
    """
    from detector.events import files as reading
    from detector.outfile import output
    from detector.replay import replay
    from streams.engine import engine_settings, latest_allowed

    settings = loaded.settings
    wanted = sys.stderr.isatty() if progress is None else progress
    with failing(OSError), ExitStack() as stack:
        # All are opened at once: a name that cannot be written is better known before an hour's work.
        total = reading.size(files)
        _refuse_the_same(files, out, letters)
        file = stack.enter_context(output(out))
        dead = stack.enter_context(output(letters)) if letters else None
        with _bar(total) if wanted else nullcontext() as on_progress:
            summary, flags = replay(
                files,
                engine_settings(settings),
                batch=settings.replay_batch,
                latest=latest_allowed(settings),
                on_invalid=_writer(dead, files) if dead else None,
                on_progress=on_progress,
            )
        file.writelines(flag + b"\n" for flag in flags)
    _tell(summary, letters)


def _refuse_the_same(files: Sequence[str], out: Path, letters: Path | None) -> None:
    """What is read must not be written over, nor one thing over another."""
    given = [(Path(file), "is read") for file in files if file != "-"]
    for option, path in (("--flags", out), ("--dead-letter", letters)):
        if path is None or str(path) == "-":
            continue
        for other, use in given:
            # A device, or a terminal, may well be both.
            if path.resolve() == other.resolve() and (path.is_file() or not path.exists()):
                raise click.UsageError(f"{option} names {path}, which {use}")
        given.append((path, f"{option} names too"))


@contextmanager
def _bar(total: int | None) -> Iterator[OnProgress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[events]:,} events"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, events=0)
        yield lambda done, lines: bar.update(task, completed=done, events=lines)


def _writer(file: BinaryIO, paths: Sequence[str]) -> OnInvalid:
    """Writes bad lines as the `dead-letter` topic has them, with file and line for topic and offset.

    Of a line that is too large the first LONGEST bytes.
    """
    import msgspec

    from detector.events.slices import LONGEST

    encode = msgspec.json.Encoder().encode

    def write(chunk: Chunk, invalid: list[Invalid]) -> None:
        for bad in invalid:
            letter = {
                "raw": (chunk.lines[bad.index] or b"")[:LONGEST],
                "reason": bad.reason,
                "detail": bad.detail,
                "file": paths[int(chunk.file_numbers[bad.index])],
                "line": int(chunk.line_numbers[bad.index]),
            }
            file.write(encode(letter) + b"\n")

    return write


def _tell(summary: Summary, letters: Path | None) -> None:
    events, invalid = summary.events.total(), summary.invalid.total()
    rate = events / max(summary.seconds, 1e-9)
    click.echo(
        f"{events:,} events in {summary.seconds:.2f} s ({rate:,.0f} a second); {summary.late:,} late, "
        f"{summary.duplicates:,} duplicates, {invalid:,} invalid; {summary.flags.total():,} flags",
        err=True,
    )
    if summary.late > events // 2:
        click.echo("most events are late: a file has to be in order of `ts`, but for the lateness", err=True)
    for kind, count in sorted(summary.shadowed.items()):
        click.echo(f"{count:>10,}  {kind}, in the shadow: not in the file", err=True)
    for kind, count in sorted(summary.flags.items()):
        click.echo(f"{count:>10,}  {kind}", err=True)
    if invalid:
        click.echo(f"invalid lines by reason{f', in {letters}' if letters else ''}:", err=True)
        for reason, count in summary.invalid.most_common():
            click.echo(f"{count:>10,}  {reason}", err=True)
