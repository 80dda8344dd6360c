"""Tails of the beta-binomial distribution, and its moments."""

import math
import random

import pytest

from models.overdispersed import beta_binomial, method_of_moments


def log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def tail(x: int, n: int, mean: float, correlation: float) -> float:
    weight = 1 / correlation - 1
    a, b = mean * weight, (1 - mean) * weight
    return sum(
        math.comb(n, k) * math.exp(log_beta(k + a, n - k + b) - log_beta(a, b)) for k in range(x, n + 1)
    )


@pytest.mark.parametrize("n", [1, 7, 60])
@pytest.mark.parametrize("mean", [0.01, 0.3, 0.9])
@pytest.mark.parametrize("correlation", [0.01, 0.2, 0.8])
def test_the_tail_is_the_sum_of_its_terms(n: int, mean: float, correlation: float) -> None:
    for x in range(math.ceil(n * mean), n + 1):
        expected = -math.log10(tail(x, n, mean, correlation)) if x else 0.0
        assert beta_binomial(float(x), float(n), mean, correlation) == pytest.approx(expected, abs=1e-6)


def test_less_than_usual_is_no_surprise() -> None:
    assert beta_binomial(2.0, 100.0, 0.5, 0.05) == 0.0
    assert beta_binomial(0.0, 0.0, 0.5, 0.05) == 0.0


def test_draws_that_are_alike_surprise_less() -> None:
    surprises = [beta_binomial(30.0, 100.0, 0.1, correlation) for correlation in (0.01, 0.05, 0.2)]
    assert surprises == sorted(surprises, reverse=True)
    assert surprises[0] > 2 * surprises[2]


def test_moments_of_sets_that_differ() -> None:
    chance = random.Random(3)
    sums = [0.0] * 4
    for _ in range(4_000):
        share = chance.betavariate(0.2 * 9, 0.8 * 9)  # correlation 0.1
        n = chance.randint(10, 60)
        observed = sum(chance.random() < share for _ in range(n)) / n
        for k, value in enumerate((1.0, observed, observed**2, 1 / n)):
            sums[k] += value
    mean, correlation = method_of_moments(*sums, 0.9, 0.5, 1.0, 0.01)
    assert mean == pytest.approx(0.2, abs=0.01)
    assert correlation == pytest.approx(0.1, abs=0.02)


def test_nothing_learnt_is_the_prior() -> None:
    assert method_of_moments(0.0, 0.0, 0.0, 0.0, 0.7, 0.15, 30.0, 0.01) == pytest.approx((0.7, 0.15))
