# mypy: allow-untyped-defs, allow-untyped-calls
"""A table of fixed size by 64-bit keys that lets go of what was not used for longest, for kernels.

Each key has a shelf of four rows; the newcomer takes the row whose `used` is least. So memory is bounded, and
nothing but the keys' order decides who stays.
"""

from typing import Any

import numpy as np
from numba import njit

from models.state import Table

WAYS = 4
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def shelves(name: str, dtype: np.dtype[Any], size: int) -> Table:
    """A table for `place`; its dtype has `key` (u8, 0: free) and `used` (u4, grows with time).

    Raises ValueError when `size` is not a power of two.
    """
    if size & (size - 1) or size < WAYS:
        raise ValueError(f"{size} is not a power of two")
    table = Table(name, dtype, size)
    table.used = size
    return table


@njit(inline="always")
def shelf_of(keys, key):
    """The first row of a key's shelf."""
    return (np.int64((key * _SPREAD) >> np.uint64(24)) & (len(keys) // 4 - 1)) * 4


@njit(inline="always")
def look_up(keys, key):
    """The row of a key, or -1.

    >>> rows = np.zeros(8, np.dtype([("key", "u8"), ("used", "u4")]))
    >>> at = place(rows["key"], rows["used"], np.uint64(7))
    >>> rows["key"][at] = 7
    >>> look_up(rows["key"], np.uint64(7)) == at, int(look_up(rows["key"], np.uint64(8)))
    (True, -1)
    """
    at = shelf_of(keys, key)
    found = np.int64(-1)
    for k in range(4):
        if keys[at + k] == key:
            found = at + k
    return found


@njit(inline="always")
def place(keys, used, key):
    """The row of a key, or the one that it is to take, which the caller clears and gives the key."""
    at = shelf_of(keys, key)
    best = at
    for k in range(4):
        if keys[at + k] == key:
            return at + k
        if keys[best] != 0 and (keys[at + k] == 0 or used[at + k] < used[best]):
            best = at + k
    return best
