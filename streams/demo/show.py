"""What the demo prints."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from detector.evaluation.report import Report
from streams.demo.words import Shown, headline, reasons
from streams.topics import TopicNames

COLOURS = {"critical": "bold red", "high": "bold red", "medium": "bold yellow", "low": "yellow"}


class Show:
    """Flags and places as lines, and a bar below them on a terminal.

    Args:
        console: to print on.
        events: that will be sent.
    """

    def __init__(self, console: Console, events: int) -> None:
        self._console = console
        self._decoder = msgspec.json.Decoder(Shown)
        self._seen: set[str] = set()
        self._bar = Progress(
            TextColumn("[cyan]{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[flags]} flags"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=events, flags=0)

    def __enter__(self) -> Show:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def line(self, text: str, style: str = "") -> None:
        """Prints a line above the bar."""
        self._console.print(text, style=style or None, highlight=False, markup=False, soft_wrap=True)

    def places(self, bootstrap: str, names: TopicNames, url: str, folder: Path) -> None:
        """Where to look while it runs."""
        self.line(f"broker   {bootstrap}, a real Apache Kafka; topics {names.clicks} … and {names.sanctions}")
        self.line(f"worker   {url}/metrics  {url}/readyz")
        self.line(f"files    {folder}: worker.log, and flags.jsonl and labels.json at the end")
        self.line("")

    def progress(self, sent: int, now: int) -> None:
        """How far the traffic is."""
        at = datetime.fromtimestamp(now / 1000, UTC).strftime("%a %H:%M")
        self._bar.update(self._task, completed=sent, description=at, flags=len(self._seen))

    def flag(self, raw: bytes) -> None:
        """A flag that came: the first revision with its reasons, a retraction with a line, others not."""
        flag = self._decoder.decode(raw)
        if flag.status == "retracted":
            self.line(f"taken back: {headline(flag)}", "dim")
        elif flag.id not in self._seen:
            self._seen.add(flag.id)
            self._console.print(
                escape(headline(flag)), style=COLOURS.get(flag.severity), highlight=False, soft_wrap=True
            )
            for reason in reasons(flag):
                self.line(f"    - {reason}")

    def summary(self, sent: int, seconds: float, report: Report | None, folder: Path) -> None:
        """What came of it."""
        self.line("")
        self.line(
            f"{sent:,} events in {seconds:.0f} s ({sent / max(seconds, 1e-9):,.0f} a second), "
            f"{len(self._seen)} flags"
        )
        if report is not None:
            total = report.total
            self.line(
                f"{total.campaigns} campaigns hidden, {total.found} found; {report.false_flags} false flags"
            )
            for name, figures in report.by_name.items():
                delay = figures.delay_median_ms
                when = "" if delay is None else f", after {delay / 60_000:.0f} min of event time"
                self.line(f"    {name}: {figures.found} of {figures.campaigns}{when}")
        self.line(f"flags are in {folder / 'flags.jsonl'}, what was hidden in {folder / 'labels.json'}")
