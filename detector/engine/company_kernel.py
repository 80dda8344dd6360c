# mypy: allow-untyped-defs, allow-untyped-calls
"""The loop of the company's stage: who acts on the same contents at the same times, again and again."""

from typing import NamedTuple

import numpy as np
from numba import njit

from detector.engine.actors import TOUCHED
from detector.engine.follows import FRESH_MINUTES, YOUNG_MINUTES
from detector.engine.rows import COMMENT, HAS_CREATED, POST, REPOST, strings_of
from models.hashing import pair
from models.index import add
from models.names import append, remember
from models.sketch import increment

# Accounts that acted on a content last; each newcomer has met those of them that came within the span.
RING = 16
SPAN_SECONDS = 600
SPAN_MS = 1000 * SPAN_SECONDS

ACCOUNT = np.dtype([("key", "u8"), ("end", "i8"), ("acts", "u4"), ("spare", "u4")])
CONTENT = np.dtype(
    [("key", "u8"), ("acts", "u4"), ("published", "u4"), ("accounts", "u4", (RING,)),
     ("second", "u4", (RING,)), ("ip", "u2", (RING,)), ("device", "u2", (RING,))]
)  # fmt: skip
# What is known of an act.
COLD, FRESH, AGED, YOUNG, SAME_ADDRESS, SAME_DEVICE, POSTED = 1, 2, 4, 8, 16, 32, 64
ACT = np.dtype(
    [
        ("ts", "i8"),
        ("id_at", "i8"),
        ("account", "u4"),  # its row
        ("back", "u4"),  # entries back to the account's act before; 0 when there is none
        ("content", "u4"),  # its row
        ("author", "u4"),  # row of the content's author among the accounts
        ("id_length", "u2"),
        ("bits", "u1"),
        ("spare", "u1", (5,)),
    ]
)
MEETING = np.dtype([("a", "u4"), ("b", "u4"), ("times", "u4")])

ACCOUNTS, CONTENTS, ACTS = range(3)


class State(NamedTuple):
    """The arrays that the kernel works on."""

    accounts: np.ndarray
    accounts_dirty: np.ndarray
    accounts_slots: np.ndarray
    contents: np.ndarray
    contents_dirty: np.ndarray
    contents_slots: np.ndarray
    acts: np.ndarray
    acts_dirty: np.ndarray
    names: np.ndarray
    names_dirty: np.ndarray
    names_slots: np.ndarray
    letters: np.ndarray
    letters_dirty: np.ndarray
    names_used: np.ndarray
    ids: np.ndarray
    ids_dirty: np.ndarray
    ids_position: np.ndarray
    met: np.ndarray
    met_dirty: np.ndarray
    met_added: np.ndarray
    usual: np.ndarray  # float64 (1, 7): acts, then how many have each bit; decayed
    usual_dirty: np.ndarray
    counters: np.ndarray


@njit(inline="always")
def _names(state, event, heap):
    """Keeps the names of actor and event; (where the event's id is, its length)."""
    text, id_length, actor_length, _ = strings_of(heap, np.int64(event.heap_at))
    remember(
        state.names, state.names_dirty, state.names_slots, state.letters, state.letters_dirty,
        state.names_used, event.actor, heap, text + id_length, actor_length,
    )  # fmt: skip
    return append(state.ids, state.ids_dirty, state.ids_position, heap, text, id_length), id_length


@njit(cache=True)
def _enter(state, event, heap, at, author, where, bits):
    """Enters an act in the log."""
    account = state.accounts[at]
    sequence = state.counters[ACTS]
    act = state.acts[sequence & (len(state.acts) - 1)]
    state.acts_dirty[sequence & (len(state.acts) - 1)] = 1
    act.ts = event.ts
    act.id_at, act.id_length = _names(state, event, heap)
    act.account = at
    back = sequence + 1 - account.end
    act.back = back if account.end > 0 and back < len(state.acts) else 0
    act.content = where
    act.author = author
    act.bits = bits
    account.end = sequence + 1
    account.acts += 1
    state.counters[ACTS] = sequence + 1


@njit(cache=True)
def run(state, rows, heap, begin, tick_ms, link, meetings):
    """Works through whole ticks from row `begin` until one has meetings.

    Args:
        link: times that two accounts have met from which it is told.
        meetings: receives them; room for RING times the rows.

    Returns (the row to go on from, end of the tick in ms, meetings).
    """
    n = len(rows)
    i = begin
    while i < n:
        end = (rows[i].ts // tick_ms + 1) * tick_ms
        found = 0
        while i < n and rows[i].ts < end:
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
            for k in range(held):
                other = content.accounts[k]
                if other == at:
                    continue
                if ip != 0 and content.ip[k] == ip:
                    bits |= SAME_ADDRESS
                if device != 0 and content.device[k] == device:
                    bits |= SAME_DEVICE
                if not known and second - np.int64(content.second[k]) <= SPAN_SECONDS:
                    low, high = min(at, np.int64(other)), max(at, np.int64(other))
                    both = pair(np.uint64(low) + np.uint64(1), np.uint64(high) + np.uint64(1))
                    times = increment(state.met, state.met_dirty, state.met_added, both)
                    if times >= link:
                        meetings[found].a = low
                        meetings[found].b = high
                        meetings[found].times = times
                        found += 1
            if event.marks & TOUCHED == 0:
                bits |= COLD
            if event.seen < FRESH_MINUTES:
                bits |= FRESH
            if event.flags & HAS_CREATED:
                bits |= AGED
                if (event.ts - event.created) // 60000 < YOUNG_MINUTES:
                    bits |= YOUNG
            state.usual[0] *= 1.0 - 1e-6
            state.usual[0, 0] += 1.0
            for k in range(6):
                if bits >> k & 1:
                    state.usual[0, k + 1] += 1.0
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


@njit(cache=True)
def acts_of(acts, end, logged, since, found):
    """Sequence numbers of an account's acts at or after `since`, latest first; returns how many."""
    size = len(acts)
    at, n = end - 1, 0
    while at >= 0 and at >= logged - size and n < len(found):
        act = acts[at & (size - 1)]
        if act.ts < since:
            break
        found[n] = at
        n += 1
        if act.back == 0:
            break
        at -= np.int64(act.back)
    return n
