# mypy: allow-untyped-defs, allow-untyped-calls
"""What an account is called, and who was called so before."""

import numpy as np
from numba import njit

from detector.engine import accounts_rows as rows_
from detector.engine.accounts_names import ROOM, disguised, folded, hash_points
from detector.engine.accounts_owners import approved_lately, leave
from detector.engine.accounts_rows import CLOSED, SKELETONS
from detector.engine.rows import CLOSE
from models.index import add

# A name that so many took before is a common one.
COMMON = 3
_SEEN, _SHARED, _DISGUISED = rows_.NAMES_SEEN, rows_.NAMES_SHARED, rows_.NAMES_DISGUISED


@njit(cache=True)
def take_name(state, heap, at, start, length, second, event, points):
    """Takes in what an account is called now; the row of a closed account that was called so, or -1.

    `points` then has the length of the name, folded, at its end.
    """
    account = state.accounts[at]
    size = folded(heap, start, length, points)
    key = hash_points(points, size)
    if account.skeleton > 0:
        old = state.skeletons[np.int64(account.skeleton) - 1]
        if old.key == key:
            return np.int64(-1)
        old.living -= min(old.living, 1)
        state.skeletons_dirty[np.int64(account.skeleton) - 1] = 1
        account.skeleton = 0
    if key == 0:
        return np.int64(-1)
    before = state.counters[SKELETONS]
    where, state.counters[SKELETONS] = add(state.skeletons_slots, state.skeletons["key"], before, key)
    skeleton = state.skeletons[where]
    state.skeletons_dirty[where] = 1
    account.skeleton = where + 1
    out = np.int64(-1)
    closed = np.int64(skeleton.closed_by) - 1
    again = skeleton.living == 0 and closed >= 0 and closed != at and event.action != CLOSE
    again &= skeleton.holders < COMMON
    if again and not _own(account, state.accounts[closed], event, second):
        out = closed
    state.usual[0, _DISGUISED] += disguised(heap, start, length, points, size)
    points[ROOM - 1] = size
    length = min(size, 15)
    state.usual[0, _SEEN + length] += 1.0
    state.usual[0, _SHARED + length] += skeleton.living > 0
    skeleton.living += 1
    skeleton.holders += 1
    return out


@njit(cache=True)
def _own(account, closed, event, second):
    """Whether the closed account's owner takes the name: the same entity, or an approved transfer, or, where
    an entity is not known, the same device or address."""
    if approved_lately(account, second) or approved_lately(closed, second):
        return True
    if account.entity > 0 and closed.entity > 0:
        return account.entity == closed.entity
    device, ip = np.uint32(event.device >> np.uint64(32)), np.uint32(event.ip >> np.uint64(32))
    for k in range(len(closed.devices)):
        if device != 0 and closed.devices[k] == device:
            return True
    known_ip = False
    for k in range(len(closed.ips)):
        known_ip |= closed.ips[k] == ip
    return known_ip and ip != 0


@njit(cache=True)
def close(state, at, second, cap):
    """The account is gone; its name is kept for as long as the stage remembers the account."""
    account = state.accounts[at]
    if account.closed > 0:
        return
    account.closed = second
    if account.skeleton > 0:
        skeleton = state.skeletons[np.int64(account.skeleton) - 1]
        state.skeletons_dirty[np.int64(account.skeleton) - 1] = 1
        skeleton.closed_by = at + 1
        skeleton.living -= min(skeleton.living, 1)
        state.counters[CLOSED] += 1
        skeleton.closing = state.counters[CLOSED]
    if account.entity > 0:
        entity = account.entity
        leave(state, at, cap)
        account.entity = entity  # whose it was, though no longer on the list
