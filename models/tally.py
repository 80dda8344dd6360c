# mypy: allow-untyped-defs, allow-untyped-calls
"""Counts of the values in a stretch of entries, for kernels: a hash table that a new stamp empties.

Several kinds of values share one table. Values are told apart by 60 bits. A place is a key and beside it a
word: the stamp and, in the lower 24 bits, the count, or whatever marks the caller makes of them.
"""

import numpy as np
from numba import njit

KEY, WORD = range(2)
"""Columns of a table."""
BITS = 24
"""Of a word, for a count or marks."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_KIND = np.uint64(15)
_COUNT = np.int64((1 << BITS) - 1)


def tally(size: int) -> np.ndarray:
    """A table of `size` places, a power of two. Keep it half empty."""
    return np.zeros((size, 2), np.int64)


@njit(inline="always")
def _first(table, key):
    return np.int64((key * _SPREAD) >> np.uint64(32)) & (len(table) - 1)


@njit(inline="always")
def _key(kind, value):
    return (np.uint64(value) & ~_KIND) | np.uint64(kind)


@njit(inline="always")
def place(table, stamp, kind, value):
    """The place of a value of a kind (0 to 15); a new one's count is 0. The lowest four bits of a value do
    not count."""
    key = _key(kind, value)
    at = _first(table, key)
    while table[at, WORD] >> BITS == stamp and table[at, KEY] != np.int64(key):
        at = (at + 1) & (len(table) - 1)
    if table[at, WORD] >> BITS != stamp:
        table[at, KEY] = np.int64(key)
        table[at, WORD] = stamp << BITS
    return at


@njit(inline="always")
def bump(table, stamp, kind, value):
    """Counts a value; its count now."""
    at = place(table, stamp, kind, value)
    table[at, WORD] += 1
    return table[at, WORD] & _COUNT


@njit(inline="always")
def counted(table, stamp, kind, value):
    """The count of a value, 0 when it has not been counted."""
    key = _key(kind, value)
    at = _first(table, key)
    while table[at, WORD] >> BITS == stamp:
        if table[at, KEY] == np.int64(key):
            return table[at, WORD] & _COUNT
        at = (at + 1) & (len(table) - 1)
    return np.int64(0)


@njit(inline="always")
def room_for(table, n):
    """A table for at most `n` values: the front of this one, small enough to stay in the processor's cache.

    Other places than with the whole table: use it with a stamp of its own.
    """
    size = 64
    while size < 2 * n and size < len(table):
        size *= 2
    return table[:size]
