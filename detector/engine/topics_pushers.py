# mypy: allow-untyped-defs, allow-untyped-calls
"""Who was in the circle of a flagged topic, remembered beyond it."""

import numpy as np
from numba import njit

from detector.engine.topics_rows import PUSHERS
from models.shelves import look_up, place


@njit(cache=True)
def remember_pushers(pushers, dirty, counters, accounts, topic, minute):
    """Notes the accounts in the circle of a flagged topic (its row)."""
    key = np.uint32(topic.key >> np.uint64(32))
    for account in accounts:
        at = place(pushers["key"], pushers["used"], account)
        one = pushers[at]
        counters[PUSHERS] += one.key == 0
        one.key, one.used, one.topic = account, minute, key
        dirty[at] = 1


@njit(cache=True)
def pushed_before(pushers, accounts, topic):
    """How many of some accounts were in the circle of another topic than this one (its row)."""
    n = 0
    for account in accounts:
        at = look_up(pushers["key"], account)
        if at >= 0 and pushers[at].topic != np.uint32(topic.key >> np.uint64(32)):
            n += 1
    return n
