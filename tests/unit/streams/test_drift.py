"""Fields that vanish are noticed, ordinary ups and downs are not."""

from __future__ import annotations

import numpy as np

from detector.engine.rows import EVENT
from streams.drift import FieldShares

SAID = list[tuple[str, str]]


def rows(random: np.random.Generator, n: int, device: float) -> np.ndarray:
    made = np.zeros(n, EVENT)
    made["ip"] = 1
    made["source"] = random.random(n) < 0.5
    made["device"] = random.random(n) < device
    return made


def follow(days: list[float], fetch: int) -> SAID:
    """Clicks whose devices are there with a chance of each day's; two hundred fetches a day."""
    said: SAID = []
    shares = FieldShares(lambda kind, field, share: said.append((kind, field)))
    random = np.random.default_rng(1)
    for chance in days:
        for _ in range(200):
            shares.take("click", rows(random, fetch, chance))
    return said


def test_ups_and_downs_by_chance_are_no_drift() -> None:
    assert follow([0.9] * 20, 700) == []


def test_a_field_that_vanishes_is_noticed() -> None:
    assert set(follow([0.9, 0.2], 700)) == {("click", "device")}


def test_small_fetches_are_gathered() -> None:
    assert set(follow([0.9] * 20 + [0.0] * 20, 11)) == {("click", "device")}
