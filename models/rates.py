# mypy: allow-untyped-defs, allow-untyped-calls
"""Usual hourly rates of several channels of one subject in little memory, for kernels.

A row has the fields of `RATES`. Closed hours are learnt as decayed sums of counts and their squares, each
count clipped, so that an attack does not teach that it is usual; the count of some hours is then negative
binomial (models.windows does the same for one channel with more windows).
"""

import math

import numpy as np
from numba import njit

CHANNELS = 3
RATES = [
    ("last", "u4"),  # minute of the last event
    ("hours", "f4"),
    ("now", "u4", (CHANNELS,)),  # counts of the running hour
    ("sum", "f4", (CHANNELS,)),
    ("squares", "f4", (CHANNELS,)),
]

# A fortnight of hours is forgotten to a half.
DECAY = 0.5 ** (1 / 336)
_PRIOR_HOURS = 24.0
_PRIOR_DISPERSION = 2.0
_DISPERSION_LEAST, _DISPERSION_MOST = 0.1, 8.0
_CLIP = 4.0


@njit(cache=True)
def _close(row, hours, learns):
    n = float(row.hours)
    idle = hours - 1
    decay = DECAY**idle if idle > 0 else 1.0
    for k in range(CHANNELS):
        mean = row.sum[k] / (n + _PRIOR_HOURS)
        x = float(row.now[k])
        if not learns:
            x = min(x, mean)
        elif x > 0.0:
            variance = row.squares[k] / n - (row.sum[k] / n) ** 2 if n > 1.0 else mean
            x = min(x, max(mean, 1.0) + _CLIP * math.sqrt(max(variance, max(mean, 1.0))))
        row.sum[k] = (row.sum[k] * DECAY + x) * decay
        row.squares[k] = (row.squares[k] * DECAY + x * x) * decay
        row.now[k] = 0
    row.hours = (n * DECAY + 1.0) * decay + (1.0 - decay) / (1.0 - DECAY)


@njit(inline="always")
def advance(row, minute, learns):
    """Moves on to a minute; hours that closed are learnt, without what is above the mean if not `learns`."""
    hours = minute // 60 - np.int64(row.last) // 60
    if row.last == 0:
        row.last = minute
    elif hours > 0:
        _close(row, hours, learns)
        row.last = minute


@njit(cache=True)
def usual(row, channel, hours, rate, own=1.0, unknown=1.0):
    """(mean, size) of the negative binomial count in so many hours.

    Args:
        rate: events an hour of a subject of which nothing is known.
        own, unknown: how many times what was usual everybody does now, when the row's rate was learnt, and
            that of the unknown.
    """
    n = float(row.hours)
    expected = (own * row.sum[channel] + unknown * rate * _PRIOR_HOURS) / (n + _PRIOR_HOURS)
    dispersion = 0.0
    if n > 0.0 and row.sum[channel] > 0.0:
        mean = row.sum[channel] / n
        dispersion = max(0.0, row.squares[channel] / n - mean**2 - mean) / (mean * mean)
    dispersion = (dispersion * n + _PRIOR_DISPERSION * _PRIOR_HOURS) / (n + _PRIOR_HOURS)
    dispersion = min(max(dispersion, _DISPERSION_LEAST), _DISPERSION_MOST)
    return max(expected * hours, 1e-6), max(1.0, hours / 24.0) / dispersion
