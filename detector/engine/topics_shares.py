# mypy: allow-untyped-defs, allow-untyped-calls
"""What share of the acts on topics comes from inside: learnt from all of them but those that are flagged."""

import numpy as np
from numba import njit

from detector.engine.topics_rows import (
    ACTS,
    CLOSED,
    DAYS,
    INSIDE,
    INVERSES,
    SHARES,
    SQUARES,
    WINDOW,
)

# Of a topic's day that teaches: acts at least.
_DAY_LEAST = 8


@njit(inline="always")
def flagged(topic, minute):
    """Whether a finding about the topic is so recent that nothing is learnt from it."""
    return topic.flagged != 0 and minute - np.int64(topic.flagged) <= 2 * WINDOW


@njit(cache=True)
def turn_days(topic, usual, minute):
    """Moves a topic's days on; a day that closes teaches what share of the acts is closed, unless flagged."""
    days = minute // 1440 - np.int64(topic.day)
    if days <= 0:
        return
    n = np.int64(topic.acts[0])
    if n >= _DAY_LEAST and not flagged(topic, minute):
        share = topic.closed[0] / np.float64(n)
        usual[DAYS] += 1.0
        usual[SHARES] += share
        usual[SQUARES] += share * share
        usual[INVERSES] += 1.0 / n
    for counts in (topic.acts, topic.closed, topic.inside, topic.posts):
        counts[1] = counts[0] if days == 1 else 0
        counts[0] = 0
    topic.day = minute // 1440


@njit(cache=True)
def others(topic, usual, minute):
    """(closed acts, acts by those who had posted or acted, acts) learnt from all topics but this one."""
    if flagged(topic, minute):
        return usual[CLOSED], usual[INSIDE], usual[ACTS]
    closed = usual[CLOSED] - topic.closed[0] - topic.closed[1]
    inside = usual[INSIDE] - topic.inside[0] - topic.inside[1]
    acts = usual[ACTS] - topic.acts[0] - topic.acts[1]
    return max(closed, 0.0), max(inside, 0.0), max(acts, 0.0)


@njit(cache=True)
def mark(topic, usual, minute):
    """Marks a topic as flagged: nothing is learnt from it any longer, and what was is taken back."""
    usual[CLOSED], usual[INSIDE], usual[ACTS] = others(topic, usual, minute)
    topic.flagged = minute
