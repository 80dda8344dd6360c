# mypy: allow-untyped-defs, allow-untyped-calls
"""Which 64-bit ids were seen lately: two generations of ids, exact within them."""

import numpy as np
from numba import njit

from models.bare import bare
from models.state import Table

_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class RecentIds:
    """The last ``limit`` to ``2 * limit`` ids.

    Two generations of an open-addressing set, at most half full. When the younger has ``limit`` ids the older
    is emptied and takes its place; that happens at the same id whatever the batches.

    Attributes:
        table: both generations' slots, one after the other.
        position: int64 array: number of the younger generation, ids in it.
    """

    def __init__(self, limit: int) -> None:
        size = 16
        while size < 2 * limit:
            size *= 2
        self.limit = limit
        self.table = Table("recent_ids", np.dtype("u8"), 2 * size)
        self.table.used = 2 * size
        self.position = np.zeros(2, np.int64)


@njit(cache=True)
def seen(slots, dirty, position, limit, key):
    """Whether `key` (never 0) is known; from now on it is."""
    slots, dirty = bare(slots), bare(dirty)
    size = len(slots) >> 1
    mask = size - 1
    first = np.int64((key * _SPREAD) >> np.uint64(20)) & mask
    base = (1 - position[0]) * size
    at = first
    while slots[base + at] != 0:
        if slots[base + at] == key:
            return True
        at = (at + 1) & mask
    base = position[0] * size
    at = first
    while slots[base + at] != 0:
        if slots[base + at] == key:
            return True
        at = (at + 1) & mask
    if position[1] >= limit:
        position[0] = 1 - position[0]
        position[1] = 0
        base = position[0] * size
        slots[base : base + size] = 0
        dirty[base : base + size] = 1
        at = first
    slots[base + at] = key
    dirty[base + at] = 1
    position[1] += 1
    return False
