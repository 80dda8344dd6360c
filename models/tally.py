# mypy: allow-untyped-defs, allow-untyped-calls
"""Counts of the values in a stretch of entries, for kernels: a hash table that a new stamp empties.

Several kinds of values share one table. Values are told apart by 60 bits.
"""

import numpy as np
from numba import njit

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_KIND = np.uint64(15)


def tally(size: int) -> np.ndarray:
    """A table of `size` places, a power of two: stamps, keys, counts. Keep it half empty."""
    return np.zeros((3, size), np.int64)


@njit(inline="always")
def _place(table, key):
    return np.int64((key * _SPREAD) >> np.uint64(32)) & (table.shape[1] - 1)


@njit(inline="always")
def _key(kind, value):
    return (np.uint64(value) & ~_KIND) | np.uint64(kind)


@njit(inline="always")
def bump(table, stamp, kind, value):
    """Counts a value of a kind (0 to 15); its count now. The lowest four bits of a value do not count."""
    key = _key(kind, value)
    at = _place(table, key)
    mask = table.shape[1] - 1
    while table[0, at] == stamp:
        if table[1, at] == np.int64(key):
            table[2, at] += 1
            return table[2, at]
        at = (at + 1) & mask
    table[0, at] = stamp
    table[1, at] = np.int64(key)
    table[2, at] = 1
    return np.int64(1)


@njit(inline="always")
def counted(table, stamp, kind, value):
    """The count of a value, 0 when it has not been counted."""
    key = _key(kind, value)
    at = _place(table, key)
    mask = table.shape[1] - 1
    while table[0, at] == stamp:
        if table[1, at] == np.int64(key):
            return table[2, at]
        at = (at + 1) & mask
    return np.int64(0)
