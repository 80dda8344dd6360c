# mypy: allow-untyped-defs, allow-untyped-calls
"""Company: who follows other targets together, gathered around the targets that most of them name."""

import math

import numpy as np
from numba import njit

from detector.engine.actors import LED, NEWCOMER, SERIAL
from detector.engine.follows import (
    COMMON,
    COMPANY,
    COMPANY_PLACES,
    COMPANY_SURPRISE,
    COMPANY_USUAL,
    KEPT,
    LED_KEPT,
    LISTED,
    SERIAL_KEPT,
    bump,
    counted,
    room,
)
from detector.engine.rows import ECHO
from models.bare import bare
from models.hashing import pair
from models.sketch import estimate
from models.tails import binomial_upper

# Other targets that company is gathered around at most, and the surprise that each must have.
ROUNDS = 3
_ROUND_LEAST = 0.5


@njit(cache=True)
def company(log, found, n, subject, memory, stamp, circle, targets, targets_all, pairs, out):
    """Gathers those of ``found[:n]`` who followed one other target lately, then of the rest those of another.

    Args:
        subject: its hash.
        stamp: this one and the ROUNDS after it are ones that `memory` has not had; the accounts gathered are
            left in its first table under this one, as kind 7.
        circle: how much likelier the followers of one account are than others to follow another.
        targets, targets_all: sketch of how many accounts name a target in the stream, and how often any is.
        pairs: sketch of how often the followers of one subject have named a target.

    `out` receives how many accounts are gathered, how many would be by how often the followers of others name
    those targets, the surprise, how many share the commonest, how many name any, at how many addresses those
    gathered are, and how many entries are theirs, of those who had come with crowds before, and of those whom
    content led there.
    """
    log, found, memory, out = bare(log), bare(found), bare(memory), bare(out)
    targets, pairs = bare(targets), bare(pairs)
    mask, table, items = len(log) - 1, room(memory, 0, n), room(memory, 1, n)
    for i in range(n):
        entry = log[found[i] & mask]
        if entry.flags & ECHO == 0:
            bump(table, stamp, 3, np.int64(entry.actor >> np.uint64(32)))
    for i in range(n):
        entry = log[found[i] & mask]
        names_any = entry.items[0] | entry.items[1] | entry.items[2] | entry.items[3]
        actor = np.int64(entry.actor >> np.uint64(32))
        if names_any and _counts(entry, actor, table, stamp) and bump(table, stamp, 6, actor) == 1:
            out[LISTED] += 1
    rest = out[LISTED]
    for k in range(1, ROUNDS + 1):
        best, most = _commonest(log, found, n, table, stamp, items, stamp + k)
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
                bump(table, stamp, 7, actor)
    if out[COMPANY]:
        for i in range(n):
            entry = log[found[i] & mask]
            if entry.flags & ECHO == 0 and counted(table, stamp, 7, np.int64(entry.actor >> np.uint64(32))):
                out[KEPT] += 1
                out[SERIAL_KEPT] += entry.marks & SERIAL != 0
                out[LED_KEPT] += entry.marks & LED != 0
                out[COMPANY_PLACES] += entry.ip == 0 or bump(table, stamp, 4, np.int64(entry.ip)) == 1


@njit(cache=True)
def begin_of_company(log, found, n, memory, stamp):
    """When most of those whom `company` has gathered under `stamp` began to follow, ms; 0 for nobody."""
    mask, table = len(log) - 1, room(memory, 0, n)
    times = np.empty(n, np.int64)
    k = 0
    for i in range(n):
        entry = log[found[i] & mask]
        if entry.flags & ECHO == 0 and counted(table, stamp, 7, np.int64(entry.actor >> np.uint64(32))):
            times[k] = entry.ts
            k += 1
    if k == 0:
        return np.int64(0)
    times = np.sort(times[:k])
    return times[k // 20]


@njit(inline="always")
def _counts(entry, actor, table, stamp):
    """Whether an entry counts for company: its actor follows the subject in this window, and is no newcomer.

    An echo may come long after the follow, when its actor follows another account with a crowd. Newcomers
    take over lists.
    """
    return entry.marks & NEWCOMER == 0 and counted(table, stamp, 3, actor) > 0


@njit(inline="always")
def _names(entry, item):
    named = False
    for k in range(4):
        named |= np.int64(entry.items[k]) == item
    return named


@njit(inline="always")
def _commonest(log, found, n, table, stamp, items, fresh):
    """(the item that most actors not gathered yet name, how many do); counts in `items`, stamped `fresh`."""
    best = np.int64(0)
    most = np.int64(0)
    for i in range(n):
        entry = log[found[i] & (len(log) - 1)]
        actor = np.int64(entry.actor >> np.uint64(32))
        if not _counts(entry, actor, table, stamp) or counted(table, stamp, 7, actor):
            continue
        for k in range(4):
            item = np.int64(entry.items[k])
            if item == 0:
                continue
            both = np.int64(pair(entry.actor, np.uint64(item)) >> np.uint64(32))
            if bump(items, fresh, 3, both) == 1:
                c = bump(items, fresh, 4, item)
                if c > most or (c == most and item < best):
                    most, best = c, item
    return best, most
