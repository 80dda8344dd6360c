"""Compiles every kernel and keeps the result: `python -m detector.warm`, once after installation.

A small stream of all types goes through the decoder and the engine; numba writes what it compiles to its
cache.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from detector.engine.engagement import warm as warm_engagement
from detector.engine.engine import Engine, Settings
from detector.engine.rows import Batch
from detector.events.decode import Decoder
from detector.events.slices import Slices

_START = 1_767_225_600_000


def events() -> list[bytes]:
    """Some events that reach every kernel: bursts of follows, a ring, near-duplicate posts, pushed topics."""
    made: list[dict[str, Any]] = []

    def add(kind: str, minute: float, **fields: object) -> None:
        made.append({"id": f"w{len(made)}", "ts": _START + int(minute * 60_000), "type": kind, **fields})

    for day in range(3):
        for k in range(40):
            at = day * 1440 + k / 8
            who: dict[str, object] = {"actor": f"u{day}-{k}", "ip": f"i{k % 5}", "device": f"d{k % 7}"}
            who["actor_created"] = _START - 10**9
            add("subscription", at, target="c1", action="subscribe", **who)
            add("subscription", at, target="c2", action="subscribe", **who)
            add("click", at, content="p1", author="c1", dwell_ms=900, **who)
            add("subscription", at + 300, target="c1", action="unsubscribe", **who)
            for post in range(5):
                add(
                    "repost",
                    at + post,
                    content=f"p{day}-{post}",
                    author=f"c{post}",
                    **who | {"actor": f"r{k % 8}"},
                )
            text = "The very same words of praise, written by many hands " + "again " * (k % 3)
            add("post", at, content=f"t{day}-{k}", text=text, links=["https://example.org/a"], **who)
            add("comment", at, content="p1", author="c1", text=text, **who)
            add("post", at + 600, content=f"q{day}-{k}", text=f"{day} {k}", topic=f"t{day}", **who)
            for other in (1, 3):
                on: dict[str, object] = {"content": f"q{day}-{k}", "author": f"u{day}-{k}"}
                add("repost", at + 610, **on, **who | {"actor": f"u{day}-{(k + other) % 40}"})
        for k in range(12):
            owner = {"device": f"r{day}", "entity": "e", "name": f"Name {k}7", "ip": f"r{k}"}
            add("account", day * 1440 + k, action="register", actor=f"n{day}-{k}", **owner)
        add("account", day * 1440, action="login", actor="u0")
        add("exposure", day * 1440, content="p1", author="c1", count=9)
    made.sort(key=lambda event: int(event["ts"]))
    return [json.dumps(event).encode() for event in made]


def through(records: Sequence[Sequence[bytes | None] | Slices]) -> Batch:
    """Takes pieces of records of all types through the decoder and a fresh engine; returns the last rows."""
    engine, decoder = Engine(Settings()), Decoder()
    batch = Batch.empty()
    for each in records:
        batch = decoder.decode(each).batch
        engine.push(batch)
    engine.finish()
    warm_engagement()
    return batch


def main() -> None:
    """Runs the events through."""
    through([events()])


if __name__ == "__main__":
    main()
