"""The engine alone, in one thread, against msgspec decoding the same bytes into Structs."""

from __future__ import annotations

import msgspec

from detector.engine.engine import Settings
from detector.events.schema import AnyEvent
from detector.replay import replay
from tests.bench.context import Context
from tests.bench.report import Row, number
from tests.bench.timing import best

BATCH = 5000
ROUNDS = 4


def rows(context: Context) -> list[Row]:
    world, decode = context.world, msgspec.json.Decoder(AnyEvent).decode
    lines = world.path.read_bytes().splitlines()

    def structs() -> None:
        for at in range(0, len(lines), BATCH):
            list(map(decode, lines[at : at + BATCH]))

    works = {
        "replay": lambda: replay([str(world.path)], Settings(), batch=BATCH),
        "msgspec": structs,
    }
    found = best(works, ROUNDS)
    ours, theirs = found["replay"], found["msgspec"]
    n = len(lines)
    return [
        Row(
            "engine alone (replay), all suspicions on, one thread",
            "msgspec decoding the same bytes into Structs",
            *(0.18, 0.3, "x", theirs.cpu / ours.cpu),
            f"by CPU time: {1e9 * ours.cpu / n:,.0f} against {1e9 * theirs.cpu / n:,.0f} ns an event, "
            f"{n / ours.cpu:,.0f} events/s; by the clock {number(theirs.wall / ours.wall)}, "
            f"{n / ours.wall:,.0f} events/s; only the replay reads a file and splits lines",
        )
    ]
