"""The table of `make bench`: what is measured, against what, and what came out."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "docs" / "benchmarks.md", ROOT / "README.md")
COMMAND = "make bench"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        what: is measured.
        reference: in the same run; empty where the figure stands by itself.
        least, aim: of `measured`.
        unit: of the three: `x` is a ratio to the reference.
        measured: what came out.
        figures: the absolute ones, and what must be known about them.
        small: whether less is better.
    """

    what: str
    reference: str
    least: float
    aim: float
    unit: str
    measured: float
    figures: str
    small: bool = False

    @property
    def met(self) -> str:
        """`aim`, `least`, or `no`."""
        for name, bound in (("aim", self.aim), ("least", self.least)):
            if self.measured <= bound if self.small else self.measured >= bound:
                return name
        return "no"


def number(value: float) -> str:
    """With three digits that count.

    >>> number(1_234_567), number(56.78), number(0.2345)
    ('1,234,567', '56.8', '0.234')
    """
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _value(value: float, unit: str) -> str:
    # Without a unit it is a score, whose fourth digit may count.
    return f"{number(value)} {unit}" if unit else f"{value:.4g}"


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        "| what | reference in the same run | measured | at least | aim | met | figures |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        bound = "at most " if row.small else ""
        cells = (
            row.what,
            row.reference,
            f"**{_value(row.measured, row.unit)}**",
            bound + _value(row.least, row.unit),
            _value(row.aim, row.unit),
            row.met,
            row.figures,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine() -> str:
    """Processor, cores, memory and the versions that matter."""
    found = re.search(r"model name\s*:\s*(.+)", _read(Path("/proc/cpuinfo")))
    processor = found[1] if found else platform.processor() or platform.machine()
    memory = re.search(r"MemTotal:\s*(\d+)", _read(Path("/proc/meminfo")))
    parts = [processor, f"{os.cpu_count()} cores"]
    if memory:
        parts.append(f"{int(memory[1]) / 2**20:.0f} GiB")
    parts.append(f"Python {platform.python_version()}")
    packages = ("numba", "numpy", "msgspec", "aiokafka", "faust-streaming")
    parts += [f"{name} {version(name)}" for name in packages]
    return ", ".join(parts)


def section(rows: list[Row], load: float, seconds: float) -> str:
    """The table with what must be known about the run.

    Args:
        rows: of the table.
        load: how many other processes wanted a core when it began (the system's load average).
        seconds: that all took.
    """
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    return (
        f"{table(rows)}\n\n"
        f"Measured {when} with `{COMMAND}` in {seconds:.0f} s; load of the machine before: {load:.1f}.\n"
        f"{machine()}.\n"
    )


def write(text: str, pages: tuple[Path, ...] = PAGES) -> None:
    """Puts the section into the pages, between its marks.

    Raises:
        ValueError: a page has no marks.
    """
    for page in pages:
        replace(page, "benchmarks", text)


def replace(page: Path, name: str, text: str) -> None:
    """Puts a section into a page, between the marks of its name.

    Raises:
        ValueError: the page has no such marks.
    """
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    old = page.read_text()
    if begin not in old or end not in old:
        raise ValueError(f"{page.name}: there is no section {begin} ... {end}")
    before, after = old[: old.index(begin)], old[old.index(end) :]
    page.write_text(f"{before}{begin}\n{text}{after}")


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""
