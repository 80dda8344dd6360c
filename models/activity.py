# mypy: allow-untyped-defs, allow-untyped-calls
"""How busy everybody is, hour by hour, for kernels: what is usual for one depends on how busy all are.

A rate that was learnt over an author's last n hours is compared with what everybody did in the same hours,
each weighed as the rate weighs it: so neither the time of day, nor that a platform has grown since, is taken
for the author's own doing. A ring of hours, each with a count.
"""

import math

import numpy as np
from numba import njit

from models.rates import DECAY

HOURS = 2048
"""Of the ring: six of the half-lives after which a rate has forgotten."""
ACTIVITY = np.dtype([("hour", "u4"), ("count", "u4")])
# Added on both sides of a comparison, so that a few counts more or less say little.
_FEW = 5.0
# Days and nights make everybody's hourly counts vary by so much at most; what is more is growth, which not
# all share. Dispersion that is left at least.
_RHYTHM, _LEAST = 1.0, 0.25


@njit(inline="always")
def add(ring, dirty, hour, n):
    """Counts `n` more in an hour since 1970."""
    at = hour % HOURS
    if ring[at].hour != np.uint32(hour):
        ring[at].hour = np.uint32(hour)
        ring[at].count = np.uint32(0)
    ring[at].count += np.uint32(n)
    dirty[at] = 1


@njit(cache=True)
def count(ring, first, last):
    """The count of the hours from `first` to `last`, both included; 0 for those no longer known."""
    total = 0.0
    for hour in range(first, last + 1):
        if ring[hour % HOURS].hour == np.uint32(hour):
            total += float(ring[hour % HOURS].count)
    return total


@njit(cache=True)
def learn_levels(ring, hour, levels):
    """What is usual of the n hours before `hour`, n from 1 on.

    Each hour weighs as a rate weighs it that was learnt from them: see `models.rates`.

    Args:
        levels: float64 (2, HOURS), receives at n their mean count, and by how much more than by chance it
            varies: the variance is mean + that * mean^2.
    """
    total, squares, weight, each = 0.0, 0.0, 0.0, 1.0
    for n in range(1, HOURS):
        if ring[(hour - n) % HOURS].hour == np.uint32(hour - n):
            one = float(ring[(hour - n) % HOURS].count)
            total += each * one
            squares += each * one * one
        weight += each
        each *= DECAY
        mean = total / weight
        levels[0, n] = mean
        levels[1, n] = max(0.0, squares / weight - mean * mean - mean) / max(mean * mean, 1.0)


@njit(inline="always")
def hours_of(learnt):
    """How many hours a rate was learnt from, by the weight that it has of them (`hours`)."""
    left = 1.0 - learnt * (1.0 - DECAY)
    n = HOURS - 1 if left <= 0.0 else np.int64(math.log(left) / math.log(DECAY) + 0.5)
    return max(1, min(n, HOURS - 1))


@njit(inline="always")
def times(counted, level, hours):
    """How many times the usual count there was in so many hours; at least 1.

    Args:
        counted: in them.
        level: usual count of an hour.

    A quiet night makes nobody more suspect: less than usual counts as usual.
    """
    return max(1.0, (counted + _FEW) / (level * hours + _FEW))


@njit(inline="always")
def own_size(size, varies, hours):
    """The size of a negative binomial from which the ups and downs that everybody has are taken out.

    Args:
        size: of a count of so many hours, as `models.rates` has learnt it from counts with everybody's ups
            and downs in them.
        varies: how much everybody's count does, see `learn_levels`.
    """
    days, varies = max(1.0, hours / 24.0), min(varies, _RHYTHM)
    return days / max(_LEAST, (days / size - varies) / (1.0 + varies))
