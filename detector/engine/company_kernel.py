# mypy: allow-untyped-defs, allow-untyped-calls
"""The loop of the company's stage: who acts on the same contents at the same times, again and again."""

import numpy as np
from numba import njit

from detector.engine.actors import TOUCHED
from detector.engine.company_rows import (
    ACCOUNTS,
    ACTS,
    AGED,
    COLD,
    CONTENT,
    CONTENTS,
    FRESH,
    HOLD,
    LATE_SECONDS,
    LINK,
    LINK_LATE,
    POPULAR,
    POSTED,
    RING,
    SAME_ADDRESS,
    SAME_DEVICE,
    SPAN_SECONDS,
    YOUNG,
)
from detector.engine.follows import FRESH_MINUTES, YOUNG_MINUTES
from detector.engine.rows import COMMENT, HAS_CREATED, POST, REPOST, strings_of
from models.bare import bare
from models.hashing import pair
from models.index import add, slot_of
from models.memory import address_of, fetch
from models.names import append, remember
from models.prefetch import prefetch
from models.shelves import place

# Events ahead that memory is asked for: the rows, and before that the index.
AHEAD, FAR_AHEAD = 4, 12
_CONTENT_BYTES = CONTENT.itemsize


@njit(inline="always")
def _names(state, event, heap, account):
    """Keeps the names of actor and event; (where the event's id is, its length)."""
    text, id_length, actor_length, _ = strings_of(heap, np.int64(event.heap_at))
    if account.named == 0:
        remember(
            state.names, state.names_dirty, state.names_slots, state.letters, state.letters_dirty,
            state.names_used, event.actor, heap, text + id_length, actor_length,
        )  # fmt: skip
        account.named = 1
    return append(state.ids, state.ids_dirty, state.ids_position, heap, text, id_length), id_length


@njit(inline="always")
def _enter(state, event, heap, at, author, where, bits):
    """Enters an act in the log."""
    account = state.accounts[at]
    sequence = state.counters[ACTS]
    act = state.acts[sequence & (len(state.acts) - 1)]
    state.acts_dirty[sequence & (len(state.acts) - 1)] = 1
    act.ts = event.ts
    act.id_at, act.id_length = _names(state, event, heap, account)
    act.account = at
    back = sequence + 1 - account.end
    act.back = back if account.end > 0 and back < len(state.acts) else 0
    act.content = where
    content = state.contents[where]
    beside = sequence + 1 - content.end
    act.beside = beside if content.end > 0 and beside < len(state.acts) else 0
    content.end = sequence + 1
    act.author = author
    act.bits = bits
    account.end = sequence + 1
    account.acts += 1
    state.counters[ACTS] = sequence + 1


@njit(cache=True)
def _meet(pairs, dirty, low, high, author, minute, late):
    """Two accounts (rows, the lower first) have met on a content; whether that joins them."""
    key = pair(np.uint64(low) + np.uint64(1), np.uint64(high) + np.uint64(1))
    at = place(pairs["key"], pairs["used"], key)
    one = pairs[at]
    last = np.int64(one.used) - (HOLD if one.contents > 1 else 0)
    if one.key != key or minute - last > HOLD:
        one.key, one.author, one.contents, one.late, one.authors = key, author, 0, 0, 1
    elif one.author != author:
        one.authors = 2
    one.contents = min(one.contents + 1, 255)
    one.late = min(one.late + late, 255)
    one.used = minute + (HOLD if one.contents > 1 else 0)
    dirty[at] = 1
    return (one.contents >= LINK and one.authors > 1) or one.late >= LINK_LATE


@njit(inline="always")
def _at(slots, key):
    """The row that is probably a key's."""
    return np.int64(slots[slot_of(slots, key)] & np.uint64(0xFFFFFFFF)) - 1


@njit(inline="always")
def _ask(state, event):
    """Asks for the index of an event that is still far ahead."""
    prefetch(state.accounts_slots, slot_of(state.accounts_slots, event.actor))
    prefetch(state.accounts_slots, slot_of(state.accounts_slots, event.subject))
    prefetch(state.contents_slots, slot_of(state.contents_slots, event.object))


@njit(inline="always")
def _ask_rows(state, event):
    """Asks for the rows of an event that is ahead."""
    actor, author = _at(state.accounts_slots, event.actor), _at(state.accounts_slots, event.subject)
    prefetch(state.accounts, actor)
    prefetch(state.accounts_dirty, actor)
    prefetch(state.accounts_dirty, author)
    where = _at(state.contents_slots, event.object)
    prefetch(state.contents_dirty, where)
    begin = address_of(state.contents) + where * _CONTENT_BYTES
    for line in range(0, _CONTENT_BYTES, 64):
        fetch(begin + line)


@njit(cache=True)
def run(state, rows, heap, begin, tick_ms, meetings):
    """Works through whole ticks from row `begin` until one has meetings.

    Args:
        meetings: receives those of accounts that are joined; room for RING times the rows.

    Returns (the row to go on from, end of the tick in ms, meetings).
    """
    n = len(rows)
    i = begin
    state, rows, heap = bare(state), bare(rows), bare(heap)
    usual = state.usual[0]
    while i < n:
        end = (rows[i].ts // tick_ms + 1) * tick_ms
        found = 0
        while i < n and rows[i].ts < end:
            if i + FAR_AHEAD < n:
                _ask(state, rows[i + FAR_AHEAD])
                _ask_rows(state, rows[i + AHEAD])
            event = rows[i]
            i += 1
            if event.type != POST and event.type != REPOST and event.type != COMMENT:
                continue
            if event.actor == 0 or event.object == 0:
                continue
            used = state.counters[ACCOUNTS]
            at, state.counters[ACCOUNTS] = add(state.accounts_slots, state.accounts["key"], used, event.actor)
            used = state.counters[ACCOUNTS]
            author, state.counters[ACCOUNTS] = add(
                state.accounts_slots, state.accounts["key"], used, event.subject
            )
            used = state.counters[CONTENTS]
            key = event.object
            where, state.counters[CONTENTS] = add(state.contents_slots, state.contents["key"], used, key)
            content = state.contents[where]
            state.accounts_dirty[at] = 1
            state.accounts_dirty[author] = 1
            state.contents_dirty[where] = 1
            if event.type == POST:
                content.published = event.ts // 1000
                _enter(state, event, heap, at, author, where, POSTED)
                continue
            ip, device = np.uint16(event.ip >> np.uint64(48)), np.uint16(event.device >> np.uint64(48))
            second = event.ts // 1000
            bits = 0
            known = False
            held = min(content.acts, RING)
            for k in range(held):
                known |= content.accounts[k] == at
            told = not known and at != author and content.acts < POPULAR
            late = content.published != 0 and second - np.int64(content.published) > LATE_SECONDS
            for k in range(held):
                other = content.accounts[k]
                if other == at:
                    continue
                if ip != 0 and content.ip[k] == ip:
                    bits |= SAME_ADDRESS
                if device != 0 and content.device[k] == device:
                    bits |= SAME_DEVICE
                if told and second - np.int64(content.second[k]) <= SPAN_SECONDS and other != author:
                    low, high = min(at, np.int64(other)), max(at, np.int64(other))
                    if _meet(state.pairs, state.pairs_dirty, low, high, author, second // 60, late):
                        meetings[found].a = low
                        meetings[found].b = high
                        found += 1
            if event.marks & TOUCHED == 0:
                bits |= COLD
            if event.seen < FRESH_MINUTES:
                bits |= FRESH
            if event.flags & HAS_CREATED:
                bits |= AGED
                if (event.ts - event.created) // 60000 < YOUNG_MINUTES:
                    bits |= YOUNG
            for k in range(7):
                usual[k] *= 1.0 - 1e-6
            usual[0] += 1.0
            for k in range(6):
                if bits >> k & 1:
                    usual[k + 1] += 1.0
            if known:
                continue
            place = content.acts % RING
            content.accounts[place] = at
            content.second[place] = second
            content.ip[place] = ip
            content.device[place] = device
            content.acts += 1
            _enter(state, event, heap, at, author, where, bits)
        state.usual_dirty[0] = 1
        if found:
            return i, end, found
    return i, np.int64(0), 0
