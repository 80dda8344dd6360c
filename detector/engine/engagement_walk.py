# mypy: allow-untyped-defs, allow-untyped-calls
"""Walks back through the entries of a content, or of an author, in the log.

A chain is read one link after another, each from another place in memory, and a content that grows is walked
again and again. So the links stand apart from the entries, where they are small, and the last walks are kept:
a walk that comes to where another one began reads on from there in order.

All of this is derived from the log and forgotten with the process. What a walk finds does not depend on it:
the entries behind one never change.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from models.bare import bare
from models.prefetch import prefetch
from models.state import reserve

LINK = np.dtype([("ts", "i8"), ("back", "u4"), ("beside", "u4")])
# The entry at which a walk began, where what it found is kept, and how much it is.
_KNOWN = np.dtype([("head", "i8"), ("at", "i8"), ("n", "i8")])
_SLOTS, _KEPT = 1 << 12, 1 << 18
# A walk is kept when a larger share than this of it was new.
_NEW = 8
_LOW = np.uint64(0xFFFFFFFF)


class Trail(NamedTuple):
    """What makes walks fast."""

    links: np.ndarray  # LINK, of the log's entries
    known: np.ndarray  # _KNOWN (2, _SLOTS): of contents, and of authors, by key; one key drives out another
    kept: np.ndarray  # ring of the lower halves of sequence numbers
    position: np.ndarray  # how many were written to it


def trail(size: int) -> Trail:
    """Of a log of `size` entries."""
    known = np.zeros((2, _SLOTS), _KNOWN)
    return Trail(reserve(size, LINK), known, reserve(_KEPT, np.dtype("u4")), np.zeros(1, np.int64))


def retrace(log: np.ndarray, of: Trail) -> None:
    """Derives the trail of a log that has been loaded."""
    for name in LINK.names or ():
        of.links[name] = log[name]
    of.known["n"] = 0


@njit(cache=True)
def walk(log, trail, key, end, written, since, found, n, beside):
    """Sequence numbers of a chain's entries from `since` (ms) on, latest first.

    The entries themselves are asked for: who walks will read them next.

    Args:
        trail: of the log.
        key: of the content or author.
        end: sequence number + 1 of the chain's last entry.
        beside: whether the chain is an author's.
        written: entries written so far.
        found: int64 array that receives them from place `n` on. Returns the places used.
    """
    log, trail, found = bare(log), bare(trail), bare(found)
    links, kept, position = trail.links, trail.kept, trail.position
    mask, slot = len(log) - 1, np.int64((key >> np.uint64(20)) & np.uint64(_SLOTS - 1))
    known = trail.known[1 if beside else 0, slot]
    live = known.n > 0 and known.at + len(kept) >= position[0]
    oldest = max(written - len(log), np.int64(0))
    begin, at, new, back = n, end - 1, 0, np.int64(1)
    while back > 0 and at >= oldest and n < len(found):
        if live and at == known.head:
            for k in range(known.n):
                one = np.uint64(kept[(known.at + k) & (len(kept) - 1)])
                at = known.head - np.int64((np.uint64(known.head) - one) & _LOW)
                if at < oldest or n == len(found) or links[at & mask].ts < since:
                    back = np.int64(0)
                    break
                _ask(log, at & mask)
                found[n] = at
                n += 1
            live = False
            if back == 0:
                break
        elif links[at & mask].ts >= since:
            _ask(log, at & mask)
            found[n] = at
            n += 1
            new += 1
        else:
            break
        back = np.int64(links[at & mask].beside) if beside else np.int64(links[at & mask].back)
        at -= back
    if new * _NEW > n - begin:
        known.head, known.at, known.n = found[begin], position[0], n - begin
        for i in range(begin, n):
            kept[position[0] & (len(kept) - 1)] = np.uint32(found[i] & np.int64(0xFFFFFFFF))
            position[0] += 1
    return n


@njit(inline="always")
def _ask(log, at):
    """Asks for an entry, which may lie in two lines of memory."""
    prefetch(log, at)
    prefetch(log, at + 1)
