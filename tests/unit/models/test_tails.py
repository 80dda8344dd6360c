"""Tails against scipy's."""

import math
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.tails import MOST, binomial_upper, effective, fused, negative_binomial

QUICK = settings(max_examples=150, derandomize=True, deadline=None)
LN10 = math.log(10.0)


def near(surprise: float, logarithm: float) -> bool:
    expected = min(MOST, max(0.0, -logarithm / LN10))
    if expected > 100.0:  # so far out it is scipy that is not exact, or gives up: see below
        return surprise > 99.0
    return surprise == pytest.approx(expected, rel=1e-5, abs=1e-6)


@QUICK
@given(st.integers(0, 50_000), st.floats(1e-6, 1e5), st.floats(0.2, 600.0))
def test_negative_binomial(x: int, mean: float, size: float) -> None:
    assert near(negative_binomial(x, mean, size), stats.nbinom.logsf(x - 1, size, size / (size + mean)))


@QUICK
@given(st.integers(0, 8192), st.integers(1, 8192), st.floats(1e-6, 0.999))
def test_binomial(x: int, n: int, p: float) -> None:
    assert near(binomial_upper(float(min(x, n)), float(n), p), stats.binom.logsf(min(x, n) - 1, n, p))


@pytest.mark.parametrize(
    ("x", "n", "p"), [(311, 339, 3 / 32), (3, 400, 1 / 64), (90, 100, 1 / 2), (1, 9, 1 / 8)]
)
def test_binomial_to_the_last_digit(x: int, n: int, p: float) -> None:
    exact = sum(comb(n, k) * Fraction(p) ** k * (1 - Fraction(p)) ** (n - k) for k in range(x, n + 1))
    expected = math.log10(exact.denominator) - math.log10(exact.numerator)
    assert binomial_upper(float(x), float(n), p) == pytest.approx(expected, rel=1e-9)


@QUICK
@given(st.floats(0.1, 500.0), st.floats(0.0, 1.0), st.floats(0.001, 0.99))
def test_effective_sizes_lie_between_their_neighbours(n: float, share: float, p: float) -> None:
    x = share * n
    here = binomial_upper(x, n, p)
    assert 0.0 <= here <= MOST
    assert binomial_upper(x * 0.99, n, p) <= here + 1e-6
    assert binomial_upper(x, n, p * 0.99) >= here - 1e-6


def test_the_ends() -> None:
    assert negative_binomial(0, 3.0, 1.0) == 0.0
    assert negative_binomial(10_000_000, 1e-6, 1.0) == MOST
    assert binomial_upper(0.0, 5.0, 0.5) == 0.0
    assert binomial_upper(5.0, 5.0, 1.0) == 0.0
    assert binomial_upper(5.0, 5.0, 0.0) == MOST


@QUICK
@given(st.lists(st.floats(0.0, 40.0), min_size=1, max_size=8))
def test_fisher(surprises: list[float]) -> None:
    logarithm = stats.chi2.logsf(2.0 * sum(surprises) * LN10, 2 * len(surprises))
    assert near(fused(surprises), float(logarithm))


def test_nothing_to_fuse() -> None:
    assert fused([]) == 0.0


def test_design_effect() -> None:
    assert effective(1.0, 0.5) == 1.0
    assert effective(0.0, 0.5) == 0.0
    assert effective(11.0, 0.1) == pytest.approx(5.5)
    assert effective(1e9, 0.1) == pytest.approx(10.0)
