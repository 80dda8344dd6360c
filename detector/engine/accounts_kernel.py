# mypy: allow-untyped-defs, allow-untyped-calls
"""The loop of the accounts' stage: whose each account is, what it is called, how it is used."""

import numpy as np
from numba import njit

from detector.engine import accounts_rows as rows_
from detector.engine.accounts_bulk import register
from detector.engine.accounts_called import close, take_name
from detector.engine.accounts_habits import forget, lives
from detector.engine.accounts_names import LONGEST, ROOM, disguised
from detector.engine.accounts_owners import approved_lately, enter, leave
from detector.engine.accounts_rows import (
    ACCOUNTS,
    CAP,
    ENTITIES,
    MOVED,
    NAME,
    NO_ACT,
    USED,
)
from detector.engine.rows import (
    ACCOUNT,
    CLOSE,
    HEAD_AT,
    LOGIN,
    POST,
    REGISTER,
    TRANSFER,
    strings_of,
)
from models.bare import bare
from models.hashing import hash_bytes
from models.index import add, find, slot_of
from models.names import append, remember
from models.prefetch import prefetch

AHEAD = 12
# Accounts looked at together for dormant ones.
BLOCK = 1024
NONE = 1 << 40
_OBJECT, _AUX, _EXTRA = HEAD_AT["object"], HEAD_AT["aux"], HEAD_AT["extra"]
_E_SEEN = rows_.ENTITIES_SEEN


@njit(inline="always")
def _u2(heap, at):
    return np.int64(heap[at]) | np.int64(heap[at + 1]) << 8


@njit(cache=True)
def run(state, rows, heap, begin, tick_ms, until, cap, notices):
    """Works through whole ticks before tick `until` from row `begin` until one has notices.

    Args:
        cap: live accounts that an entity may have.
        notices: receives them; room for MOST_NOTICES times the rows.

    Returns (the row to go on from, end of the tick in ms, notices).
    """
    n = len(rows)
    state, rows, heap = bare(state), bare(rows), bare(heap)
    points = np.empty(ROOM, np.uint32)
    room = np.empty(LONGEST, np.uint8)
    i = begin
    while i < n and rows[i].ts // tick_ms < until:
        end = (rows[i].ts // tick_ms + 1) * tick_ms
        found = 0
        while i < n and rows[i].ts < end:
            if i + 2 * AHEAD < n:
                prefetch(state.accounts_slots, slot_of(state.accounts_slots, rows[i + 2 * AHEAD].actor))
            if i + AHEAD < n:
                slot = state.accounts_slots[slot_of(state.accounts_slots, rows[i + AHEAD].actor)]
                prefetch(state.accounts, np.int64(slot & np.uint64(0xFFFFFFFF)) - 1)
            event = rows[i]
            i += 1
            if event.actor == 0:
                continue
            kind = event.type
            second = np.uint32(event.ts // 1000)
            if kind != ACCOUNT and state.counters[USED] == 0:
                state.counters[USED] = second
            if kind != ACCOUNT and kind != POST:
                at = find(state.accounts_slots, state.accounts["key"], event.actor)
                if at < 0:
                    continue
            else:
                at = _account(state, event, heap)
            account = state.accounts[at]
            state.accounts_dirty[at] = 1
            changed = False
            if kind == ACCOUNT:
                if account.closed > 0 and event.action != REGISTER:
                    continue
                changed, found = _account_event(
                    state, event, heap, at, second, cap, points, room, notices, found, i - 1
                )
                if event.action == CLOSE:
                    continue
            account.last = max(account.last, second)
            account.told = 0
            if kind != ACCOUNT and account.registered > 0 and account.first_act == NO_ACT:
                after = np.int64(second) - np.int64(account.registered)
                account.first_act = min(after // 60, NO_ACT - 1) if after > 0 else 0
            if lives(state.usual[0], account, event, second, changed):
                notice = notices[found]
                notice.what, notice.row, notice.event = MOVED, at, i - 1
                values = notice.values
                values[0], values[1], values[2] = account.sessions, account.known_ips, account.odd_hours
                values[3], values[4] = account.acts, account.known_subjects
                values[5], values[6], values[7] = account.other_entity, account.began, account.known
                found += 1
                forget(account)
        if found:
            return i, end, found
    return i, np.int64(0), 0


@njit(inline="always")
def _account(state, event, heap):
    """The row of the event's actor."""
    before = state.counters[ACCOUNTS]
    at, state.counters[ACCOUNTS] = add(state.accounts_slots, state.accounts["key"], before, event.actor)
    if state.counters[ACCOUNTS] > before:
        state.accounts[at].first_act = NO_ACT
        text, id_length, actor_length, _ = strings_of(heap, np.int64(event.heap_at))
        _keep(state, event.actor, heap, text + id_length, actor_length)
    return at


@njit(cache=True)
def _keep(state, key, heap, start, length):
    remember(
        state.names, state.names_dirty, state.names_slots, state.letters, state.letters_dirty,
        state.names_used, key, heap, start, length,
    )  # fmt: skip


@njit(inline="always")
def _account_event(state, event, heap, at, second, cap, points, room, notices, found, number):
    """Takes an account event in; (whether its entity is another one without approval, notices so far)."""
    head = np.int64(event.heap_at)
    text, id_length, actor_length, subject_length = strings_of(heap, head)
    entity_start = text + id_length + actor_length + subject_length + _u2(heap, head + _OBJECT)
    entity_length = _u2(heap, head + _AUX)
    name_start, name_length = entity_start + entity_length, _u2(heap, head + _EXTRA)
    account = state.accounts[at]
    action = event.action
    if action != LOGIN or account.id_length == 0:  # logins are many
        account.id_at = append(state.ids, state.ids_dirty, state.ids_position, heap, text, id_length)
        account.id_length = min(id_length, 255)
    if action == REGISTER:
        if account.closed > 0:  # it is opened again
            account.closed = account.entity = 0
    elif action == TRANSFER:
        account.approved = second
        forget(account)
    changed = False
    if action != CLOSE and event.aux != 0:
        before = state.counters[ENTITIES]
        whose, state.counters[ENTITIES] = add(state.entities_slots, state.entities["key"], before, event.aux)
        if state.counters[ENTITIES] > before:
            _keep(state, event.aux, heap, entity_start, entity_length)
        if account.entity > 0:
            state.usual[0, _E_SEEN] += 1.0
        if account.entity != whose + 1:
            approved = action == TRANSFER or approved_lately(account, second)
            if account.entity > 0:
                if not approved and action != REGISTER:
                    changed = True
                leave(state, at, cap)
            enter(state, at, whose, second, cap)
            entity = state.entities[whose]
            if entity.live > cap and entity.live > entity.told:
                notice = notices[found]
                notice.what, notice.row, notice.event = CAP, whose, number
                found += 1
    name = hash_bytes(heap, name_start, name_start + name_length)
    if name != 0 and name != account.name:
        account.name = name
        called = take_name(state, heap, at, name_start, name_length, second, event, points)
        if called >= 0:
            notice = notices[found]
            notice.what, notice.row, notice.other, notice.event = NAME, at, called, number
            notice.values[0] = min(np.int64(points[ROOM - 1]), 15)
            notice.values[1] = disguised(heap, name_start, name_length, points, np.int64(points[ROOM - 1]))
            # Accounts closed no earlier than the one that was called so.
            closing = state.skeletons[np.int64(account.skeleton) - 1].closing
            notice.values[2] = state.counters[rows_.CLOSED] - np.int64(closing) + 1
            found += 1
    if action == CLOSE:
        close(state, at, second, cap)
    elif action == REGISTER and account.registered == 0:
        account.registered = second
        found = register(state, event, heap, at, name_start, name_length, room, notices, found)
    return changed, found


@njit(cache=True)
def silent(accounts, dirty, used, hour, before, found):
    """Finds the rows of the accounts last used before a time, in s, each once.

    Every hour another twenty-fourth of the accounts is looked at.

    Returns (how many were found, at most as many as there is room for; when the longest unused of the others
    was last used, or NONE).
    """
    n, oldest = 0, np.int64(NONE)
    for block in range(hour % 24, (used + BLOCK - 1) // BLOCK, 24):
        for at in range(block * BLOCK, min((block + 1) * BLOCK, used)):
            account = accounts[at]
            if account.told or account.closed > 0 or account.last == 0:
                continue
            if account.last < before and n < len(found):
                account.told = 1
                dirty[at] = 1
                found[n] = at
                n += 1
            else:
                last = np.int64(account.last)
                oldest = last if last < oldest else oldest
    return n, oldest
