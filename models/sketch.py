# mypy: allow-untyped-defs, allow-untyped-calls
"""Counts of many keys in little memory, for kernels."""

import numpy as np
from numba import njit

from models.state import Table

_SPREAD_A = np.uint64(0x9E3779B97F4A7C15)
_SPREAD_B = np.uint64(0xC2B2AE3D27D4EB4F)


class Sketch:
    """A count-min sketch of two rows with conservative update (Estan and Varghese 2002).

    Counts are halved whenever as many keys have been added as a row has counters, so the error stays small
    and what is long past fades.

    Args:
        name: of the table.
        size: counters in a row, a power of two.

    Attributes:
        table: 2 * size counters, uint16.
        added: int64 array: additions since the last halving, and the sum of all counts.
    """

    def __init__(self, name: str, size: int) -> None:
        self.table = Table(name, np.dtype("u2"), 2 * size)
        self.table.used = 2 * size
        self.added = np.zeros(2, np.int64)


@njit(inline="always")
def _places(counters, key):
    half = len(counters) >> 1
    mask = half - 1
    h = np.uint64(key)
    return (
        np.int64((h * _SPREAD_A) >> np.uint64(32)) & mask,
        half + (np.int64((h * _SPREAD_B) >> np.uint64(32)) & mask),
    )


@njit(cache=True)
def estimate(counters, key):
    """How often a key was added, or more; of what was added before the last halving, half."""
    a, b = _places(counters, key)
    return min(counters[a], counters[b])


@njit(cache=True)
def increment(counters, dirty, added, key):
    """Adds a key; its count now."""
    if added[0] >= len(counters) >> 1:
        for i in range(len(counters)):
            counters[i] >>= 1
        dirty[: len(counters)] = 1
        added[0] = 0
        added[1] >>= 1
    a, b = _places(counters, key)
    n = min(min(counters[a], counters[b]) + 1, 65535)
    if counters[a] < n:
        counters[a] = n
        dirty[a] = 1
    if counters[b] < n:
        counters[b] = n
        dirty[b] = 1
    added[0] += 1
    added[1] += 1
    return n
