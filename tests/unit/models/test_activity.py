"""How busy everybody is."""

import numpy as np
import pytest

from models import activity, rates

HOUR = 500_000


def ring(counts: dict[int, int]) -> np.ndarray:
    rows, dirty = np.zeros(activity.HOURS, activity.ACTIVITY), np.zeros(activity.HOURS, np.uint8)
    for hour, n in counts.items():
        activity.add(rows, dirty, HOUR + hour, n)
    return rows


def levels(rows: np.ndarray, hour: int) -> np.ndarray:
    out = np.zeros((2, activity.HOURS))
    activity.learn_levels(rows, HOUR + hour, out)
    return out


def test_counts_of_hours_and_what_is_forgotten() -> None:
    rows = ring({0: 3, 1: 4, 5: 7})
    assert activity.count(rows, HOUR, HOUR + 5) == 14
    assert activity.count(rows, HOUR + 2, HOUR + 4) == 0
    rows = ring({0: 3, activity.HOURS: 5})
    assert activity.count(rows, HOUR, HOUR) == 0
    assert activity.count(rows, HOUR + activity.HOURS, HOUR + activity.HOURS) == 5


def test_the_level_is_that_of_the_hours_in_which_a_rate_was_learnt() -> None:
    # A small platform for 40 days, a large one for the last two.
    rows = ring({hour: 10 if hour < 960 else 400 for hour in range(1008)})
    row = np.zeros(2, np.dtype(rates.RATES))
    for hour in range(1009):
        rates.advance(row[0], 60 * (HOUR + hour), True)
        if hour >= 968:
            rates.advance(row[1], 60 * (HOUR + hour), True)
    known = [activity.hours_of(one["hours"]) for one in row]
    assert known == pytest.approx([1008, 40], abs=1)
    mean = levels(rows, 1008)[0][known]
    assert mean[1] == pytest.approx(400)
    assert 40 < mean[0] < 120
    assert activity.times(800.0, mean[1], 2.0) == pytest.approx(1.0)
    assert activity.times(800.0, mean[0], 2.0) > 3.0


def test_a_quiet_night_makes_nobody_suspect() -> None:
    assert activity.times(2.0, 100.0, 1.0) == 1.0


def test_ups_and_downs_that_all_have_are_not_an_authors_own() -> None:
    by_night = {hour: 20 if hour % 24 < 12 else 180 for hour in range(480)}
    varies = levels(ring(by_night), 480)[1][400]
    assert varies == pytest.approx(0.64, rel=0.1)
    # Of an author that has exactly these: hardly anything is left.
    assert activity.own_size(1.0 / varies, varies, 1.0) == pytest.approx(4.0)
    assert activity.own_size(0.5, varies, 1.0) == pytest.approx(1.0 / ((2.0 - varies) / (1.0 + varies)))
    assert activity.own_size(0.5, 0.0, 1.0) == pytest.approx(0.5)
    # A platform that has grown thirty times explains no more than days and nights do.
    assert activity.own_size(0.1, 30.0, 1.0) == activity.own_size(0.1, 1.0, 1.0)
