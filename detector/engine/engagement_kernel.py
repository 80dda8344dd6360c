# mypy: allow-untyped-defs, allow-untyped-calls
"""The loop of the engagement stage: event by event, and at the end of every tick the contents touched."""

import numpy as np
from numba import njit

from detector.engine.engagement_counts import CHANNELS, channel_of
from detector.engine.engagement_log import enter
from detector.engine.engagement_looks import look, worth
from detector.engine.engagement_state import HOUR, QUARTER, WRITTEN
from detector.engine.rows import CLICK, COMMENT, ECHO, EXPOSURE, LATE, SUBSCRIBE, SUBSCRIPTION
from models import activity, rates
from models.bare import bare
from models.index import find, slot_of
from models.pool import take
from models.prefetch import prefetch

# Events ahead that memory is asked for: the rows, and before that the index.
AHEAD, FAR_AHEAD = 10, 20
_LAG_FORGET = 1.0 - 1.0 / 2000.0


@njit(inline="always")
def _turn(buckets, k, steps):
    if steps > 0:
        buckets[k, 1] = buckets[k, 0] if steps == 1 else 0
        buckets[k, 0] = 0


@njit(inline="always")
def _advance(content, minute):
    """Moves a content's windows on to a minute."""
    last = np.int64(content.last)
    hours = minute // HOUR - last // HOUR
    if hours > 0:
        quarters = minute // QUARTER - last // QUARTER
        for k in range(len(CHANNELS)):
            _turn(content.hour, k, hours)
            _turn(content.quarter, k, quarters)
    content.last = max(last, minute)


@njit(inline="always")
def _report(state, content, minute):
    """Learns how long it took until a content's clicks were reported as exposed."""
    if content.unreported:
        wait = float(minute - np.int64(content.unreported))
        state.lag[0] *= _LAG_FORGET
        state.lag[0, 0] += 1.0
        state.lag[0, 1] += wait
        state.lag[0, 2] += wait * wait
        state.lag_dirty[0] = 1
        content.unreported = 0


@njit(inline="always")
def _ask(state, event):
    """Asks for the index of an event that is still far ahead."""
    prefetch(state.contents_slots, slot_of(state.contents_slots, event.object))
    prefetch(state.authors_slots, slot_of(state.authors_slots, event.subject))


@njit(inline="always")
def _ask_rows(state, event):
    """Asks for the rows of an event that is ahead."""
    slot = state.contents_slots[slot_of(state.contents_slots, event.object)]
    at = np.int64(slot & np.uint64(0xFFFFFFFF)) - 1
    prefetch(state.contents, at)
    prefetch(state.contents, at + 1)
    slot = state.authors_slots[slot_of(state.authors_slots, event.subject)]
    author = np.int64(slot & np.uint64(0xFFFFFFFF)) - 1
    prefetch(state.authors, author)
    prefetch(state.authors_dirty, author)
    prefetch(state.contents_dirty, at)


@njit(cache=True)
def run(state, rows, heap, words, begin, due, tick_ms, least, gates, touched, candidates):
    """Works through whole ticks from row `begin` until one has candidates, or the next is after tick `due`.

    Returns (the row to go on from, end of the tick in ms, candidates entered).
    """
    n = len(rows)
    state, rows, heap, words = bare(state), bare(rows), bare(heap), bare(words)
    least, gates, touched, candidates = bare(least), bare(gates), bare(touched), bare(candidates)
    contents, contents_dirty, contents_slots = state.contents, state.contents_dirty, state.contents_slots
    authors, authors_dirty, authors_slots = state.authors, state.authors_dirty, state.authors_slots
    content_keys, author_keys = contents["key"], authors["key"]
    counters, everybody = state.counters, state.everybody[0]
    i = begin
    while i < n:
        tick = rows[i].ts // tick_ms
        if tick > due:
            break
        end = (tick + 1) * tick_ms
        touched_n = 0
        while i < n and rows[i].ts < end:
            if i + FAR_AHEAD < n:
                _ask(state, rows[i + FAR_AHEAD])
                _ask_rows(state, rows[i + AHEAD])
            event = rows[i]
            i += 1
            kind = event.type
            if event.flags & ECHO or event.subject == 0 or event.actor == event.subject:
                continue
            minute = event.ts // 60000
            if CLICK <= kind <= COMMENT or kind == EXPOSURE:
                at = -1
                if kind != EXPOSURE:
                    at = find(authors_slots, author_keys, event.subject)
                    if at < 0:
                        at = take(authors_slots, authors, author_keys, state.authors_counters, event.subject)
                row = find(contents_slots, content_keys, event.object)
                if row < 0:
                    row = take(contents_slots, contents, content_keys, state.contents_counters, event.object)
                    contents[row].author = event.subject
                    contents[row].first = minute
                    contents[row].last = minute
                content = contents[row]
                contents_dirty[row] = 1
                _advance(content, minute)
                sequence = counters[WRITTEN]
                enter(
                    state.log, state.log_dirty, state.trail.links, sequence, state.names, state.names_dirty,
                    state.names_position, event, heap, words,
                    (np.int64(content.end), np.int64(authors[at].end) if kind > CLICK and at >= 0 else 0),
                )  # fmt: skip
                content.end = sequence + 1
                counters[WRITTEN] = sequence + 1
                if kind == EXPOSURE:
                    _report(state, content, minute)
                    continue
                if kind == CLICK and content.unreported == 0:
                    content.unreported = minute
                channel = channel_of(kind)
                content.total[channel] += 1
                content.hour[channel, 0] += 1
                content.quarter[channel, 0] += 1
                author = authors[at]
                authors_dirty[at] = 1
                if kind != CLICK:
                    author.end = sequence + 1
                state.everybody_dirty[0] = 1
                rates.advance(author, minute, minute >= author.held)
                rates.advance(everybody, minute, True)
                author.now[channel] += 1
                everybody.now[channel] += 1
                if content.looked != np.uint32(tick) and not event.flags & LATE:
                    content.looked = np.uint32(tick)
                    touched[touched_n] = row
                    touched_n += 1
            elif kind == SUBSCRIPTION and event.action == SUBSCRIBE:
                at = find(authors_slots, author_keys, event.subject)
                if at >= 0:
                    author = authors[at]
                    authors_dirty[at] = 1
                    sequence = counters[WRITTEN]
                    enter(
                        state.log, state.log_dirty, state.trail.links, sequence, state.names,
                        state.names_dirty, state.names_position, event, heap, words,
                        (np.int64(0), np.int64(author.end)),
                    )  # fmt: skip
                    author.end = sequence + 1
                    counters[WRITTEN] = sequence + 1
        activity.add(state.activity, state.activity_dirty, tick * tick_ms // 3600000, touched_n)
        found = 0
        for k in range(touched_n):
            row = touched[k]
            if not worth(contents[row], least):
                continue
            at = find(authors_slots, author_keys, contents[row].author)
            if at >= 0:
                found = look(state, row, at, end, least, gates, candidates, found)
        if found:
            return i, end, found
    return i, np.int64(0), 0
