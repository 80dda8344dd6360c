"""Scrambled numbers: identifiers, places and sources are functions of who, when and the seed."""

from __future__ import annotations

import numpy as np

HOUR = 3_600_000
DAY = 24 * HOUR
MINUTE = 60_000


def mix(values: np.ndarray, salt: int) -> np.ndarray:
    """splitmix64 of each value with a salt, uint64: neighbours come out unrelated, no two alike."""
    with np.errstate(over="ignore"):
        # Salts that follow one another must not give the same series, shifted.
        x = np.asarray(values).astype(np.uint64) + np.uint64(salt * 0xD1B54A32D192ED03 % 2**64)
        x = x * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x7F4A7C159E3779B9)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def unit(values: np.ndarray, salt: int) -> np.ndarray:
    """A number in [0, 1) for each value."""
    return (mix(values, salt) >> np.uint64(11)).astype(np.float64) / 2.0**53


def pair(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """One number for two, uint64."""
    with np.errstate(over="ignore"):
        return mix(np.asarray(left), 17) + np.asarray(right).astype(np.uint64)


def choose(rng: np.random.Generator, weights: np.ndarray, n: int) -> np.ndarray:
    """`n` different places, the likelier the greater their weight; fewer where fewer have any."""
    some = np.flatnonzero(weights > 0)
    n = min(n, len(some))
    # Exponential races (Efraimidis and Spirakis 2006): the first n arrivals are a weighted sample.
    arrival = rng.exponential(size=len(some)) / weights[some]
    return some[np.argpartition(arrival, n - 1)[:n]] if n else some[:0]
