"""How long work takes: the best of some rounds, taken in turn, so that neighbours disturb all alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, and of processor time (all threads)."""

    wall: float
    cpu: float


def cost(work: Callable[[], object]) -> Cost:
    """Of one call."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def best(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Cost]:
    """The least of each, wall and processor time apart."""
    found: dict[str, list[Cost]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(cost(work))
    return {
        name: Cost(min(one.wall for one in costs), min(one.cpu for one in costs))
        for name, costs in found.items()
    }
