"""The world of `made`, as every stage of the engine is handed it."""

from __future__ import annotations

from functools import cache

import numpy as np

from detector.engine.actors import Actors
from detector.engine.rows import Batch
from tests.unit.detector import made

TICK = 60_000


def ticks(batch: Batch, parts: int) -> list[tuple[int, Batch]]:
    """(last tick, rows) in about so many parts of whole ticks."""
    tick = batch.rows["ts"] // TICK
    bounds = np.unique(np.quantile(tick, np.linspace(0, 1, parts + 1)[1:], method="nearest"))
    out, begin = [], 0
    for bound in bounds.tolist():
        end = int(np.searchsorted(tick, bound, side="right"))
        out.append((bound, batch.take(np.arange(begin, end))))
        begin = end
    return out


@cache
def arrived() -> Batch:
    return made.world().batch()


@cache
def acted() -> Batch:
    """With what the actors' stage adds."""
    batch = arrived()
    return Actors(TICK).step(1 << 40, batch.take(np.arange(len(batch))))
