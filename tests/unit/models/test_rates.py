"""Usual rates of several channels in one row."""

import random

import numpy as np
import pytest

from models import rates

ROW = np.dtype(rates.RATES)


def lived(hours: int, a_hour: float, *, seed: int = 1, learns: bool = True) -> np.ndarray:
    """A row after so many hours with Poisson counts on channel 0."""
    chance = np.random.default_rng(seed)
    row = np.zeros(1, ROW)
    for hour in range(hours):
        rates.advance(row[0], 600 + 60 * hour, learns)
        row[0]["now"][0] += chance.poisson(a_hour)
    rates.advance(row[0], 600 + 60 * hours, learns)
    return row


def test_the_mean_is_learnt_by_channel() -> None:
    row = lived(400, 5.0)
    assert rates.usual(row[0], 0, 2.0, 0.1)[0] == pytest.approx(10.0, rel=0.15)
    assert rates.usual(row[0], 1, 2.0, 0.1)[0] < 0.1


def test_nothing_learnt_is_the_rate_of_the_unknown() -> None:
    row = np.zeros(1, ROW)
    mean, size = rates.usual(row[0], 0, 6.0, 0.5)
    assert (mean, size) == pytest.approx((3.0, 0.5))


def test_a_burst_teaches_little_and_under_a_flag_nothing() -> None:
    calm = rates.usual(lived(200, 2.0)[0], 0, 1.0, 0.1)[0]
    for learns, most in ((True, 1.3), (False, 1.02)):
        row = lived(200, 2.0)
        minute = int(row[0]["last"])
        row[0]["now"][0] = 5_000
        rates.advance(row[0], minute + 60, learns)
        assert rates.usual(row[0], 0, 1.0, 0.1)[0] <= most * calm


def test_hours_without_anything_count() -> None:
    row = lived(100, 4.0)
    before = rates.usual(row[0], 0, 1.0, 0.1)[0]
    rates.advance(row[0], int(row[0]["last"]) + 60 * 200, True)
    assert rates.usual(row[0], 0, 1.0, 0.1)[0] < 0.6 * before


def test_bursts_make_the_tail_heavier() -> None:
    chance = random.Random(4)
    row = np.zeros(1, ROW)
    for hour in range(300):
        rates.advance(row[0], 600 + 60 * hour, True)
        row[0]["now"][0] += 20 if chance.random() < 0.2 else 0
    assert rates.usual(row[0], 0, 1.0, 0.1)[1] < rates.usual(lived(300, 4.0)[0], 0, 1.0, 0.1)[1] / 3
