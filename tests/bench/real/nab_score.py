"""The scoring of the Numenta Anomaly Benchmark (Lavin, Ahmad, ICMLA 2015), standard profile."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

TP, FP, FN = 1.0, 0.11, 1.0
"""Weights of the standard profile."""


def _scaled(position: float) -> float:
    return 2.0 / (1.0 + math.exp(5.0 * position)) - 1.0 if position <= 3.0 else -1.0


def probation(length: int) -> int:
    """Rows at the beginning of a series in which nothing counts."""
    return min(int(0.15 * length), 750)


def score(alarms: np.ndarray, windows: Sequence[tuple[int, int]]) -> float:
    """Of one series.

    Args:
        alarms: rows at which there was one, ascending.
        windows: first and last row of each anomaly, inclusive.
    """
    total, found = 0.0, set[int]()
    for row in alarms.tolist():
        inside = [k for k, (begin, end) in enumerate(windows) if begin <= row <= end]
        if inside:
            if inside[0] not in found:
                begin, end = windows[inside[0]]
                found.add(inside[0])
                total += TP * _scaled(-(end - row + 1) / (end - begin + 1)) / _scaled(-1.0)
            continue
        before = [(begin, end) for begin, end in windows if end < row]
        # Behind a window it is the less wrong the nearer it is.
        distance = (row - before[-1][1]) / max(before[-1][1] - before[-1][0], 1) if before else math.inf
        total += FP * (_scaled(distance) if before else -1.0)
    return total - FN * (len(windows) - len(found))


def normalised(total: float, windows: int) -> float:
    """0 where nothing is found, 100 where all is found at once."""
    return 100.0 * (total + FN * windows) / ((TP + FN) * windows)
