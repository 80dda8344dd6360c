"""The traffic that the benchmarks run on: a simulated day or two of a whole platform."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import msgspec

from detector.simulate import SimulateConfig, generate, stream

# What happens in a day: some 700 events a tick of a minute, as a real platform has them or more.
EVENTS = 1_000_000


@dataclass(frozen=True, slots=True)
class World:
    """A file of events, and the same by type.

    Attributes:
        path: of the file.
        by_type: records of each type, in the file's order.
        last: greatest event time, ms.
    """

    path: Path
    by_type: dict[str, list[bytes]]
    last: int

    @property
    def records(self) -> int:
        return sum(map(len, self.by_type.values()))

    @property
    def bytes_each(self) -> float:
        """Mean size of a record."""
        return sum(len(record) for records in self.by_type.values() for record in records) / self.records


def make(folder: Path, days: int = 1) -> World:
    """Makes the world of so many days and writes its file to the folder."""
    config = SimulateConfig(seed=5, events=days * EVENTS, days=days)
    by_type: dict[str, list[bytes]] = defaultdict(list)
    last = 0
    path = folder / f"world{days}.jsonl"
    with path.open("wb") as file:
        for ts, kind, record in stream(generate(config)):
            by_type[kind].append(record)
            last = max(last, ts)
            file.write(record + b"\n")
    return World(path, dict(by_type), last)


def closing(kind: str, number: int, ts: int) -> bytes:
    """An event of a type long after all others: it closes their ticks in the partition it is sent to."""
    content: dict[str, object] = {"content": "end-content", "author": "end-author"}
    own: dict[str, dict[str, object]] = {
        "subscription": {"target": "end-author", "action": "subscribe"},
        "click": content,
        "repost": content,
        "comment": content | {"text": "end"},
        "post": {"content": f"end-post-{number}", "text": "end"},
        "account": {"action": "login"},
        "exposure": content | {"count": 1},
    }
    event = {"id": f"end-{kind}-{number}", "ts": ts, "type": kind, "actor": f"end-{number}", **own[kind]}
    return msgspec.json.encode(event)
