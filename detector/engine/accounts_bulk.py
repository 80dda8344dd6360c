# mypy: allow-untyped-defs, allow-untyped-calls
"""What registrations share with those before them, and what became of those who registered."""

import math

import numpy as np
from numba import njit

from detector.engine.accounts_names import pattern
from detector.engine.accounts_rows import (
    BURST,
    IDLE,
    IDLE_LATE,
    NEWCOMERS,
    NEWCOMERS_LATE,
    OF_DEVICE,
    OF_ENTITY,
    OF_PATTERN,
    RECENT,
    RECENT_AT,
    REGISTERED,
    SETTLED,
    SETTLED_LATE,
    SHARED,
    TRAITS,
    WAYS,
)
from models.hashing import pair

# Those who did nothing for so long after registering are idle: at first, and after the second look.
SOON_MINUTES, LATE_MINUTES = 60, 360
# Registrations further apart than this have no part in one another.
SPAN_SECONDS = 86_400
# Half-life of what counts as recent: half of the span in which a campaign registers.
_HALF_SECONDS = 10_800.0
# Shares are learnt from the last so many registrations.
_KEEP = 1.0 - 1.0 / 2_000.0
# Recent registrations that share a trait, and their surprise, from which they are looked at.
_LEAST, _GATE = 4.0, 2.0


@njit(inline="always")
def _decayed(seconds):
    return 2.0 ** (-max(seconds, 0.0) / _HALF_SECONDS)


@njit(cache=True)
def _trait(state, key, trait):
    """The row of a trait; the one of its set that was quiet for longest is given up where there is none."""
    sets = len(state.traits) // WAYS
    first = np.int64(key % np.uint64(sets)) * WAYS
    oldest = first
    for way in range(WAYS):
        k = first + way
        if state.traits[k].key == key:
            return k
        if state.traits[k].at < state.traits[oldest].at:
            oldest = k
    row = state.traits[oldest]
    row.key = key
    row.last = row.total = row.at = row.watched = 0
    row.recent = 0.0
    row.trait = trait
    return oldest


@njit(cache=True)
def register(state, event, heap, at, name_start, name_length, room, notices, found):
    """Takes a registration in; a notice for each trait that many have shared lately. Returns the notices."""
    account = state.accounts[at]
    second = account.registered
    usual = state.usual[0]
    now = np.float64(second)
    usual[RECENT] = usual[RECENT] * _decayed(now - usual[RECENT_AT]) + 1.0
    usual[RECENT_AT] = max(now, usual[RECENT_AT])
    entry = state.log[state.counters[REGISTERED] % len(state.log)]
    state.log_dirty[state.counters[REGISTERED] % len(state.log)] = 1
    entry.account, entry.at, entry.suspect = at, second, 0
    for k in range(len(TRAITS) + 1):
        usual[SHARED + k] *= _KEEP
    usual[SHARED] += 1.0
    for trait in range(len(TRAITS)):
        value = event.aux
        if trait == 1:
            value = event.device
        elif trait == 2:
            value = event.ip
        elif trait == 3:
            value = pattern(heap, name_start, name_length, room)
        account.peers[trait] = 0
        if value == 0:
            continue
        where = _trait(state, pair(value, np.uint64(trait + 1)), trait)
        row = state.traits[where]
        state.traits_dirty[where] = 1
        if row.last > 0 and np.int64(second) - np.int64(row.at) <= SPAN_SECONDS and row.last != at + 1:
            account.peers[trait] = row.last
        recent = row.recent * _decayed(now - np.float64(row.at)) + 1.0
        row.recent = recent
        row.last, row.at = at + 1, max(row.at, second)
        row.total += 1
        expected = _share(state, row) * usual[RECENT]
        if recent >= _LEAST and recent * math.log10((expected + 1.0) / expected) >= _GATE:
            entry.suspect = 1
            if not row.watched:
                notices[found].what, notices[found].row = BURST, where
                found += 1
        elif account.peers[trait] > 0:
            usual[SHARED + 1 + trait] += 1.0
    state.counters[REGISTERED] += 1
    return found


@njit(inline="always")
def _share(state, row):
    """Share of the registrations before the recent ones that had the trait; shrunk to that of a rare one."""
    had = max(np.float64(row.total) - row.recent, 0.0)
    of = max(np.float64(state.counters[REGISTERED]) - state.usual[0, RECENT], 0.0)
    return (had + 0.5) / (of + 50.0)


@njit(inline="always")
def _apart(usual, account):
    """Whether an account shares a device, an entity or a numbered name where that is not usual."""
    apart = False
    for trait in (OF_ENTITY, OF_DEVICE, OF_PATTERN):
        apart |= account.peers[trait] > 0 and 2.0 * usual[SHARED + 1 + trait] < usual[SHARED]
    return apart


@njit(cache=True)
def settle(state, second):
    """Learns whether those who registered an hour, and six hours, before `second` have done anything."""
    usual = state.usual[0]
    for which, minutes, of, idle in (
        (SETTLED, SOON_MINUTES, NEWCOMERS, IDLE),
        (SETTLED_LATE, LATE_MINUTES, NEWCOMERS_LATE, IDLE_LATE),
    ):
        at = max(state.counters[which], state.counters[REGISTERED] - len(state.log))
        while at < state.counters[REGISTERED]:
            entry = state.log[at % len(state.log)]
            if np.int64(entry.at) + 60 * minutes > second:
                break
            at += 1
            # What may be a campaign does not teach what is usual.
            if entry.suspect or _apart(usual, state.accounts[entry.account]):
                continue
            usual[of] = usual[of] * _KEEP + 1.0
            usual[idle] *= _KEEP
            if state.accounts[entry.account].first_act > minutes:
                usual[idle] += 1.0
        state.counters[which] = at
    state.usual_dirty[0] = 1


@njit(cache=True)
def latest(log, registered, since):
    """How many of the last registrations were at or after `since`, as far as they are remembered."""
    n = 0
    while n < min(registered, len(log)) and np.int64(log[(registered - 1 - n) % len(log)].at) >= since:
        n += 1
    return n


@njit(cache=True)
def members(accounts, last, trait, since, found):
    """Rows of the accounts registered at or after `since` that share a trait, latest first; how many.

    Args:
        last: the latest one's row plus one.
    """
    n = 0
    at = np.int64(last)
    while at > 0 and n < len(found):
        account = accounts[at - 1]
        if account.registered < since:
            break
        found[n] = at - 1
        n += 1
        at = np.int64(account.peers[trait])
    return n
