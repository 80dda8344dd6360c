# mypy: allow-untyped-defs, allow-untyped-calls
"""What is usual among those who post: shares and sizes that the stream itself teaches, forgotten slowly.

One vector of float64 (so that it is one row of a checkpoint), read through the slices below. Everything is
counted in rows, never in wall time, and halves every `HALF_LIFE` rows.
"""

from __future__ import annotations

import numpy as np
from numba import njit

HALF_LIFE = 200_000.0
# Rows between two steps of forgetting.
STEP = 4096

KINDS = (
    *(
        "post of under 16 characters",
        "post of under 32 characters",
        "post of under 96 characters",
        "long post",
    ),
    *("comment of under 16 characters", "comment of under 32 characters", "comment of under 96 characters"),
    *("long comment", "link", "image"),
)
LINK, MEDIA = 8, 9
WINDOWS_MS = (3_600_000, 86_400_000)
SIZES = np.array([4, 5, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 256, 512, 1024, 4096])

PRIOR, SEEN, AGE, IP, DEVICE, COMPANY = range(6)
TESTS = ("prior", "seen", "age", "ip", "device", "company")
CLASSES = 4  # of models.text.texture
BINS = 28

# Where each part begins.
HISTOGRAMS = 0  # of PRIOR, SEEN, AGE: log2 buckets
PAIRS = HISTOGRAMS + 3 * BINS  # (pairs compared, pairs alike) of actor, ip, device
SPREAD = PAIRS + 6  # (excess, weight) of each test, see `learn_spread`
STARTED = SPREAD + 2 * len(TESTS)  # clusters begun, by kind
REACHED = STARTED + len(KINDS)  # honest clusters that reached each size, by window, kind and texture
ROWS_SEEN = REACHED + len(WINDOWS_MS) * len(KINDS) * CLASSES * len(SIZES)
SINCE_STEP = ROWS_SEEN + 1
FIRST_TS = SINCE_STEP + 1
LENGTH = FIRST_TS + 1
ACTOR_PAIRS, IP_PAIRS, DEVICE_PAIRS = range(3)

# Until the stream has taught better: the correlation within an honest cluster by test, worth so many members.
# Neighbours and customers of one carrier share an address, and read the same: however seldom that happened so
# far, it goes by whole neighbourhoods.
SPREAD_PRIOR, SPREAD_WEIGHT = np.array([0.05, 0.05, 0.05, 0.2, 0.05, 0.05]), 200.0
LEAST_SPREAD = np.array([0.01, 0.01, 0.01, 0.1, 0.01, 0.01])
LOWER_TAIL = 0.2


@njit(inline="always")
def bucket(x):
    """The log2 bucket of a count: 0, 1, 2..3, 4..7, ..."""
    n = 0
    while x > 0 and n < BINS - 1:
        x >>= 1
        n += 1
    return n


@njit
def size_class(length):
    """0..3: which of the four lengths of KINDS a text of so many folded characters has."""
    return (length >= 12) + (length >= 24) + (length >= 72)


@njit
def forget(usual):
    """To be called for every row; now and then it halves a little."""
    usual[ROWS_SEEN] += 1.0
    usual[SINCE_STEP] += 1.0
    if usual[SINCE_STEP] >= STEP:
        usual[SINCE_STEP] = 0.0
        usual[:ROWS_SEEN] *= 0.5 ** (STEP / HALF_LIFE)


NORMS = np.dtype(
    [
        ("cut", "i8", (3,)),  # the last bucket of the lower tail of prior, seen, age
        ("low", "f8", (3,)),  # the share of rows in it
        ("chance", "f8", (3,)),  # how often two posts of different times are alike in actor, address, device
        ("spread", "f8", (len(TESTS),)),  # the correlation within honest clusters, by test
    ]
)


@njit(cache=True)
def norms(usual, out):
    """Fills `out`, one record of NORMS.

    The lower tails are the largest of at most a fifth of the rows, but hold at least the lowest bucket that
    occurs.
    """
    for test in range(3):
        histogram = usual[HISTOGRAMS + test * BINS : HISTOGRAMS + (test + 1) * BINS]
        total = histogram.sum()
        cut, inside, so_far = -1, 0.0, 0.0
        for i in range(BINS):
            so_far += histogram[i]
            if so_far <= LOWER_TAIL * total or inside == 0.0:
                cut, inside = i, so_far
        out.cut[test] = cut
        out.low[test] = (inside + 1.0) / (total + 2.0)
    for pairs in range(3):
        n, alike = usual[PAIRS + 2 * pairs], usual[PAIRS + 2 * pairs + 1]
        out.chance[pairs] = (alike + 0.5) / (n + 500.0)
    for test in range(len(TESTS)):
        excess, weight = usual[SPREAD + 2 * test], usual[SPREAD + 2 * test + 1]
        r = (excess + SPREAD_PRIOR[test] * SPREAD_WEIGHT) / (weight + SPREAD_WEIGHT)
        out.spread[test] = min(max(r, LEAST_SPREAD[test]), 0.9)


@njit
def learn_spread(usual, test, hits, n, share):
    """Learns from an honest cluster how much its members resemble one another.

    With ``n`` members of correlation r the squared deviation is n p (1 - p) (1 + (n - 1) r) on average.
    """
    if n >= 2.0 and 0.0 < share < 1.0:
        ratio = (hits - n * share) ** 2 / (n * share * (1.0 - share))
        usual[SPREAD + 2 * test] += min(ratio - 1.0, n - 1.0)
        usual[SPREAD + 2 * test + 1] += n - 1.0


@njit
def _reached_at(window, kind, texture):
    return REACHED + ((window * len(KINDS) + kind) * CLASSES + texture) * len(SIZES)


@njit
def learn_size(usual, window, kind, texture, accounts):
    """Learns that an honest cluster brought `accounts` together within a window."""
    at = _reached_at(window, kind, texture)
    for i in range(len(SIZES)):
        usual[at + i] += accounts >= SIZES[i]


@njit
def reached(usual, window, kind, texture, accounts, stopped):
    """Honest clusters that reached `accounts`, or that reached it and `stopped` before four times as many.

    Beyond what was seen, a Pareto tail of exponent 1: sizes of cascades have heavy tails (Goel, Anderson,
    Hofman, Watts, "The structural virality of online diffusion", 2016), and this one is on the safe side.
    """
    at = _reached_at(window, kind, texture)
    k = 0
    larger = 0.0
    for i in range(len(SIZES)):
        if SIZES[i] <= accounts and usual[at + i] >= 1.0:
            k = i
        if SIZES[i] <= 4 * accounts:
            larger = usual[at + i]
    if not stopped:
        larger = 0.0
    return max(0.0, usual[at + k] * SIZES[k] / max(accounts, SIZES[k]) - larger)
