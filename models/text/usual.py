# mypy: allow-untyped-defs, allow-untyped-calls
"""What is usual among those who post: shares and sizes that the stream itself teaches, with a slow forgetting.

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

PRIOR, SEEN, AGE, IP, DEVICE, VARIANT, COMPANY = range(7)
TESTS = ("prior", "seen", "age", "ip", "device", "variant", "company")
BINS = 28

# Where each part begins.
HISTOGRAMS = 0  # of PRIOR, SEEN, AGE: log2 buckets
PAIRS = HISTOGRAMS + 3 * BINS  # (pairs compared, pairs alike) of actor, ip, device; (joined, edited)
SPREAD = PAIRS + 8  # (excess, weight) of each test, see `learn_spread`
STARTED = SPREAD + 2 * len(TESTS)  # clusters begun, by kind
REACHED = STARTED + len(KINDS)  # honest clusters that reached each size, by window and kind
ROWS_SEEN = REACHED + len(WINDOWS_MS) * len(KINDS) * len(SIZES)
SINCE_STEP = ROWS_SEEN + 1
FIRST_TS = SINCE_STEP + 1
LENGTH = FIRST_TS + 1
ACTOR_PAIRS, IP_PAIRS, DEVICE_PAIRS, EDITED = range(4)

# Until the stream has taught better: the correlation within an honest cluster, worth so many members.
SPREAD_PRIOR, SPREAD_WEIGHT = 0.05, 200.0
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
def forget(usual):
    """To be called for every row; now and then it halves a little."""
    usual[ROWS_SEEN] += 1.0
    usual[SINCE_STEP] += 1.0
    if usual[SINCE_STEP] >= STEP:
        usual[SINCE_STEP] = 0.0
        usual[:ROWS_SEEN] *= 0.5 ** (STEP / HALF_LIFE)


def shares(usual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lower tails of prior, seen and age.

    Returns (int64 (3,) last bucket of the tail, float64 (3,) share of rows in it): the largest tail of at most
    a fifth of the rows, but at least the lowest bucket that occurs.
    """
    histograms = usual[HISTOGRAMS:PAIRS].reshape(3, BINS)
    total = histograms.sum(axis=1, keepdims=True)
    cumulated = histograms.cumsum(axis=1) / np.maximum(total, 1e-9)
    cut = np.maximum((cumulated <= LOWER_TAIL).sum(axis=1) - 1, (cumulated > 0).argmax(axis=1))
    share = (cumulated[np.arange(3), cut] * total[:, 0] + 1.0) / (total[:, 0] + 2.0)
    return cut, share


def chance(usual: np.ndarray, pairs: int) -> float:
    """How often two posts of different times are alike in their actor, address or device."""
    n, alike = usual[PAIRS + 2 * pairs : PAIRS + 2 * pairs + 2]
    return float((alike + 0.5) / (n + 500.0))


def edited(usual: np.ndarray) -> float:
    """The share of texts that are not letter for letter those of the cluster that they join."""
    n, changed = usual[PAIRS + 2 * EDITED : PAIRS + 2 * EDITED + 2]
    return float((changed + 30.0) / (n + 100.0))


def spread(usual: np.ndarray) -> np.ndarray:
    """The correlation within honest clusters, by test."""
    excess, weight = usual[SPREAD:STARTED].reshape(-1, 2).T
    return np.clip((excess + SPREAD_PRIOR * SPREAD_WEIGHT) / (weight + SPREAD_WEIGHT), 0.01, 0.9)


def learn_spread(usual: np.ndarray, test: int, hits: float, n: float, share: float) -> None:
    """Learns from an honest cluster how much its members resemble one another.

    With ``n`` members of correlation r the squared deviation is n p (1 - p) (1 + (n - 1) r) on average.
    """
    if n >= 2 and 0.0 < share < 1.0:
        ratio = (hits - n * share) ** 2 / (n * share * (1.0 - share))
        usual[SPREAD + 2 * test] += min(ratio - 1.0, n - 1.0)
        usual[SPREAD + 2 * test + 1] += n - 1.0


def learn_size(usual: np.ndarray, window: int, kind: int, accounts: int) -> None:
    """Learns that an honest cluster brought `accounts` together within a window."""
    at = REACHED + (window * len(KINDS) + kind) * len(SIZES)
    usual[at : at + len(SIZES)][accounts >= SIZES] += 1.0


def reached(usual: np.ndarray, window: np.ndarray, kind: np.ndarray, accounts: np.ndarray) -> np.ndarray:
    """Honest clusters that reached `accounts`; beyond what was seen, a Pareto tail of exponent 1.

    Shares of cascades fall about as 1 / size (Goel, Anderson, Hofman, Watts 2016, fig. 3).
    """
    counts = usual[REACHED:ROWS_SEEN].reshape(len(WINDOWS_MS), len(KINDS), len(SIZES))[window, kind]
    step = np.searchsorted(SIZES, accounts, side="right") - 1
    out = np.empty(len(accounts))
    for i, last in enumerate(step):
        sizes = np.arange(last + 1)
        seen = counts[i, : last + 1]
        solid = sizes[seen >= 1.0]
        k = int(solid[-1]) if len(solid) else 0
        out[i] = seen[k] * SIZES[k] / max(accounts[i], SIZES[k]) if last >= 0 else 0.0
    return out


def started(usual: np.ndarray) -> np.ndarray:
    """Clusters begun, by kind."""
    return usual[STARTED:REACHED]
