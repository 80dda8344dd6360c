"""The benchmark's scoring: all found at once is 100, nothing found is 0, alarms elsewhere cost."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.real.nab_score import normalised, probation, score

WINDOWS = [(1000, 1100), (2000, 2050)]


def test_bounds() -> None:
    assert normalised(score(np.array([1000, 2000]), WINDOWS), 2) == pytest.approx(100.0, abs=0.1)
    assert normalised(score(np.array([], int), WINDOWS), 2) == 0.0


def test_an_early_alarm_is_worth_more_and_a_second_one_nothing() -> None:
    early, late = score(np.array([1000]), WINDOWS), score(np.array([1100]), WINDOWS)
    assert early > late
    assert score(np.array([1000, 1050]), WINDOWS) == early


def test_alarms_elsewhere_cost_less_just_behind_a_window() -> None:
    nothing = score(np.array([], int), WINDOWS)
    near, far = score(np.array([1101]), WINDOWS), score(np.array([1900]), WINDOWS)
    assert nothing > near > far == pytest.approx(nothing - 0.11, abs=1e-3)
    assert score(np.array([5]), WINDOWS) == pytest.approx(nothing - 0.11)


def test_probation() -> None:
    assert (probation(1000), probation(100_000)) == (150, 750)
