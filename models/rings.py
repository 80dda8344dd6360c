# mypy: allow-untyped-defs, allow-untyped-calls
"""Rings of entries of which each says how far back the one before of the same subject lies."""

import numpy as np
from numba import njit

FOREVER = np.int64(1 << 62)
"""Later than any `ts`."""


@njit(cache=True)
def walk(log, end, since, until, found):
    """Sequence numbers of a subject's entries with since <= ts < until, latest first.

    Args:
        log: ring of entries with `ts` and `back` (0: there is none before), its length a power of two.
        end: (sequence number + 1 of the subject's last entry, of the log's last entry).
        found: int64 array that receives them. Returns how many.
    """
    size = len(log)
    at, oldest = end[0] - 1, end[1] - size
    n = 0
    while at >= 0 and at >= oldest and n < len(found):
        entry = log[at & (size - 1)]
        if entry.ts < since:
            break
        if entry.ts < until:
            found[n] = at
            n += 1
        if entry.back == 0:
            break
        at -= np.int64(entry.back)
    return n
