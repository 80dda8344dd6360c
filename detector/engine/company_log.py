# mypy: allow-untyped-defs, allow-untyped-calls
"""The log of the company's stage, read: acts of accounts, and on contents."""

import numpy as np
from numba import njit

from detector.engine.company_rows import POSTED
from models.rings import FOREVER, walk


@njit(cache=True)
def acts_on(acts, contents, rows, logged, since, most):
    """Slots of the acts, posts left out, on some contents (rows) at or after `since`: the latest of each."""
    found = np.empty(len(rows) * most, np.int64)
    size, n = len(acts), 0
    for row in rows:
        at, left = contents[row].end - 1, most
        while at >= 0 and at >= logged - size and left > 0:
            act = acts[at & (size - 1)]
            if act.ts < since:
                break
            if act.bits & POSTED == 0:
                found[n] = at
                n += 1
                left -= 1
            if act.beside == 0:
                break
            at -= np.int64(act.beside)
    return np.sort(found[:n]) & (size - 1)


@njit(cache=True)
def acts_of_many(acts, accounts, members, logged, since, most):
    """Slots of the acts, posts left out, of some accounts (rows) at or after `since`, oldest first."""
    found, one = np.empty(len(members) * most, np.int64), np.empty(most, np.int64)
    n = 0
    for member in members:
        end = (np.int64(accounts[member].end), logged)
        for k in range(walk(acts, end, since, FOREVER, one)):
            if acts[one[k] & (len(acts) - 1)].bits & POSTED == 0:
                found[n] = one[k]
                n += 1
    return np.sort(found[:n]) & (len(acts) - 1)


@njit(cache=True)
def counts_of(acts, accounts, members, logged, since, most):
    """How many acts some accounts (rows) have at or after `since`, each at most `most`."""
    counts, one = np.empty(len(members), np.int64), np.empty(most, np.int64)
    for k in range(len(members)):
        end = (np.int64(accounts[members[k]].end), logged)
        counts[k] = walk(acts, end, since, FOREVER, one)
    return counts


@njit(cache=True)
def logged_since(acts, logged, since):
    """How many acts of all accounts are in the log that are not before `since`."""
    low, high = max(0, logged - len(acts)), logged
    while low < high:
        middle = (low + high) // 2
        if acts[middle & (len(acts) - 1)].ts < since:
            low = middle + 1
        else:
            high = middle
    return logged - low
