"""Windows against a plain recount of the events, and what is learnt against a plain rendering of the text."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from models.windows import DAY, HOUR, LENGTHS, WINDOWS, advance, count, usual, usual_outside

QUICK = settings(max_examples=80, derandomize=True, deadline=None)
# Gaps of minutes to hours to months.
EVENTS = st.lists(
    st.tuples(st.integers(0, 30) | st.integers(0, 3_000) | st.integers(0, 60_000), st.integers(1, 5)),
    min_size=1,
    max_size=60,
)
START = 29_000_000


@njit
def play(row, minutes, ns, closed):
    for i in range(len(minutes)):
        closed[i] = advance(row, minutes[i])
        count(row, minutes[i], ns[i])


def played(events: list[tuple[int, int]]) -> tuple[np.record, np.ndarray, np.ndarray, np.ndarray]:
    """(row, minutes, counts, whether each closed a day)."""
    row = np.zeros(1, np.dtype(WINDOWS)).view(np.recarray)
    minutes = START + np.cumsum([gap for gap, _ in events])
    ns, closed = np.array([n for _, n in events]), np.zeros(len(events), np.bool_)
    play(row[0], minutes, ns, closed)
    return row[0], minutes, ns, closed


@QUICK
@given(EVENTS)
def test_counts_are_those_of_the_events(events: list[tuple[int, int]]) -> None:
    row, minutes, ns, closed = played(events)
    for k, length in enumerate(LENGTHS):
        bucket = minutes // length
        assert row.now[k] == ns[bucket == bucket[-1]].sum()
        assert row.before[k] == ns[bucket == bucket[-1] - 1].sum()
    assert (row.first, row.last, row.total) == (minutes[0], minutes[-1], ns.sum())
    days = minutes // 1440
    assert closed.tolist() == [False, *(days[1:] > days[:-1]).tolist()]


def learnt(
    minutes: np.ndarray, ns: np.ndarray, length: int, half: float, prior: float
) -> tuple[float, float, float]:
    """Decayed sum, sum of squares and number of the buckets that have closed, one by one, also the empty."""
    decay = 0.5 ** (1 / half)
    total = squares = n = 0.0
    bucket = minutes // length
    for b in range(int(bucket[0]), int(bucket[-1])):
        x = float(ns[bucket == b].sum())
        if x:
            mean = total / (n + prior) if n + prior else x
            variance = squares / n - (total / n) ** 2 if n > 1 else mean
            x = min(x, max(mean, 1.0) + 4.0 * math.sqrt(max(variance, mean, 1.0)))
        total, squares, n = total * decay + x, squares * decay + x * x, n * decay + 1.0
    return total, squares, n


@QUICK
@given(EVENTS)
def test_learns_closed_hours_and_days(events: list[tuple[int, int]]) -> None:
    events = [(gap % 5_000, n) for gap, n in events]  # so that the plain rendering is quick
    row, minutes, ns, _ = played(events)
    hours = learnt(minutes, ns, LENGTHS[HOUR], 336, 24.0)
    days = learnt(minutes, ns, LENGTHS[DAY], 84, 0.0)
    assert (row.hour_sum, row.hour_squares, row.hours) == pytest.approx(hours, rel=1e-3, abs=1e-4)
    assert (row.day_sum, row.day_squares, row.days) == pytest.approx(days, rel=1e-3, abs=1e-4)


def test_an_attack_does_not_become_usual() -> None:
    steady = [(60, 2)] * 500
    quiet, *_ = played(steady)
    attacked, *_ = played([*steady, (60, 5_000), (60, 2)])
    assert attacked.hour_sum < 1.05 * quiet.hour_sum


@pytest.mark.parametrize("minutes", [10, 60, 360, 1440, 10_080, 43_200])
def test_a_steady_rate_is_expected_to_go_on(minutes: int) -> None:
    row, at, ns, _ = played([(20, 1)] * (72 * 90))  # three an hour for 90 days
    end = int(at[-1]) + 1
    inside = int(ns[at >= end - minutes].sum())
    expected, size = usual(row, end - minutes, end, inside, 0.01)
    # A month's window leaves little of what was learnt before it, and that is drawn to the prior.
    assert expected == pytest.approx(3 * minutes / 60, rel=0.15 if minutes < 43_200 else 0.3)
    assert size >= 1.0


def test_what_is_in_the_window_is_not_what_it_is_held_against() -> None:
    steady = [(60, 2)] * 500
    row, at, _, _ = played([*steady, (60, 6), (30, 6)])
    end = int(at[-1]) // 60 * 60 + 60
    burst, _ = usual(row, end - 120, end, 12, 0.01)
    assert burst < 4.3


def test_of_the_unknown_the_prior_is_usual() -> None:
    row, at, _, _ = played([(0, 1)])
    expected, size = usual(row, int(at[0]), int(at[0]) + 60, 1, 0.02)
    assert expected == pytest.approx(0.02, rel=0.05)
    assert size == pytest.approx(1.0, rel=0.05)


def test_what_is_held_teaches_no_more_than_the_usual() -> None:
    free, held = np.zeros(1, np.dtype(WINDOWS)), np.zeros(1, np.dtype(WINDOWS))
    for hour in range(200):
        n = 100 if hour >= 150 else 3
        for row, until in ((free[0], 0), (held[0], 150 * 60 if hour < 150 else 1 << 30)):
            advance(row, hour * 60, until if hour >= 150 else 0)
            count(row, hour * 60, n)
    usual_now = usual(held[0], 199 * 60, 200 * 60, 100, 0.0)[0]
    assert usual_now == pytest.approx(3.0, rel=0.2)
    assert usual(free[0], 199 * 60, 200 * 60, 100, 0.0)[0] > 1.5 * usual_now


def test_what_has_been_closed_is_not_closed_again() -> None:
    """A row is advanced at moments at which nothing is counted too."""
    moments = [(day * 1440 + 600, 7) for day in range(10)]
    plain, often = np.zeros(1, WINDOWS)[0:1], np.zeros(1, WINDOWS)[0:1]
    for row, between in ((plain, 0), (often, 40)):
        for minute, n in moments:
            advance(row[0], minute)
            count(row[0], minute, n)
            for k in range(between):
                advance(row[0], minute + 20 + 30 * k)
    for row in (plain, often):
        advance(row[0], 10 * 1440 + 600)
    assert often[0]["days"] == pytest.approx(plain[0]["days"])
    assert often[0]["hours"] == pytest.approx(plain[0]["hours"])
    assert often[0]["day_sum"] == pytest.approx(plain[0]["day_sum"])
    assert 9.0 < often[0]["days"] <= 10.0


def test_a_steady_rate_is_what_is_expected_of_a_long_window() -> None:
    row = np.zeros(1, WINDOWS)
    for day in range(20):
        for hour in range(0, 24, 4):
            advance(row[0], day * 1440 + hour * 60)
            count(row[0], day * 1440 + hour * 60, 1)
    expected, _ = usual(row[0], 10 * 1440, 20 * 1440, 60, 0.001)
    assert expected == pytest.approx(60, rel=0.15)


def test_before_a_window_that_taught_little_as_much_is_usual_as_came_before() -> None:
    row, at = np.zeros(1, np.dtype(WINDOWS)).view(np.recarray)[0], 0
    for hour in range(48):
        at = START // 60 * 60 + 60 * hour
        advance(row, at, 0)
        count(row, at, 2)
    start = at + 60
    for hour in range(24):
        at = start + 60 * hour
        advance(row, at, 1 << 30)
        count(row, at, 50)
    inside = 24 * 50
    assert usual(row, start, at + 60, inside, 0.01)[0] < 10
    assert usual_outside(row, start, at + 60, inside, 0.01)[0] == pytest.approx(48.0, rel=0.3)
