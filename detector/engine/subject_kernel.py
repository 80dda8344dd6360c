# mypy: allow-untyped-defs, allow-untyped-calls
"""The loop of the subjects' stage: event by event, and at the end of every tick the subjects touched."""

from typing import NamedTuple

import numpy as np
from numba import njit

from detector.engine.actors import NEWCOMER
from detector.engine.follows import (
    ADDRESSES,
    AGED,
    COLD,
    COUNTS,
    DEVICES,
    EXAMINED,
    FRESH,
    MOST,
    OTHER_ADDRESSES,
    OTHER_DEVICES,
    TOGETHER,
    YOUNG,
    examine,
    walk,
)
from detector.engine.rows import (
    CLICK,
    COMMENT,
    ECHO,
    EXPOSURE,
    LATE,
    POST,
    REPOST,
    SUBSCRIPTION,
    UNSUBSCRIBE,
    strings_of,
)
from models.hashing import pair
from models.index import add, slot_of
from models.names import append, remember
from models.prefetch import prefetch
from models.sketch import increment
from models.tails import negative_binomial
from models.windows import LENGTHS, WINDOWS, advance, count, usual

CHANNELS = ("subscribe", "unsubscribe", "click", "repost", "comment", "exposure", "post")
FOLLOWED, UNFOLLOWED, CLICKED, REPOSTED, COMMENTED, SHOWN, POSTED = range(len(CHANNELS))

SUBJECT = np.dtype(
    [
        ("key", "u8"),  # hash of subject and channel
        ("subject", "u8"),
        ("end", "i8"),  # sequence number + 1 of the last entry in the log, 0 when there is none
        *WINDOWS,
        ("reported", "u4"),  # the total when the subject was last looked at
        ("company", "u4"),  # entries that share another target with two or more before them
        ("company_reported", "u4"),
        ("looked", "u4"),  # lower half of the last tick in which the subject was entered for a look
        ("channel", "u1"),
        ("spare", "u1", (3,)),
    ]
)
assert SUBJECT.itemsize == 128, SUBJECT.itemsize

# Shares learnt of the population: counts of `examine`, part and whole.
PARTS = np.array([FRESH, COLD, YOUNG, OTHER_ADDRESSES, OTHER_DEVICES, TOGETHER])
WHOLES = np.array([EXAMINED, EXAMINED, AGED, ADDRESSES, DEVICES, EXAMINED])
SHARES = ("fresh", "cold", "young", "same_address", "same_device", "same_minute")
# Of a share, over the days of subjects: weight, sum, sum of squares, sum of 1 / n.
MOMENTS = 4
# A subject's day counts when it has as many follows; it weighs less the more came after it.
_DAY_LEAST = 5
_DAY_EXAMINED = 256
_FORGET = 1.0 - 1.0 / 5000.0

CANDIDATE = np.dtype(
    [
        ("row", "u4"),
        ("channel", "u1"),
        ("window", "u1"),
        ("buckets", "u1"),  # 1: the running bucket of the window; 2: with the one before it
        ("spare", "u1"),
        ("start", "i8"),  # minute
        ("count", "i8"),
        ("expected", "f8"),
        ("size", "f8"),
        ("surprise", "f8"),
    ]
)

# The first rows count the follows and the unfollows of all subjects together.
EVERYBODY = 2

# Positions in `State.counters`.
USED, LOGGED, STAMP, FOLLOWED_ROWS, UNFOLLOWED_ROWS = range(5)
COUNTERS = 5
AHEAD = 12
_RATE_MOST = 1.0 / 48.0
# A subject is looked at again when its count has grown by so much.
_GROWTH = 0.3
# Company is sought so far back: sellers serve the same accounts for months.
COMPANY_MINUTES = 180 * 1440
_LENGTHS = np.array(LENGTHS, np.int64)


class State(NamedTuple):
    """The arrays that the kernel works on."""

    subjects: np.ndarray
    subjects_dirty: np.ndarray
    slots: np.ndarray
    log: np.ndarray
    log_dirty: np.ndarray
    names: np.ndarray
    names_dirty: np.ndarray
    names_slots: np.ndarray
    letters: np.ndarray
    letters_dirty: np.ndarray
    names_used: np.ndarray
    ids: np.ndarray
    ids_dirty: np.ndarray
    ids_position: np.ndarray
    pairs: np.ndarray
    pairs_dirty: np.ndarray
    pairs_added: np.ndarray
    targets: np.ndarray
    targets_dirty: np.ndarray
    targets_added: np.ndarray
    moments: np.ndarray  # float64 (2, len(SHARES) * MOMENTS)
    moments_dirty: np.ndarray
    counters: np.ndarray
    scratch: np.ndarray


@njit(cache=True)
def _channel(kind, action):
    if kind == SUBSCRIPTION:
        return UNFOLLOWED if action == UNSUBSCRIBE else FOLLOWED
    if kind == CLICK:
        return CLICKED
    if kind == REPOST:
        return REPOSTED
    if kind == COMMENT:
        return COMMENTED
    if kind == EXPOSURE:
        return SHOWN
    if kind == POST:
        return POSTED
    return -1


@njit(cache=True)
def _log(state, event, heap, at, subject, company_level):
    """Enters a follow or unfollow in the log, with the names that evidence will need."""
    text, id_length, actor_length, subject_length = strings_of(heap, np.int64(event.heap_at))
    remember(
        state.names, state.names_dirty, state.names_slots, state.letters, state.letters_dirty,
        state.names_used, event.actor, heap, text + id_length, actor_length,
    )  # fmt: skip
    if event.flags & ECHO == 0:
        remember(
            state.names, state.names_dirty, state.names_slots, state.letters, state.letters_dirty,
            state.names_used, event.subject, heap, text + id_length + actor_length, subject_length,
        )  # fmt: skip
    sequence = state.counters[LOGGED]
    place = sequence & (len(state.log) - 1)
    entry = state.log[place]
    state.log_dirty[place] = 1
    entry.ts = event.ts
    entry.actor = event.actor
    entry.id_at = append(state.ids, state.ids_dirty, state.ids_position, heap, text, id_length)
    entry.id_length = id_length
    entry.row = at
    back = sequence + 1 - subject.end
    entry.back = back if subject.end > 0 and back < len(state.log) else 0
    entry.ip = np.uint32(event.ip >> np.uint64(32))
    entry.device = np.uint32(event.device >> np.uint64(32))
    entry.created = event.created // 60000 if event.created > 0 else 0
    entry.seen = event.seen
    entry.prior = event.prior
    entry.marks = event.marks
    entry.source = event.source
    entry.flags = event.flags
    level = 0
    for k in range(4):
        item = event.items[k]
        entry.items[k] = item
        if item != 0 and event.marks & NEWCOMER == 0:
            increment(state.targets, state.targets_dirty, state.targets_added, np.uint64(item))
            key = pair(event.subject, np.uint64(item))
            level = max(level, increment(state.pairs, state.pairs_dirty, state.pairs_added, key))
    if level >= company_level:
        subject.company += 1
    subject.end = sequence + 1
    state.counters[LOGGED] = sequence + 1


@njit(cache=True)
def _learn_day(state, subject, direction, minute):
    """Learns who was behind the follows of a subject's day that has closed."""
    start = (np.int64(subject.last) // 1440) * 1440 * 60000
    found = np.empty(_DAY_EXAMINED, np.int64)
    end = (np.int64(subject.end), state.counters[LOGGED])
    n = walk(state.log, end, start, minute * 60000, found)
    if n < _DAY_LEAST:
        return
    counts = np.zeros(COUNTS)
    state.counters[STAMP] += 1
    examine(state.log, found, n, state.scratch, state.counters[STAMP], counts)
    for k in range(len(PARTS)):
        whole = counts[WHOLES[k]]
        if whole >= _DAY_LEAST:
            share = counts[PARTS[k]] / whole
            moments = state.moments[direction, k * MOMENTS : (k + 1) * MOMENTS]
            moments *= _FORGET
            moments[0] += 1.0
            moments[1] += share
            moments[2] += share * share
            moments[3] += 1.0 / whole
    state.moments_dirty[direction] = 1


@njit(cache=True)
def _look(state, subject, at, minute, least, gate, rate, candidates, n):
    """Enters a subject among the candidates when its count or its company has grown enough.

    Returns how many candidates there are.
    """
    grown = subject.total - subject.reported
    company = subject.company - subject.company_reported
    if subject.total < least:
        return n
    best = -1.0
    for k in range(6):
        if subject.now[k] + subject.before[k] < least:
            continue
        for b in range(1, 3):
            c = np.int64(subject.now[k])
            start = (np.int64(subject.last) // _LENGTHS[k]) * _LENGTHS[k]
            if b == 2:
                if subject.before[k] == 0:
                    continue
                c += np.int64(subject.before[k])
                start -= _LENGTHS[k]
            if c < least or grown < max(2.0, _GROWTH * c):
                continue
            expected, size = usual(subject, start, minute, c, rate)
            if c < 1.5 * expected:
                continue
            s = negative_binomial(c, expected, size)
            if s > best and s >= gate:
                best = s
                _enter(candidates[n], subject, at, k, b, start, c, expected, size, s)
    if best >= 0.0:
        n += 1
    c = np.int64(subject.now[5]) + np.int64(subject.before[5])
    if company >= max(2.0, _GROWTH * c):
        start = max(minute - COMPANY_MINUTES, np.int64(subject.first))
        found = np.empty(MOST, np.int64)
        end = (np.int64(subject.end), state.counters[LOGGED])
        c = np.int64(0)
        for i in range(walk(state.log, end, start * 60000, minute * 60000, found)):
            c += state.log[found[i] & (len(state.log) - 1)].flags & ECHO == 0
        expected, size = usual(subject, start, minute, c, rate)
        s = negative_binomial(c, expected, size)
        _enter(candidates[n], subject, at, 5, 2, start, c, expected, size, s)
        n += 1
    return n


@njit(cache=True)
def look_again(state, at, minute, window, start, candidate):
    """Enters a subject once more for a window in which it was a candidate before; whether it has grown."""
    subject = state.subjects[at]
    rate = rate_of_unknown(state, subject.channel)
    c = np.int64(subject.now[window])
    running = (np.int64(subject.last) // _LENGTHS[window]) * _LENGTHS[window]
    if running > start:
        c += np.int64(subject.before[window])
        if running - _LENGTHS[window] > start:
            return False
    if subject.total == subject.reported:
        return False
    expected, size = usual(subject, start, minute, c, rate)
    s = negative_binomial(c, expected, size)
    _enter(candidate, subject, at, window, 2 if running > start else 1, start, c, expected, size, s)
    return True


@njit(cache=True)
def _enter(candidate, subject, at, window, buckets, start, c, expected, size, surprise):
    candidate.row = at
    candidate.channel = subject.channel
    candidate.window = window
    candidate.buckets = buckets
    candidate.start = start
    candidate.count = c
    candidate.expected = expected
    candidate.size = size
    candidate.surprise = surprise
    subject.reported = subject.total
    subject.company_reported = subject.company


@njit(cache=True)
def rate_of_unknown(state, channel):
    """Events an hour of a subject of which nothing is known: the mean of all, at most one in two days.

    The mean is that of the busy few; a subject about which nothing is known is hardly one of them.
    """
    everybody = state.subjects[channel]
    rows = state.counters[FOLLOWED_ROWS + channel]
    if everybody.hours < 1.0 or rows == 0:
        return _RATE_MOST
    return min(_RATE_MOST, max(everybody.hour_sum / everybody.hours / rows, 1e-6))


@njit(cache=True)
def run(state, rows, heap, begin, due, tick_ms, least, gate, company_level, touched, candidates):
    """Works through whole ticks from row `begin` until one has candidates, or the next is after tick `due`.

    Returns (the row to go on from, end of the tick in ms, candidates entered).
    """
    n = len(rows)
    keys = state.subjects["key"]
    i = begin
    while i < n:
        tick = rows[i].ts // tick_ms
        if tick > due:
            break
        end = (tick + 1) * tick_ms
        touched_n = 0
        while i < n and rows[i].ts < end:
            if i + AHEAD < n:
                far = rows[i + AHEAD]
                channel = _channel(far.type, far.action)
                key = pair(far.subject, np.uint64(channel))
                at = np.int64(state.slots[slot_of(state.slots, key)] & np.uint64(0xFFFFFFFF)) - 1
                prefetch(state.subjects, at)
            event = rows[i]
            i += 1
            channel = _channel(event.type, event.action)
            if channel < 0 or event.subject == 0:
                continue
            used = state.counters[USED]
            key = pair(event.subject, np.uint64(channel))
            at, state.counters[USED] = add(state.slots, keys, used, key)
            subject = state.subjects[at]
            state.subjects_dirty[at] = 1
            if state.counters[USED] > used:
                subject.subject = event.subject
                subject.channel = channel
                if channel <= UNFOLLOWED:
                    state.counters[FOLLOWED_ROWS + channel] += 1
            minute = event.ts // 60000
            if advance(subject, minute) and channel <= UNFOLLOWED and subject.end > 0:
                _learn_day(state, subject, channel, minute)
            if channel <= UNFOLLOWED:
                _log(state, event, heap, at, subject, company_level)
            if event.flags & (LATE | ECHO):
                # An echo may complete a company.
                if channel == FOLLOWED and subject.looked != np.uint32(tick):
                    subject.looked = np.uint32(tick)
                    touched[touched_n] = at
                    touched_n += 1
                continue
            count(subject, minute, event.value if channel == SHOWN else 1)
            if channel <= UNFOLLOWED:
                everybody = state.subjects[channel]
                state.subjects_dirty[channel] = 1
                advance(everybody, minute)
                count(everybody, minute, 1)
                if subject.looked != np.uint32(tick):
                    subject.looked = np.uint32(tick)
                    touched[touched_n] = at
                    touched_n += 1
        found = 0
        minute = end // 60000
        for k in range(touched_n):
            at = touched[k]
            subject = state.subjects[at]
            rate = rate_of_unknown(state, subject.channel)
            found = _look(state, subject, at, minute, least, gate, rate, candidates, found)
        if found:
            return i, end, found
    return i, np.int64(0), 0
