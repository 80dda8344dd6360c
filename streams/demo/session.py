"""One showing of the demo: a folder, a world, the play, the summary."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import msgspec
from rich.console import Console

from detector.evaluate import Report, compare
from detector.evaluation.files import Flag, Labels
from detector.simulate import SimulateConfig, generate, labels_of
from streams.demo.play import DemoError, Outcome, play
from streams.demo.show import Show

__all__ = ["DemoError", "run"]

# The shell's code for a command that Ctrl-C has ended.
INTERRUPTED = 130
# Hidden in the demo's world: what the suspicions are there to find.
ATTACKS = ("batch_posting", "bought_followers", "repost_ring", "withdrawn_followers")


def run(data: Path, events: int, days: float, seconds: float, seed: int) -> int:
    """Shows the demo, and returns the exit code: 0, or 130 when it was stopped before its end.

    Args:
        data: folder under which this showing gets one of its own.
        events, days, seed: of the world.
        seconds: of real time, to send it in.

    Raises:
        DemoError, BrokerError: something did not start, or ended before its time.
        ValueError: the world is too small.
        OSError: the folder cannot be made.
    """
    data.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir=data))
    config = SimulateConfig(seed=seed, events=events, days=days, attacks=ATTACKS)
    with Show(Console(), events) as show:
        speed = days * 86_400 / seconds
        show.line(f"A platform of {config.population:,} accounts: {events:,} events of {days:g} days,")
        show.line(f"sent in {seconds:g} s, {speed:,.0f} times as fast as they happened.")
        made = generate(config)
        labels = labels_of(made)
        (folder / "labels.json").write_bytes(msgspec.json.format(msgspec.json.encode(labels), indent=1))
        show.line(f"{len(labels['campaigns'])} campaigns are hidden in it. The detector is not told which.")
        outcome = asyncio.run(play(folder, made, speed, show))
    show.summary(outcome.sent, outcome.seconds, _report(outcome, labels), folder)
    return INTERRUPTED if outcome.interrupted else 0


def _report(outcome: Outcome, labels: dict[str, object]) -> Report | None:
    if outcome.interrupted:
        return None
    decoder = msgspec.json.Decoder(Flag)
    return compare(map(decoder.decode, outcome.flags), msgspec.convert(labels, Labels))
