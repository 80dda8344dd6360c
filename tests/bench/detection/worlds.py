"""The worlds that detection is judged on, at default settings; none of their seeds was tuned on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from detector.engine.engine import Settings
from detector.evaluate import evaluate
from detector.evaluation.report import Report
from detector.replay import replay
from detector.simulate import SimulateConfig, simulate
from tests.foreign.world import build
from tests.foreign.write import write

Make = Callable[[int, Path, Path], None]


@dataclass(frozen=True)
class Worlds:
    """A set of worlds.

    Attributes:
        name: what they are.
        seeds: of the worlds.
        make: writes a world's events and labels.
        found, false, f1, delay_minutes: the targets: share of campaigns found, false flags a million organic
            events, participants' F1 over campaigns, median delay of bursts.
    """

    name: str
    seeds: range
    make: Make
    found: float
    false: float = 1.0
    f1: float | None = None
    delay_minutes: float | None = None


def _own(seed: int, events: Path, labels: Path, size: float = 1.0) -> None:
    simulate(SimulateConfig(seed=seed, events=1_000_000, size=size), events, labels)


def _foreign(seed: int, events: Path, labels: Path) -> None:
    write(build(seed, 500_000), events, labels)


ALL = {
    "own": Worlds(
        "own simulator (`detector simulate`), a million events each", range(201, 211), _own, 0.98,
        f1=0.95, delay_minutes=10.0,
    ),
    "small": Worlds(
        "the same, campaigns of a fifth of the size (20 accounts at least)", range(201, 211),
        partial(_own, size=0.2), 0.85
    ),
    "foreign": Worlds(
        "worlds of another make (`python -m tests.foreign`), half a million events each", range(201, 207),
        _foreign, 0.98,
    ),
}  # fmt: skip


def judge(worlds: Worlds, seed: int, *, folder: Path) -> Report:
    """Makes a world and compares the flags with its labels."""
    events, labels, flags = (folder / f"{seed}.{name}" for name in ("jsonl", "json", "flags"))
    worlds.make(seed, events, labels)
    _, found = replay([str(events)], Settings())
    flags.write_bytes(b"".join(flag + b"\n" for flag in found))
    report = evaluate(flags, labels)
    for path in (events, labels, flags):
        path.unlink()
    return report
