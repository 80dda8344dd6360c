# mypy: allow-untyped-defs, allow-untyped-calls
"""A hash index from 64-bit keys to row numbers, for kernels.

Open addressing with linear probing. A slot holds the key's upper 32 bits and the row number plus one, so a
probe touches the row itself (which holds the whole key) only when the fingerprint agrees.
"""

import numpy as np
from numba import njit

from models.state import Table, reserve

_EMPTY = np.uint64(0)
_LOW = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)
_ONE = np.uint64(1)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
# Of the slots, at most this share is used: linear probing stays at two probes (Knuth 6.4).
_LOAD = 2 / 3


class Index:
    """Row numbers by key for a table whose rows have a ``key`` field (uint64, never 0).

    The slots are derived from the table and not checkpointed: call `rebuild` when it has been loaded.

    >>> table = Table("rows", np.dtype([("key", "u8"), ("n", "i8")]), 100)
    >>> index = Index(table)
    >>> index.reserve(2)
    >>> row, table.used = add(index.slots, table.rows["key"], table.used, np.uint64(7))
    >>> int(row), table.used, int(find(index.slots, table.rows["key"], np.uint64(7)))
    (0, 1, 0)
    >>> int(find(index.slots, table.rows["key"], np.uint64(8)))
    -1
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.slots = np.zeros(1 << 10, np.uint64)

    def reserve(self, more: int) -> None:
        """Makes room for `more` keys. Raises MemoryError when the table itself is full."""
        need = self.table.used + more
        if need > len(self.table.rows):
            raise MemoryError(f"table {self.table.name} holds {len(self.table.rows)} rows, {need} are needed")
        size = len(self.slots)
        while need > size * _LOAD:
            size *= 2
        if size > len(self.slots):
            self.rebuild(size)

    def rebuild(self, size: int = 0) -> None:
        """Fills the slots, `size` of them at least, from the table."""
        size = max(size, len(self.slots))
        while self.table.used > size * _LOAD:
            size *= 2
        self.slots = reserve(size, np.dtype(np.uint64))
        _fill(self.slots, self.table.rows["key"], self.table.used)

    @property
    def nbytes(self) -> int:
        return self.slots.nbytes


@njit(inline="always")
def slot_of(slots, key):
    """The first slot that is tried for a key."""
    return np.int64((key * _SPREAD) >> np.uint64(20)) & (len(slots) - 1)


@njit(inline="always")
def find(slots, keys, key):
    """The row of a key, or -1."""
    mask = len(slots) - 1
    at = slot_of(slots, key)
    print_ = key >> _S32
    while True:
        slot = slots[at]
        if slot == _EMPTY:
            return np.int64(-1)
        if slot >> _S32 == print_:
            row = np.int64((slot & _LOW) - _ONE)
            if keys[row] == key:
                return row
        at = (at + 1) & mask


@njit(inline="always")
def add(slots, keys, used, key):
    """(row of a key, rows used): the key's row, or the next free one, which then holds the key."""
    mask = len(slots) - 1
    at = slot_of(slots, key)
    print_ = key >> _S32
    while True:
        slot = slots[at]
        if slot == _EMPTY:
            slots[at] = (print_ << _S32) | np.uint64(used + 1)
            keys[used] = key
            return np.int64(used), used + 1
        if slot >> _S32 == print_:
            row = np.int64((slot & _LOW) - _ONE)
            if keys[row] == key:
                return row, used
        at = (at + 1) & mask


@njit(cache=True)
def _fill(slots, keys, used):
    mask = len(slots) - 1
    for row in range(used):
        key = keys[row]
        at = slot_of(slots, key)
        while slots[at] != _EMPTY:
            at = (at + 1) & mask
        slots[at] = ((key >> _S32) << _S32) | np.uint64(row + 1)
