"""Figures of an evaluation, as data and as a table."""

from __future__ import annotations

import io
from typing import Any

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table


class Outcome(msgspec.Struct, frozen=True):
    """What became of one campaign; delay in ms from its start to the first flag; shares of participants."""

    name: str
    kind: str
    found: bool
    size: int
    start: int
    pace: str
    flags: int
    delay: int | None
    precision: float | None
    recall: float | None
    f1: float | None
    role_right: bool | None


class KindFigures(msgspec.Struct, frozen=True):
    """Figures of one group of campaigns; means over campaigns, None where there is nothing to count."""

    campaigns: int
    found: int
    recall: float | None
    flags_true: int | None
    flags_false: int | None
    precision: float | None
    participants_precision: float | None
    participants_recall: float | None
    participants_f1: float | None
    participants_f1_all: float | None
    delay_median_ms: int | None


class Report(msgspec.Struct, frozen=True):
    """How well flags agree with labels.

    Attributes:
        total: all campaigns; `participants_f1` over those found, `participants_f1_all` with 0 for the others.
        bursts: only campaigns whose pace is a burst (their delay is the one that matters).
        by_kind: by the kind of flag expected; true and false flags are those of this kind.
        by_name: by attack.
        false_flags, false_per_million: all, and on a million organic events.
        false_by_innocent: by what they fell for.
        outcomes: each campaign, in the labels' order.
        false_ids: ids of the false flags by what they fell for.
    """

    total: KindFigures
    bursts: KindFigures
    by_kind: dict[str, KindFigures]
    by_name: dict[str, KindFigures]
    false_flags: int
    false_per_million: float
    false_by_innocent: dict[str, int]
    organic_events: int
    outcomes: list[Outcome]
    false_ids: dict[str, list[str]]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value

    def render(self, width: int = 110) -> str:
        """As text, for a terminal."""
        out = io.StringIO()
        console = Console(file=out, width=width, no_color=True, highlight=False)
        flags = _table("Flags by kind (P, R, F1: participants; F1*: with 0 for what was not found)")
        for kind, figures in sorted(self.by_kind.items()):
            flags.add_row(kind, *_cells(figures))
        flags.add_section()
        flags.add_row("bursts", *_cells(self.bursts))
        flags.add_row("all", *_cells(self.total))
        console.print(flags)
        attacks = _table("Campaigns by attack", flags=False)
        for name, figures in sorted(self.by_name.items()):
            attacks.add_row(name, *_cells(figures, flags=False))
        console.print(attacks)
        false = Table(box=SIMPLE, title="False flags", title_justify="left")
        false.add_column("fell for", no_wrap=True)
        false.add_column("flags", justify="right")
        for kind, count in sorted(self.false_by_innocent.items(), key=lambda item: (-item[1], item[0])):
            false.add_row(kind, str(count))
        console.print(false)
        console.print(
            f"{self.total.found} of {self.total.campaigns} campaigns found; {self.false_flags} false flags, "
            f"{self.false_per_million:.2f} a million organic events ({self.organic_events:,})"
        )
        return out.getvalue()


_FLAGS = ("true", "false", "prec.")


def _table(title: str, *, flags: bool = True) -> Table:
    table = Table(box=SIMPLE, title=title, title_justify="left", padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    middle = _FLAGS if flags else ()
    for name in ("staged", "found", "recall", *middle, "P", "R", "F1", "F1*", "delay min"):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _cells(f: KindFigures, *, flags: bool = True) -> list[str]:
    delay = None if f.delay_median_ms is None else f.delay_median_ms / 60_000
    middle = [
        "" if f.flags_true is None else str(f.flags_true),
        "" if f.flags_false is None else str(f.flags_false),
        _share(f.precision),
    ]
    return [
        str(f.campaigns),
        str(f.found),
        _share(f.recall),
        *(middle if flags else []),
        _share(f.participants_precision),
        _share(f.participants_recall),
        _share(f.participants_f1),
        _share(f.participants_f1_all),
        "" if delay is None else f"{delay:.1f}",
    ]


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
