# mypy: allow-untyped-defs, allow-untyped-calls
"""Surprise: -log10 of the probability of a count as extreme as this one. Kernels and Python alike."""

import math

import numpy as np
from numba import njit

_LN10 = math.log(10.0)
# Beyond this a tail says no more; it also bounds the sums that evidence is fused from.
MOST = 300.0


@njit(cache=True)
def _beta_fraction(a, b, x):
    """The continued fraction of the incomplete beta function (Numerical Recipes, 3rd ed., 6.4; Lentz)."""
    tiny = 1e-300
    c = 1.0
    d = 1.0 - (a + b) * x / (a + 1.0)
    if abs(d) < tiny:
        d = tiny
    d = 1.0 / d
    h = d
    for m in range(1, 300):
        m2 = 2 * m
        even = m * (b - m) * x / ((a + m2 - 1.0) * (a + m2))
        d = 1.0 + even * d
        c = 1.0 + even / c
        if abs(d) < tiny:
            d = tiny
        if abs(c) < tiny:
            c = tiny
        d = 1.0 / d
        h *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + m2) * (a + m2 + 1.0))
        d = 1.0 + odd * d
        c = 1.0 + odd / c
        if abs(d) < tiny:
            d = tiny
        if abs(c) < tiny:
            c = tiny
        d = 1.0 / d
        step = d * c
        h *= step
        if abs(step - 1.0) < 1e-9:
            break
    return h


@njit(cache=True)
def log_beta_cdf(a, b, x):
    """ln of the regularised incomplete beta function I_x(a, b)."""
    if x <= 0.0:
        return -MOST * _LN10
    if x >= 1.0:
        return 0.0
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x < (a + 1.0) / (a + b + 2.0):
        return front + math.log(_beta_fraction(a, b, x) / a)
    rest = math.exp(front) * _beta_fraction(b, a, 1.0 - x) / b
    return math.log1p(-min(rest, 1.0 - 1e-16))


@njit(cache=True)
def negative_binomial(x, mean, size):
    """Surprise of a count of `x` or more under a negative binomial.

    Args:
        x: the count.
        mean: expected count, > 0.
        size: r of the distribution; the variance is mean + mean^2 / size. Large: Poisson.

    >>> round(negative_binomial(10, 1.0, 1.0), 3)  # 2^-10
    3.01
    """
    if x <= 0:
        return 0.0
    return min(MOST, max(0.0, -log_beta_cdf(float(x), size, mean / (mean + size)) / _LN10))


@njit(cache=True)
def binomial_upper(x, n, p):
    """Surprise of `x` or more successes of `n`; real `x` and `n` are allowed (effective sizes).

    >>> round(binomial_upper(3, 3, 0.1), 3)
    3.0
    """
    if x <= 0.0 or p >= 1.0:
        return 0.0
    if x >= n:
        return min(MOST, -n * math.log(max(p, 1e-300)) / _LN10)
    return min(MOST, max(0.0, -log_beta_cdf(x, n - x + 1.0, p) / _LN10))


@njit(cache=True)
def effective(n, correlation):
    """How many independent draws `n` correlated ones are worth (Kish's design effect)."""
    return n / (1.0 + (n - 1.0) * correlation) if n > 1.0 else n


def fused(surprises: list[float]) -> float:
    """The surprise of independent tests taken together (Fisher's method).

    >>> round(fused([3.0, 3.0]), 2)
    4.83
    """
    k = len(surprises)
    half = sum(surprises) * _LN10  # half of Fisher's statistic
    if k == 0 or half <= 0:
        return 0.0
    terms = np.cumsum([0.0, *(math.log(half) - math.log(i) for i in range(1, k))])
    tail = half - float(np.logaddexp.reduce(terms))
    return min(MOST, max(0.0, tail / _LN10))
