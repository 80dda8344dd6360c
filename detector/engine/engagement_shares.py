# mypy: allow-untyped-defs, allow-untyped-calls
"""What shares are usual of those behind clicks, reposts and comments, and how surprising one is."""

import math

import numpy as np
from numba import njit

from detector.engine.engagement_counts import (
    COMPANY_SHARE,
    NOWHERE_SHARE,
    OFTEN_SHARE,
    PARTS,
    PROPORTION_SHARE,
    SILENT_SHARE,
    STRANGE_SHARE,
    whole_of,
)
from models.bare import bare
from models.overdispersed import beta_binomial, method_of_moments

# The author's own habit is kept of these, by channel.
HABITS = np.array(
    [
        [OFTEN_SHARE, STRANGE_SHARE, SILENT_SHARE],
        [COMPANY_SHARE, PROPORTION_SHARE, NOWHERE_SHARE],
        [COMPANY_SHARE, PROPORTION_SHARE, NOWHERE_SHARE],
    ]
)
HABIT = np.dtype(
    [
        ("began", "u4"),  # hour in which what was learnt of last began
        ("part", "f4", (HABITS.shape[1], 2)),  # of what was before, and of the content of the day after it
        ("whole", "f4", (HABITS.shape[1], 2)),
    ]
)
# Of a share, over the contents looked at: weight, sum, sum of squares, sum of 1 / n.
MOMENTS = 4

# So many draws make a share worth learning from.
_LEAST = 3
# Shares are clipped at so many standard deviations above the mean, so that attacks teach little.
_CLIP = 2.5
# Nothing is a habit that was learnt within a day: it is of this content, or of others of one campaign. So a
# day is learnt from, and counts from the end of the next one on.
_DAY, _SETTLED_HABIT = 24, 48
# Of a habit, with every further content.
_KEPT = np.float32(0.8)
_FORGET = 1.0 - 1.0 / 600.0
# Before the stream has taught it, everything that could be said against somebody is taken for usual, as it
# is in a service's first days. The weight is in contents; it gives way faster than contents alone would
# make it, since it is meant to be wrong.
PRIOR_MEAN = np.array(
    [0.9, 0.9, 0.5, 0.95, 0.2, 0.3, 0.2, 0.3, 0.6, 0.5, 0.5, 0.2, 0.3, 0.985, 0.6, 0.5, 0.4]
)
PRIOR_CORRELATION = 0.15
PRIOR_WEIGHT = 30.0
CORRELATION_LEAST = 0.02


@njit(inline="always")
def _population(own, k):
    """(mean, intraclass correlation) of a share among the contents looked at."""
    return method_of_moments(
        own[0], own[1], own[2], own[3],
        PRIOR_MEAN[k], PRIOR_CORRELATION, PRIOR_WEIGHT**2 / (PRIOR_WEIGHT + own[0]), CORRELATION_LEAST,
    )  # fmt: skip


@njit(cache=True)
def learn(moments, habit, hour, counts, channel):
    """Learns the shares of a content that is looked at as any other.

    Args:
        moments: float64 (len(SHARES) * MOMENTS,), the channel's.
        habit: HABIT, the author's.
        hour: since 1970.
    """
    moments = bare(moments)
    for k in range(len(PARTS)):
        whole = whole_of(counts, k, channel)
        if whole >= _LEAST:
            own = moments[k * MOMENTS : (k + 1) * MOMENTS]
            mean, alike = _population(own, k)
            deviation = math.sqrt(mean * (1.0 - mean) * (alike + (1.0 - alike) / whole))
            share = min(counts[PARTS[k]] / whole, mean + _CLIP * deviation)
            own *= _FORGET
            own[0] += 1.0
            own[1] += share
            own[2] += share * share
            own[3] += 1.0 / whole
    age = hour - np.int64(habit.began)
    if _DAY <= age < _SETTLED_HABIT:
        return
    for h in range(HABITS.shape[1]):
        if age >= _SETTLED_HABIT:
            habit.part[h, 0] = _KEPT * habit.part[h, 0] + habit.part[h, 1]
            habit.whole[h, 0] = _KEPT * habit.whole[h, 0] + habit.whole[h, 1]
        habit.part[h, 1] = counts[PARTS[HABITS[channel, h]]]
        habit.whole[h, 1] = whole_of(counts, HABITS[channel, h], channel)
    if age >= _SETTLED_HABIT:
        habit.began = hour


@njit(cache=True)
def weigh(moments, habit, hour, counts, channel, share, usual, surprise):
    """How surprising each share is, against the population and the author's habit.

    The accounts of one content are alike, so a share is beta-binomial; its mean lies between the
    population's and the author's own (the posterior mean of a beta distribution).
    """
    moments = bare(moments)
    for k in range(len(PARTS)):
        whole = whole_of(counts, k, channel)
        own = moments[k * MOMENTS : (k + 1) * MOMENTS]
        mean, alike = _population(own, k)
        for h in range(HABITS.shape[1]):
            if HABITS[channel, h] == k:
                part, whole_before = float(habit.part[h, 0]), float(habit.whole[h, 0])
                if hour - np.int64(habit.began) >= _SETTLED_HABIT:
                    part += habit.part[h, 1]
                    whole_before += habit.whole[h, 1]
                strength = 1.0 / alike - 1.0
                # The author's contents differ as those of different authors do, but less.
                weight = min(whole_before, 2.0 * strength)
                if weight > 0.0:
                    # What is ordinary for everybody is not held against an author of whom it is not.
                    own_mean = (mean * strength + part / whole_before * weight) / (strength + weight)
                    mean = max(mean, own_mean)
        usual[k] = mean
        share[k] = counts[PARTS[k]] / max(whole, 1.0)
        surprise[k] = beta_binomial(counts[PARTS[k]], whole, min(mean, 0.999), alike) if whole > 0.0 else 0.0
