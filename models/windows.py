# mypy: allow-untyped-defs, allow-untyped-calls
"""Counts of one subject in windows of six lengths, and its usual rate; kernels over one row.

A row has the fields of `WINDOWS`. Every window is counted in aligned buckets of its length, the running one
and the one before, so a count and the exact time that it covers are known at any moment and can be counted
again from the events.

The usual rate is learnt from closed hours and closed days: decayed sums of the counts and their squares,
each count clipped at four standard deviations above the mean, so that an attack does not teach the baseline
that it is normal. The rate follows a Gamma distribution from hour to hour (a negative binomial count); its
dispersion holds the daily rhythm too.
"""

import math

import numpy as np
from numba import njit

LENGTHS = (10, 60, 360, 1440, 10080, 43200)
"""Minutes of each window."""
_LENGTHS = np.array(LENGTHS, np.int64)
HOUR, DAY = 1, 3

# Of the decay of closed hours and days: half is forgotten after 14 and after 84 days.
_HOUR_DECAY = 0.5 ** (1 / 336)
_DAY_DECAY = 0.5 ** (1 / 84)
# A new subject starts as if it had been observed for a day at the rate that is usual for one of which nothing
# is known, and with a rate that varies as much as its mean (size 1): a first busy hour is then no great
# surprise.
_PRIOR_HOURS = 24.0
_PRIOR_DISPERSION = 1.0
_DISPERSION_LEAST, _DISPERSION_MOST = 0.05, 5.0
# Closed days before they are used in place of hours.
_DAYS_ENOUGH = 5.0
_CLIP = 4.0

WINDOWS = [
    ("first", "u4"),  # minute of the first event
    ("last", "u4"),  # minute that the windows were advanced to
    ("total", "u4"),
    ("now", "u4", (6,)),  # counts of the running buckets
    ("before", "u4", (6,)),  # counts of the buckets before them
    ("hour_sum", "f4"),
    ("hour_squares", "f4"),
    ("hours", "f4"),
    ("day_sum", "f4"),
    ("day_squares", "f4"),
    ("days", "f4"),
]


@njit(inline="always")
def _clipped(x, mean, variance):
    return min(x, max(mean, 1.0) + _CLIP * math.sqrt(max(variance, max(mean, 1.0))))


@njit(cache=True)
def close_hours(row, count, idle):
    """Learns a closed hour's count and `idle` empty hours after it."""
    n = float(row.hours)
    mean = row.hour_sum / (n + _PRIOR_HOURS)
    variance = row.hour_squares / n - (row.hour_sum / n) ** 2 if n > 1.0 else mean
    x = _clipped(float(count), mean, variance)
    decay = _HOUR_DECAY**idle if idle > 0 else 1.0
    row.hour_sum = (row.hour_sum * _HOUR_DECAY + x) * decay
    row.hour_squares = (row.hour_squares * _HOUR_DECAY + x * x) * decay
    row.hours = (n * _HOUR_DECAY + 1.0) * decay + (1.0 - decay) / (1.0 - _HOUR_DECAY)


@njit(cache=True)
def close_days(row, count, idle):
    """Learns a closed day's count and `idle` empty days after it."""
    n = float(row.days)
    mean = row.day_sum / n if n > 0.0 else float(count)
    variance = row.day_squares / n - mean**2 if n > 1.0 else mean
    x = _clipped(float(count), mean, variance)
    decay = _DAY_DECAY**idle if idle > 0 else 1.0
    row.day_sum = (row.day_sum * _DAY_DECAY + x) * decay
    row.day_squares = (row.day_squares * _DAY_DECAY + x * x) * decay
    row.days = (n * _DAY_DECAY + 1.0) * decay + (1.0 - decay) / (1.0 - _DAY_DECAY)


@njit(cache=True)
def advance(row, minute, held=0):
    """Moves the windows on to `minute`, learning the hours and days that closed. True when a day closed.

    Of hours and days that closed before the minute `held` is learnt that they were as usual: what is under
    suspicion must not become what is usual.
    """
    last = np.int64(row.last)
    if row.total == 0 or minute // 10 == last // 10:
        return False
    day_closed = False
    hours = minute // 60 - last // 60
    if hours > 0:
        x = float(row.now[HOUR])
        if last < held:
            x = min(x, row.hour_sum / (row.hours + _PRIOR_HOURS))
        close_hours(row, x, hours - 1)
        days = minute // 1440 - last // 1440
        if days > 0:
            day_closed = True
            x = float(row.now[DAY])
            if last < held:
                x = min(
                    x,
                    row.day_sum / row.days
                    if row.days > 0.0
                    else 24.0 * row.hour_sum / (row.hours + _PRIOR_HOURS),
                )
            close_days(row, x, days - 1)
    for k in range(6):
        steps = minute // _LENGTHS[k] - last // _LENGTHS[k]
        if steps > 0:
            row.before[k] = row.now[k] if steps == 1 else 0
            row.now[k] = 0
    # What has been closed is not closed again, also where nothing is counted at this minute.
    row.last = max(last, minute)
    return day_closed


@njit(inline="always")
def count(row, minute, n):
    """Counts `n` events at `minute`, to which the row has been advanced."""
    for k in range(6):
        row.now[k] += n
    if row.total == 0:
        row.first = minute
    row.total += n
    if minute > row.last:
        row.last = minute


@njit(cache=True)
def usual(row, start, end, inside, rate):
    """What is usual for the row between two minutes, learnt from the closed hours (days) outside them.

    Args:
        start, end: minutes; of a window that ends now.
        inside: the row's count between them, which is taken out of what was learnt.
        rate: events an hour of a subject of which nothing is known.

    Returns (expected count, size of the negative binomial).
    """
    minutes = end - start
    dispersion = 0.0
    if minutes > 720 and row.days >= _DAYS_ENOUGH:
        within = (np.int64(row.last) // 1440 * 1440 - start) / 1440.0
        # Days within the window weigh in what was learnt as they have faded since.
        faded = (1.0 - _DAY_DECAY**within) / (1.0 - _DAY_DECAY) if within > 0.0 else within
        n = max(row.days - faded, 0.0)
        weight = _DAYS_ENOUGH
        share = faded / within if within > 0.0 else 1.0
        total = max(row.day_sum - (inside - np.int64(row.now[DAY])) * share, 0.0)
        prior = _PRIOR_HOURS / 24.0
        expected = (total + 24.0 * rate * prior) / (n + prior) * minutes / 1440.0
        mean = row.day_sum / row.days
        variance = row.day_squares / row.days - mean**2
    else:
        within = (np.int64(row.last) // 60 * 60 - start) / 60.0
        n = max(row.hours - within, 0.0)
        weight = _PRIOR_HOURS
        total = max(row.hour_sum - (inside - np.int64(row.now[HOUR])), 0.0)
        expected = (total + rate * weight) / (n + weight) * minutes / 60.0
        mean = row.hour_sum / row.hours if row.hours > 0.0 else 0.0
        variance = row.hour_squares / row.hours - mean**2 if row.hours > 0.0 else 0.0
    if mean > 0.0:
        dispersion = max(0.0, variance - mean) / (mean * mean)
    dispersion = (dispersion * n + _PRIOR_DISPERSION * weight) / (n + weight)
    dispersion = min(max(dispersion, _DISPERSION_LEAST), _DISPERSION_MOST)
    # The rates of one day are alike, those of several days less so.
    return max(expected, 1e-6), max(1.0, minutes / 1440.0) / dispersion


@njit(cache=True)
def usual_outside(row, start, end, inside, rate):
    """The same for a window in which much was held back from learning, or cut off.

    To take its whole count out of what was learnt leaves too little then. What came before it in full is no
    less, but holds earlier bursts; hence no more of it counts than the mean of what was learnt.
    """
    expected, size = usual(row, start, end, inside, rate)
    before = start - np.int64(row.first)
    if before >= 60 and row.hours > 0.0:
        outside = (np.int64(row.total) - inside) / before
        expected = max(expected, min(outside, row.hour_sum / row.hours / 60.0) * (end - start))
    return expected, size
