"""What a text costs: its signature, and finding its cluster. `python -m tests.bench.bench_text`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.text.bands import expect
from models.text.clusters import Clusters
from models.text.joining import join_member, join_text
from models.text.layout import buckets_of
from models.text.nearest import ROOM
from models.text.signature import WORDS, signatures

TEXTS = 50_000
AHEAD = 4
LETTERS = {
    "Latin": [chr(c) for c in range(97, 123)] + [" "] * 5,
    "Cyrillic": [chr(c) for c in range(0x430, 0x450)] + [" "] * 5,
    "Chinese": [chr(c) for c in range(0x4E00, 0x5800)],
}


def texts(script: str, n: int = TEXTS, length: int = 60) -> tuple[bytes, np.ndarray]:
    """`n` texts of random letters, as `signatures` takes them."""
    letters = np.array(LETTERS[script])
    raw = ["".join(row).encode() for row in np.random.default_rng(1).choice(letters, (n, length))]
    return b"".join(raw), np.cumsum([0, *map(len, raw)], dtype=np.int64)


def best(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of processor time of the quickest run: neighbours count less than by the clock."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def insert(clusters: Clusters, words: np.ndarray, actors: np.ndarray) -> None:
    """Takes texts into the clusters, as the contents' stage does."""
    _insert(clusters.state, words.ctypes.data, actors, np.empty(ROOM, np.int64))


def _insert_loop(state, words, actors, found):  # type: ignore[no-untyped-def]
    buckets, capacity = buckets_of(state)
    for i in range(len(actors)):
        if i + AHEAD < len(actors):
            expect(buckets, capacity, words + 4 * WORDS * (i + AHEAD))
        c, _ = join_text(state, words + 4 * WORDS * i, i * 100, 2, 60, 1 << 40, 9, found)
        join_member(state, c, i * 100, actors[i], actors[i], 0)


def figures() -> dict[str, float]:
    """Nanoseconds a text."""
    from numba import njit

    global _insert
    _insert = njit(_insert_loop)
    out = {}
    for script in LETTERS:
        data, offsets = texts(script)
        signatures(data, offsets)
        out[f"signature, {script}, 60 characters"] = (
            best(lambda d=data, o=offsets: signatures(d, o)) / TEXTS * 1e9
        )
    words, _ = signatures(*texts("Latin"))
    actors = np.arange(1, TEXTS + 1, dtype=np.uint64)
    insert(Clusters(1 << 10), words[:100], actors[:100])
    for capacity in (1 << 14, 1 << 18):
        seconds = best(lambda c=capacity: insert(Clusters(c), words, actors), 3)
        out[f"look-up and insert, all different, {capacity} remembered"] = seconds / TEXTS * 1e9
    few = np.ascontiguousarray(np.tile(words[:500], (TEXTS // 500, 1)))
    out["look-up and join, 500 texts repeated"] = (
        best(lambda: insert(Clusters(1 << 16), few, actors), 3) / TEXTS * 1e9
    )
    return out


_insert: Any = _insert_loop


@pytest.mark.bench
def test_text() -> None:
    costs = figures()
    assert costs["signature, Latin, 60 characters"] < 2_000


if __name__ == "__main__":
    for name, ns in figures().items():
        print(f"{name:60} {ns:8.0f} ns")
