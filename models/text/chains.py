# mypy: allow-untyped-defs, allow-untyped-calls
"""Chains of the rows of a ring by hash, newest first: what is needed of an index when rows die by age.

Rows have a running number ``seq`` (from 1; row ``seq & mask``). A link to a row whose number has moved on is
the end of a chain, so nothing is ever taken out. Derived from the ring: fill it anew in the order of `seq`.
"""

from __future__ import annotations

import numpy as np
from numba import njit


class Chains:
    """Room for the chains of a ring.

    Args:
        capacity: rows of the ring, a power of two.
    """

    def __init__(self, capacity: int) -> None:
        self.heads = np.zeros(2 * capacity, np.uint32)
        self.nexts = np.zeros(capacity, np.uint32)

    def clear(self) -> None:
        self.heads[:] = 0
        self.nexts[:] = 0

    @property
    def nbytes(self) -> int:
        return self.heads.nbytes + self.nexts.nbytes


@njit
def place(heads, key):
    """The place of a key's chain."""
    spread = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(spread >> np.uint64(24)) & (len(heads) - 1)


@njit
def link(heads, nexts, at, seq):
    """Puts row number `seq` at the front of the chain at `at`."""
    nexts[seq & (len(nexts) - 1)] = heads[at]
    heads[at] = np.uint32(seq)
