# mypy: allow-untyped-defs, allow-untyped-calls
"""Who came to a content together: the accounts behind a surprising count, whatever their traits."""

import numpy as np
from numba import njit

from detector.engine.engagement_counts import CLICKED, OFTEN_ACTS
from detector.engine.engagement_looks import DAY_MS, SETTLES_MS
from detector.engine.engagement_state import STAMP, WRITTEN
from detector.engine.engagement_walk import walk
from detector.engine.rows import CLICK, COMMENT, REPOST, SUBSCRIPTION
from models.index import find
from models.tally import bump, counted

# Of a crowd so many acts are told, the latest.
MOST = 4096
_ENGAGED, _ACTS, _TOLD = range(3)


@njit(cache=True)
def gather(state, row, channel, since, ts, acts):
    """Sequence numbers of the first acts of those who came to a content in a window, latest first.

    Of clicks those are left out that others explain: who shares, talks or follows after a click has come for
    that, unless it is one click after another. Where most of the count is made of these it is no crowd of
    clicks.

    Args:
        row: of the content.
        since, ts: of the window, ms.
        acts: int64 array of MOST that receives them, one an account. Returns how many.
    """
    log, found, table = state.log, state.found, state.tally
    mask, written, content = len(log) - 1, state.counters[WRITTEN], state.contents[row]
    state.counters[STAMP] += 1
    stamp = state.counters[STAMP]
    if channel == CLICKED:
        at = find(state.authors_slots, state.authors["key"], content.author)
        if at >= 0:
            end = np.int64(state.authors[at].end)
            m = walk(log, state.trail, content.author, end, written, since - DAY_MS, found, 0, True)
            for k in range(m):
                entry = log[found[k] & mask]
                if entry.type == SUBSCRIPTION:
                    bump(table, stamp, _ENGAGED, entry.actor)
    n = walk(log, state.trail, content.key, np.int64(content.end), written, since, found, 0, False)
    total = 0
    for k in range(n):
        entry = log[found[k] & mask]
        if entry.type == CLICK + channel:
            total += 1
            bump(table, stamp, _ACTS, entry.actor)
        elif entry.type == REPOST or entry.type == COMMENT:
            bump(table, stamp, _ENGAGED, entry.actor)
    left, told = 0, 0
    for k in range(n):
        entry = log[found[k] & mask]
        if entry.type != CLICK + channel:
            continue
        for_something = counted(table, stamp, _ENGAGED, entry.actor) or entry.ts >= ts - SETTLES_MS
        if channel == CLICKED and for_something and counted(table, stamp, _ACTS, entry.actor) < OFTEN_ACTS:
            continue
        left += 1
        if told < len(acts) and bump(table, stamp, _TOLD, entry.actor) == 1:
            acts[told] = found[k]
            told += 1
    return told if 2 * left >= total else 0
