# mypy: allow-untyped-defs, allow-untyped-calls
"""The log of follows and unfollows, and what it says about those behind a count.

A ring of the last entries; the entries of one subject are linked backwards. Kernels walk it only for subjects
that are under suspicion and for days that close, so every number in the evidence is an exact count.
"""

import math

import numpy as np
from numba import njit

from detector.engine.actors import NEWCOMER, SPREE, TOUCHED
from detector.engine.rows import ECHO, HAS_CREATED
from models.hashing import pair
from models.sketch import estimate
from models.tails import binomial_upper

FOLLOW = np.dtype(
    [
        ("ts", "i8"),
        ("actor", "u8"),
        ("id_at", "i8"),  # where the event's id begins in the ring of ids
        ("row", "u4"),  # of the subject
        ("back", "u4"),  # entries back to the subject's one before; 0 when there is none
        ("ip", "u4"),
        ("device", "u4"),
        ("items", "u4", (4,)),
        ("created", "u4"),  # minute
        ("seen", "u4"),
        ("prior", "u2"),
        ("marks", "u2"),
        ("id_length", "u2"),
        ("source", "u1"),
        ("flags", "u1"),
    ]
)

# What is counted of a stretch of entries.
EXAMINED, ADDRESSES, OTHER_ADDRESSES, DEVICES, OTHER_DEVICES, FRESH, COLD = range(7)
AGED, YOUNG, TOGETHER, SPREES, COMPANY, COMPANY_USUAL, COMPANY_SURPRISE, COMMON, LISTED = range(7, 16)
COUNTS = 16
# The bits of `classify`: what PARTS of the subjects' kernel count, in the same order, and company.
CLASSES = ("fresh", "cold", "young", "same_address", "same_device", "same_minute", "company")
COMPANY_BIT = 64
# An actor is fresh when it was first seen within a day before, young when registered within thirty.
FRESH_MINUTES = 24 * 60
YOUNG_MINUTES = 30 * 24 * 60
# Entries examined at most, the latest ones.
MOST = 8192
_SCRATCH = 64 * MOST
# Other targets that company is gathered around at most, and the surprise that each must have.
ROUNDS = 3
_ROUND_LEAST = 0.5


def scratch() -> np.ndarray:
    """Working memory for `examine`: stamps, keys, counts."""
    return np.zeros((3, _SCRATCH), np.int64)


@njit(inline="always")
def _bump(table, stamp, kind, value):
    """Counts a value (below 2^32) of a kind (below 8) in a hash table that a new stamp empties; its count."""
    key = value << 3 | kind
    mask = table.shape[1] - 1
    at = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & mask
    while table[0, at] == stamp:
        if table[1, at] == key:
            table[2, at] += 1
            return table[2, at]
        at = (at + 1) & mask
    table[0, at] = stamp
    table[1, at] = key
    table[2, at] = 1
    return 1


@njit(inline="always")
def _counted(table, stamp, kind, value):
    """The count of a value, 0 when it has not been counted."""
    key = value << 3 | kind
    mask = table.shape[1] - 1
    at = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & mask
    while table[0, at] == stamp:
        if table[1, at] == key:
            return table[2, at]
        at = (at + 1) & mask
    return np.int64(0)


@njit(cache=True)
def walk(log, end, since, until, found):
    """Sequence numbers of a subject's entries with since <= ts < until, latest first.

    Args:
        log: ring of FOLLOW, its length a power of two.
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


@njit(cache=True)
def examine(log, found, n, table, stamp, out):
    """Counts provenance over ``found[:n]``; `stamp` is one that `table` has not had.

    `out` receives COUNTS float64: entries, those with an address and how many of those repeat one, the same
    of devices, fresh and cold actors, entries with an age and young ones, the most in one minute, and the
    entries of actors on a spree. Neither these nor echoes count for the others. `company` fills in the rest.
    """
    mask = len(log) - 1
    out[:] = 0.0
    _sprees(log, found, n, table, stamp)
    for i in range(n):
        entry = log[found[i] & mask]
        if entry.flags & ECHO:
            continue
        if _counted(table, stamp, 5, np.int64(entry.actor >> np.uint64(32))):
            out[SPREES] += 1
            continue
        out[EXAMINED] += 1
        if entry.ip != 0:
            out[ADDRESSES] += 1
            if _bump(table, stamp, 0, np.int64(entry.ip)) > 1:
                out[OTHER_ADDRESSES] += 1
        if entry.device != 0:
            out[DEVICES] += 1
            if _bump(table, stamp, 1, np.int64(entry.device)) > 1:
                out[OTHER_DEVICES] += 1
        if entry.seen < FRESH_MINUTES:
            out[FRESH] += 1
        if entry.marks & TOUCHED == 0:
            out[COLD] += 1
        if entry.flags & HAS_CREATED:
            out[AGED] += 1
            if entry.ts // 60000 - np.int64(entry.created) < YOUNG_MINUTES:
                out[YOUNG] += 1
        out[TOGETHER] = max(out[TOGETHER], _bump(table, stamp, 2, entry.ts // 60000))


@njit(inline="always")
def _sprees(log, found, n, table, stamp):
    """Counts, as kind 5, the actors that are on a spree by one of their entries, echoes included."""
    for i in range(n):
        entry = log[found[i] & (len(log) - 1)]
        if entry.marks & SPREE:
            _bump(table, stamp, 5, np.int64(entry.actor >> np.uint64(32)))


@njit(cache=True)
def company(log, found, n, subject, table, stamp, circle, targets, targets_all, pairs, out):
    """Gathers those of ``found[:n]`` who followed one other target lately, then of the rest those of another.

    Args:
        subject: its hash.
        stamp: this one and the ROUNDS after it are ones that `table` has not had; the accounts gathered are
            left in it under this one, as kind 7.
        circle: how much likelier the followers of one account are than others to follow another.
        targets, targets_all: sketch of how often a target is named in the stream, and how often any is.
        pairs: sketch of how often the followers of one subject have named a target.

    `out` receives how many accounts are gathered, how many would be by how often the followers of others name
    those targets, the surprise, how many share the commonest, and how many name any.
    """
    mask = len(log) - 1
    for i in range(n):
        entry = log[found[i] & mask]
        if entry.flags & ECHO == 0:
            _bump(table, stamp, 3, np.int64(entry.actor >> np.uint64(32)))
    for i in range(n):
        entry = log[found[i] & mask]
        names_any = entry.items[0] | entry.items[1] | entry.items[2] | entry.items[3]
        actor = np.int64(entry.actor >> np.uint64(32))
        if names_any and _counts(entry, actor, table, stamp) and _bump(table, stamp, 6, actor) == 1:
            out[LISTED] += 1
    rest = out[LISTED]
    for k in range(1, ROUNDS + 1):
        best, most = _commonest(log, found, n, table, stamp, stamp + k)
        if most < 2:
            break
        item = np.uint64(best)
        # Its own followers are left out: those who buy for two accounts would make each the other's circle.
        elsewhere = float(estimate(targets, item)) - float(estimate(pairs, pair(subject, item)))
        p = min(1.0, circle * max(elsewhere, 0.5) / max(float(targets_all), 1.0))
        # It is the commonest of all that they name, at most four each.
        surprise = binomial_upper(float(most), rest, p) - math.log10(4.0 * rest)
        if surprise < _ROUND_LEAST:
            break
        out[COMPANY] += most
        out[COMPANY_USUAL] += p * rest
        out[COMPANY_SURPRISE] += surprise
        out[COMMON] = max(out[COMMON], most)
        rest -= most
        for i in range(n):
            entry = log[found[i] & mask]
            actor = np.int64(entry.actor >> np.uint64(32))
            if _counts(entry, actor, table, stamp) and _names(entry, best):
                _bump(table, stamp, 7, actor)


@njit(inline="always")
def _counts(entry, actor, table, stamp):
    """Whether an entry counts for company: its actor follows the subject in this window, and is no newcomer.

    An echo may come long after the follow, when its actor follows another account with a crowd. Newcomers
    take over lists.
    """
    return entry.marks & NEWCOMER == 0 and _counted(table, stamp, 3, actor) > 0


@njit(inline="always")
def _names(entry, item):
    named = False
    for k in range(4):
        named |= np.int64(entry.items[k]) == item
    return named


@njit(inline="always")
def _commonest(log, found, n, table, stamp, fresh):
    """(the item that most actors not gathered yet name, how many do); counts under the stamp `fresh`."""
    best = np.int64(0)
    most = np.int64(0)
    for i in range(n):
        entry = log[found[i] & (len(log) - 1)]
        actor = np.int64(entry.actor >> np.uint64(32))
        if not _counts(entry, actor, table, stamp) or _counted(table, stamp, 7, actor):
            continue
        for k in range(4):
            item = np.int64(entry.items[k])
            if item == 0:
                continue
            both = np.int64(pair(entry.actor, np.uint64(item)) >> np.uint64(32))
            if _bump(table, fresh, 3, both) == 1:
                c = _bump(table, fresh, 4, item)
                if c > most or (c == most and item < best):
                    most, best = c, item
    return best, most


@njit(cache=True)
def classify(log, found, n, subject, table, stamp, circle, targets, targets_all, pairs, bits):
    """Which of the things that `examine` and `company` count hold of each of ``found[:n]``.

    The arguments are those of `company`. `bits` (uint8) receives 1 << place for each of `CLASSES`.
    """
    mask = len(log) - 1
    busiest = np.int64(0)
    company(log, found, n, subject, table, stamp, circle, targets, targets_all, pairs, np.zeros(COUNTS))
    _sprees(log, found, n, table, stamp)
    for i in range(n):
        entry = log[found[i] & mask]
        if entry.flags & ECHO == 0:
            _bump(table, stamp, 0, np.int64(entry.ip))
            _bump(table, stamp, 1, np.int64(entry.device))
            busiest = max(busiest, _bump(table, stamp, 2, entry.ts // 60000))
    for i in range(n):
        entry = log[found[i] & mask]
        actor = np.int64(entry.actor >> np.uint64(32))
        b = 0
        if _counted(table, stamp, 7, actor):
            b |= COMPANY_BIT
        if entry.flags & ECHO == 0 and not _counted(table, stamp, 5, actor):
            if entry.seen < FRESH_MINUTES:
                b |= 1
            if entry.marks & TOUCHED == 0:
                b |= 2
            if entry.flags & HAS_CREATED and entry.ts // 60000 - np.int64(entry.created) < YOUNG_MINUTES:
                b |= 4
            if entry.ip != 0 and _counted(table, stamp, 0, np.int64(entry.ip)) > 1:
                b |= 8
            if entry.device != 0 and _counted(table, stamp, 1, np.int64(entry.device)) > 1:
                b |= 16
            if _counted(table, stamp, 2, entry.ts // 60000) == busiest:
                b |= 32
        bits[i] = b
