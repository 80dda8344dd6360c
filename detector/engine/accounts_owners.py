# mypy: allow-untyped-defs, allow-untyped-calls
"""Whose an account is: the list of an entity's live accounts."""

import numpy as np
from numba import njit

APPROVAL_SECONDS = 30 * 86_400


@njit(inline="always")
def approved_lately(account, second):
    return account.approved > 0 and np.int64(second) - np.int64(account.approved) <= APPROVAL_SECONDS


@njit(cache=True)
def leave(state, at, cap):
    """Takes an account off its entity's list."""
    account = state.accounts[at]
    entity = state.entities[np.int64(account.entity) - 1]
    state.entities_dirty[np.int64(account.entity) - 1] = 1
    if account.before > 0:
        state.accounts[np.int64(account.before) - 1].next = account.next
        state.accounts_dirty[np.int64(account.before) - 1] = 1
    else:
        entity.first = account.next
    if account.next > 0:
        state.accounts[np.int64(account.next) - 1].before = account.before
        state.accounts_dirty[np.int64(account.next) - 1] = 1
    account.next = account.before = 0
    account.entity = 0
    entity.live -= 1
    if entity.live <= cap:
        entity.told = entity.over = 0


@njit(cache=True)
def enter(state, at, whose, second, cap):
    account, entity = state.accounts[at], state.entities[whose]
    account.entity, account.entered = whose + 1, second
    account.before, account.next = 0, entity.first
    if entity.first > 0:
        state.accounts[np.int64(entity.first) - 1].before = at + 1
        state.accounts_dirty[np.int64(entity.first) - 1] = 1
    entity.first = at + 1
    entity.live += 1
    if entity.live > cap and entity.over == 0:
        entity.over = second
    state.entities_dirty[whose] = 1
