"""What decoding costs, against msgspec making a list of Structs of the same bytes in the same run.

Run: python tests/bench/bench_decode.py [events]
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from detector.engine.rows import EVENT
from detector.events.decode import Decoder
from detector.events.kernel import encode, sign
from detector.events.scan import DOUBTFUL, SLOTS
from detector.events.schema import AnyEvent, Event
from detector.events.slices import Slices
from models.text.signature import signatures

_TS = 1_767_225_600_000
_ROUNDS = 5


def traffic(n: int, seed: int = 1) -> list[bytes]:
    """A mix: 70 % clicks, 12 % reposts, 8 % subscriptions, 6 % with text, the rest others."""
    rng = random.Random(seed)
    words = [rng.randbytes(rng.randrange(1, 5)).hex() for _ in range(2000)]
    out = []
    for k in range(n):
        event: dict[str, Any] = {"id": f"e{k:012d}", "ts": _TS + k}
        actor = {
            "actor": f"u{rng.randrange(10**6):06d}",
            "ip": rng.randbytes(6).hex(),
            "device": rng.randbytes(6).hex(),
            "source": rng.choice(("feed", "search", "share", "profile")),
        }
        content = {"content": f"p{rng.randrange(10**5):05d}", "author": f"c{rng.randrange(10**4):04d}"}
        text = {"text": " ".join(rng.choices(words, k=11))[:60]}
        draw = rng.random()
        if draw < 0.70:
            event |= {"type": "click", **actor, **content, "dwell_ms": rng.randrange(60_000)}
        elif draw < 0.82:
            event |= {"type": "repost", **actor, **content, "actor_created": _TS - rng.randrange(10**11)}
        elif draw < 0.90:
            event |= {"type": "subscription", **actor, "target": content["author"], "action": "subscribe"}
        elif draw < 0.95:
            event |= {"type": "comment", **actor, **content, **text}
        elif draw < 0.96:
            event |= {"type": "post", **actor, "content": content["content"], **text, "links": ["x.y/1"]}
        elif draw < 0.97:
            event |= {"type": "account", **actor, "action": "login"}
        else:
            event |= {"type": "exposure", **content, "count": rng.randrange(1, 999)}
        out.append(msgspec.json.encode(event))
    return out


def _best(works: dict[str, Callable[[int], object]], n: int, batch: int) -> dict[str, float]:
    """Nanoseconds of processor time an event, the best of some rounds, taken in turn."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(_ROUNDS):
        for name, work in works.items():
            start = time.process_time()
            for at in range(0, n, batch):
                work(at)
            best[name] = min(best[name], time.process_time() - start)
    return {name: seconds / n * 1e9 for name, seconds in best.items()}


def measure(records: list[bytes], batch: int) -> dict[str, float]:
    """Nanoseconds an event of the whole, of its parts, and of the yardstick."""
    n = len(records) - len(records) % batch
    decoder, one = Decoder(), msgspec.json.Decoder(AnyEvent).decode

    def structs(at: int) -> list[Event]:
        out = []
        for record in records[at : at + batch]:
            try:
                out.append(one(record))
            except msgspec.DecodeError:
                raise AssertionError("the traffic is valid") from None
        return out

    slices = [Slices.of(records[at : at + batch]) for at in range(0, n, batch)]
    offsets, spare = np.arange(batch, dtype=np.int64), np.empty(SLOTS + 1024, np.uint64)

    def rows(at: int) -> tuple[Any, ...]:
        some = slices[at // batch]
        source = some.buffer.ctypes.data
        made: tuple[Any, ...] = encode(
            source, some.starts, some.lengths, offsets, DOUBTFUL, 2**62, np.zeros(batch, EVENT), spare
        )
        return made

    made = [rows(at) for at in range(0, n, batch)]

    def signing(at: int) -> None:
        _, heap, _, texts, ends, places = made[at // batch]
        if len(places):
            sign(heap, places, *signatures(texts, ends))

    decoder.decode(records[:batch])
    works: dict[str, Callable[[int], object]] = {
        "msgspec": structs,
        "decode": lambda at: decoder.decode(records[at : at + batch]),
        "slices": lambda at: decoder.decode(slices[at // batch]),
        "rows+heap": rows,
        "signatures": signing,
    }
    return _best(works, n, batch)


@pytest.mark.bench
def test_decoding_costs_less_than_msgspec_making_structs() -> None:
    figures = measure(traffic(50_000), 2000)
    assert figures["decode"] < figures["msgspec"]


def main() -> None:
    records = traffic(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    print(f"{sum(map(len, records)) / len(records):.0f} bytes an event; ns an event:")
    for batch in (10, 100, 1000, 5000, 20_000):
        figures = measure(records, batch)
        parts = "  ".join(f"{name} {value:.0f}" for name, value in figures.items())
        print(f"batch {batch:>6}: {parts}  ratio {figures['decode'] / figures['msgspec']:.2f}")


if __name__ == "__main__":
    main()
