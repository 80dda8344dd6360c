# mypy: allow-untyped-defs, allow-untyped-calls
"""The loop of the subjects' stage: event by event, and at the end of every tick the subjects touched."""

import numpy as np
from numba import njit

from detector.engine.actors import NEWCOMER
from detector.engine.follows import COUNTS, MOST, PARTS, WHOLES, examine
from detector.engine.rows import (
    CLICK,
    COMMENT,
    ECHO,
    EXPOSURE,
    HAS_CREATED,
    LATE,
    REPOST,
    SUBSCRIPTION,
    UNSUBSCRIBE,
    strings_of,
)
from detector.engine.subject_rows import (
    CLICKED,
    CLICKS,
    COMMENTED,
    COMPANY_SINCE,
    ENGAGED,
    ENGAGED_USED,
    FOLLOWED,
    FOLLOWED_ROWS,
    FOLLOWS,
    LOGGED,
    MOMENTS,
    REPOSTED,
    SHOWN,
    SLOW,
    STAMP,
    UNFOLLOWED,
    USED,
    VOLUME,
)
from detector.engine.weigh import RISES, count_own, has_past, note_birth, weigh
from models.bare import bare
from models.hashing import pair
from models.index import add, find, slot_of
from models.names import append, remember
from models.prefetch import prefetch
from models.rings import walk
from models.sketch import increment
from models.tails import negative_binomial
from models.windows import LENGTHS, advance, count, usual, usual_outside

# A subject's day counts when it has as many follows; it weighs less the more came after it.
_DAY_LEAST = 5
_DAY_EXAMINED = 256
_DAY_RUSH = 3.0
_FORGET = 1.0 - 1.0 / 5000.0

AHEAD = 12
_RATE_MOST = 1.0 / 48.0
# A subject is looked at again when its count, or its company, has grown by so much.
_GROWTH = 0.3
_COMPANY_MORE = 2.0
# Of so few as may already be a crowd out of nowhere every one matters, where they are as surprising.
_EARLY_MOST, _EARLY = 14, 5.0
# Of a subject with a finding, which is looked at again anyway: by so much.
_GROWTH_HELD = 1.0
# Company is sought so far back: of a bundle sold for years there are a few followers in a month.
COMPANY_MINUTES = 365 * 1440
_LENGTHS = np.array(LENGTHS, np.int64)
# So many followers of one window are a crowd; it is told once everybody has been seen for so many hours.
_CROWD = 10
CROWD_FROM = 23.0
_ENGAGED = np.array(ENGAGED)


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
    return -1


@njit(inline="always")
def _ask(state, event):
    """Asks for the index of an event that is still far ahead."""
    channel = _channel(event.type, event.action)
    key = pair(event.subject, np.uint64(channel))
    if channel > UNFOLLOWED:
        prefetch(state.engaged_slots, slot_of(state.engaged_slots, key))
    else:
        prefetch(state.slots, slot_of(state.slots, key))


@njit(inline="always")
def _ask_rows(state, event):
    """Asks for the row of an event that is ahead."""
    channel = _channel(event.type, event.action)
    key = pair(event.subject, np.uint64(channel))
    if channel > UNFOLLOWED:
        at = np.int64(state.engaged_slots[slot_of(state.engaged_slots, key)] & np.uint64(0xFFFFFFFF)) - 1
        prefetch(state.engaged, at)
        prefetch(state.engaged_dirty, at)
    else:
        at = np.int64(state.slots[slot_of(state.slots, key)] & np.uint64(0xFFFFFFFF)) - 1
        prefetch(state.subjects, at)
        prefetch(state.subjects_dirty, at)


@njit(inline="always")
def _engage(state, keys, event, channel, minute):
    """Counts a click, repost, comment or exposures."""
    key = pair(event.subject, np.uint64(channel))
    at, state.counters[ENGAGED_USED] = add(state.engaged_slots, keys, state.counters[ENGAGED_USED], key)
    row = state.engaged[at]
    state.engaged_dirty[at] = 1
    advance(row, minute, np.int64(row.held))
    count(row, minute, event.value if channel == SHOWN else 1)
    state.counters[CLICKS] += channel == CLICKED


@njit(cache=True)
def _log(state, event, heap, at, subject, company_level):
    """Enters a follow or unfollow in the log, with the names that evidence will need."""
    state, heap = bare(state), bare(heap)
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
            # An account names a target once: those who buy together would make each other popular. The sketch
            # ages all the same, so that it stays comparable with that of the pairs.
            named = pair(event.actor, np.uint64(item))
            if increment(state.named, state.named_dirty, state.named_added, named) == 1:
                increment(state.targets, state.targets_dirty, state.targets_added, np.uint64(item))
            else:
                state.targets_added[0] += 1
            key = pair(event.subject, np.uint64(item))
            level = max(level, increment(state.pairs, state.pairs_dirty, state.pairs_added, key))
    if level >= company_level:
        subject.company = min(np.int64(subject.company) + 1, 65535)
    subject.end = sequence + 1
    state.counters[LOGGED] = sequence + 1


@njit(cache=True)
def _learn_day(state, subject, direction, last, minute, rate):
    """Learns who was behind the follows of a subject's day that has closed, when it was an ordinary one.

    The day is that of the minute `last`; what came after it up to `minute` is none of it.

    Days of a rush are left out, or those who are for sale would be learnt to be usual.
    """
    state = bare(state)
    day = last // 1440 * 1440
    found = np.empty(_DAY_EXAMINED, np.int64)
    end = (np.int64(subject.end), state.counters[LOGGED])
    n = walk(state.log, end, day * 60000, minute * 60000, found)
    if n < _DAY_LEAST or (minute < subject.held):
        return
    if subject.first < day:
        expected, size = usual(subject, day, day + 1440, n, rate)
        if negative_binomial(n, expected, size) >= _DAY_RUSH:
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

    Short windows and long ones are entered each by themselves, with the most surprising of them: a trickle is
    looked at every few follows in the short ones, and is told in the long ones only.

    Returns how many candidates there are.
    """
    if subject.total < least:
        return n
    growth = _GROWTH_HELD if minute < subject.held else _GROWTH
    for slow in range(2):
        grown = subject.total - subject.reported
        if slow:
            grown = (subject.total - subject.reported_slow) & 0xFFFF
        best = -1.0
        for k in range(SLOW if slow else 0, 6 if slow else SLOW):
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
                grows = grown >= max(2.0, growth * c)
                early = not slow and grown > 0 and c <= _EARLY_MOST and minute >= subject.held
                if c < least or not (grows or early) or not has_past(subject, start, minute):
                    continue
                expected, size = usual(subject, start, minute, c, rate)
                if c < 1.5 * expected:
                    continue
                s = negative_binomial(c, expected, size)
                if s > best and s >= (gate if grows else _EARLY):
                    best = s
                    _enter(candidates[n], subject, at, k, b, start, c, expected, size)
        if best >= 0.0:
            n += 1
            if slow:
                subject.reported_slow = subject.total & 0xFFFF
            else:
                subject.reported = subject.total
    company = np.int64(subject.company) - np.int64(subject.company_reported)
    if company >= max(_COMPANY_MORE, _GROWTH * subject.company):
        _enter_company(candidates[n], subject, at, minute - COMPANY_MINUTES)
        subject.company_reported = subject.company
        n += 1
    return n


@njit(inline="always")
def _enter_company(candidate, subject, at, since):
    """Enters a subject for its company since a minute; `weigh` finds when that came, and counts."""
    c = np.int64(subject.now[5]) + np.int64(subject.before[5])
    start = max(since, np.int64(subject.first))
    _enter(candidate, subject, at, 5, COMPANY_SINCE, start, c, 1.0, 1.0)


@njit(cache=True)
def whole_company(state, at, candidate):
    """Enters a subject for all of its company that the log remembers, of which a window has shown some."""
    _enter_company(candidate, state.subjects[at], at, np.int64(0))


@njit(cache=True)
def look_again(state, at, minute, start, told, candidate):
    """Enters a subject once more, for the time since the minute `start`.

    Of a time that a finding has told of little was learnt.
    """
    subject = state.subjects[at]
    found = np.empty(MOST, np.int64)
    end = (np.int64(subject.end), state.counters[LOGGED])
    c = count_own(state.log, found, walk(state.log, end, start * 60000, minute * 60000, found))
    rate = rate_of_unknown(state, subject.channel)
    if told:
        expected, size = usual_outside(subject, start, minute, c, rate)
    else:
        expected, size = usual(subject, start, minute, c, rate)
    _enter(candidate, subject, at, 5, 0, start, c, expected, size)
    subject.reported = subject.total
    subject.reported_slow = subject.total & 0xFFFF
    subject.company_reported = subject.company


@njit(cache=True)
def hold(state, at, until):
    """Puts a subject's counts under suspicion until a minute: nothing is learnt of them.

    Nor of what is done with its content: what the followers are weighed against would else grow alone.
    """
    state.subjects[at].held = until
    state.subjects_dirty[at] = 1
    for channel in _ENGAGED:
        key = pair(state.subjects[at].subject, np.uint64(channel))
        row = find(state.engaged_slots, state.engaged["key"], key)
        if row >= 0:
            state.engaged[row].held = until
            state.engaged_dirty[row] = 1


@njit(cache=True)
def _enter(candidate, subject, at, window, buckets, start, c, expected, size):
    candidate.row = at
    candidate.channel = subject.channel
    candidate.window = window
    candidate.buckets = buckets
    candidate.start = start
    candidate.count = c
    candidate.expected = expected
    candidate.size = size


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


@njit(inline="always")
def _crowded(state, candidate, numbers):
    """Whether more follow than is usual: then it matters who they are, whatever else speaks.

    In a first day nothing is known of anybody, and every count is surprising.
    """
    known = state.subjects[FOLLOWED].hours >= CROWD_FROM
    return known and candidate.channel == FOLLOWED and candidate.count >= _CROWD and numbers[VOLUME] >= RISES


@njit(cache=True)
def run(
    state, rows, heap, begin, due, tick_ms, least, gate, company_level, touched, candidates, numbers
):  # fmt: skip
    """Works through whole ticks from row `begin` until one has candidates, or the next is after tick `due`.

    Only candidates of which something speaks, and crowds, are handed out; `numbers` are theirs.

    Returns (the row to go on from, end of the tick in ms, candidates entered).
    """
    n = len(rows)
    state, rows, heap = bare(state), bare(rows), bare(heap)
    keys, engaged_keys = state.subjects["key"], state.engaged["key"]
    buffer, older = np.empty(MOST, np.int64), np.empty(_DAY_EXAMINED, np.int64)
    i = begin
    while i < n:
        tick = rows[i].ts // tick_ms
        if tick > due:
            break
        end = (tick + 1) * tick_ms
        touched_n = 0
        while i < n and rows[i].ts < end:
            if i + 2 * AHEAD < n:
                _ask(state, rows[i + 2 * AHEAD])
            if i + AHEAD < n:
                _ask_rows(state, rows[i + AHEAD])
            event = rows[i]
            i += 1
            channel = _channel(event.type, event.action)
            if event.actor == event.subject and event.flags & HAS_CREATED:
                note_birth(state, event.subject, event.created)
            if channel < 0 or event.subject == 0:
                continue
            minute = event.ts // 60000
            if channel > UNFOLLOWED:
                if event.flags & (LATE | ECHO) == 0:
                    _engage(state, engaged_keys, event, channel, minute)
                continue
            used = state.counters[USED]
            key = pair(event.subject, np.uint64(channel))
            at, state.counters[USED] = add(state.slots, keys, used, key)
            subject = state.subjects[at]
            state.subjects_dirty[at] = 1
            if state.counters[USED] > used:
                subject.subject = event.subject
                subject.channel = channel
                state.counters[FOLLOWED_ROWS + channel] += 1
            last = np.int64(subject.last)
            if advance(subject, minute, np.int64(subject.held)) and subject.end > 0:
                _learn_day(state, subject, channel, last, minute, rate_of_unknown(state, channel))
            _log(state, event, heap, at, subject, company_level)
            if event.flags & (LATE | ECHO):
                # An echo may complete a company.
                if channel == FOLLOWED and subject.looked != np.uint32(tick):
                    subject.looked = np.uint32(tick)
                    touched[touched_n] = at
                    touched_n += 1
                continue
            count(subject, minute, 1)
            state.counters[FOLLOWS] += channel == FOLLOWED
            if subject.now[0] == 1:  # of everybody, each subject counts once in ten minutes
                everybody = state.subjects[channel]
                state.subjects_dirty[channel] = 1
                advance(everybody, minute, 0)
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
            first = found
            last = _look(state, subject, at, minute, least, gate, rate, candidates, found)
            for c in range(first, last):
                speaks = weigh(state, candidates[c], end, numbers[found], buffer, older)
                if speaks or _crowded(state, candidates[c], numbers[found]):
                    if found < c:
                        candidates[found] = candidates[c]
                    found += 1
        if found:
            return i, end, found
    return i, np.int64(0), 0
