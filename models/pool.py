# mypy: allow-untyped-defs, allow-untyped-calls
"""A table of fixed size whose rows are found by key and taken over when there is no free one, for kernels.

A clock's hand goes round the rows; of the next few the one that has been quiet longest gives way (sampled
least-recently-used). What is dropped depends on the order of keys alone.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.index import Index, slot_of
from models.state import Table

_EMPTY = np.uint64(0)
_LOW = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)
_SAMPLE = 16


class Pool:
    """Rows by key.

    Args:
        name: of the table.
        dtype: of a row; has `key` (uint64, never 0) and `last`, a time that only grows.
        capacity: rows at most.

    Attributes:
        table, index: of the rows.
        counters: int64 array: rows used, the hand.
    """

    def __init__(self, name: str, dtype: np.dtype, capacity: int) -> None:
        self.table = Table(name, dtype, capacity)
        self.index = Index(self.table)
        self.counters = np.zeros(2, np.int64)

    def reserve(self, more: int) -> None:
        """Makes room in the index for `more` keys."""
        self.sync()
        self.index.reserve(min(more, len(self.table.rows) - self.table.used))

    def sync(self) -> None:
        """Takes over what a kernel has counted."""
        self.table.used = max(self.table.used, int(self.counters[0]))

    def rebuild(self) -> None:
        """After the table has been loaded."""
        self.counters[0] = self.table.used
        self.index.rebuild()

    @property
    def nbytes(self) -> int:
        return self.table.nbytes + self.index.nbytes


@njit(inline="always")
def _place(slots, key, row):
    at = slot_of(slots, key)
    mask = len(slots) - 1
    while slots[at] != _EMPTY:
        at = (at + 1) & mask
    slots[at] = ((key >> _S32) << _S32) | np.uint64(row + 1)


@njit(inline="always")
def _row(slot):
    return np.int64(slot & _LOW) - 1


@njit(cache=True)
def _remove(slots, keys, row):
    """Takes a row out of the index and closes the gap (linear probing, Knuth 6.4 algorithm R)."""
    mask = len(slots) - 1
    gap = slot_of(slots, keys[row])
    while _row(slots[gap]) != row:
        gap = (gap + 1) & mask
    at = (gap + 1) & mask
    while slots[at] != _EMPTY:
        home = slot_of(slots, keys[_row(slots[at])])
        if ((at - home) & mask) >= ((at - gap) & mask):
            slots[gap] = slots[at]
            gap = at
        at = (at + 1) & mask
    slots[gap] = _EMPTY


@njit(cache=True)
def take(slots, rows, keys, counters, key):
    """The row of a new key: a free one, or one that gives way; it is zeroed and holds the key."""
    row = counters[0]
    if row < len(rows):
        counters[0] += 1
    else:
        row = counters[1] % len(rows)
        for k in range(1, min(_SAMPLE, len(rows))):
            other = (counters[1] + k) % len(rows)
            if rows[other].last < rows[row].last:
                row = other
        counters[1] = (row + 1) % len(rows)
        _remove(slots, keys, row)
        rows[row : row + 1] = np.zeros(1, rows.dtype)
    keys[row] = key
    _place(slots, key, row)
    return row
