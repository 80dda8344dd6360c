# mypy: allow-untyped-defs, allow-untyped-calls
"""Surprise of a share whose draws are alike: the tails of the beta-binomial distribution."""

import math

from numba import njit

_LN10 = math.log(10.0)
MOST = 300.0


@njit(inline="always")
def _log_beta(a, b):
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


@njit(cache=True)
def beta_binomial(x, n, mean, correlation):
    """Surprise of `x` or more successes of `n`.

    Args:
        x, n: whole numbers.
        mean: of the share.
        correlation: intraclass, between 0 and 1: how alike the draws of one set are.

    >>> round(beta_binomial(2, 2, 0.5, 1 / 3), 3)  # beta(1, 1): all shares alike, 1 of 3
    0.477
    """
    if x <= 0.0 or n <= 0.0 or mean >= 1.0:
        return 0.0
    x = min(x, n)
    weight = 1.0 / correlation - 1.0
    a, b = mean * weight, (1.0 - mean) * weight
    if x < n * mean:
        return 0.0
    log = math.lgamma(n + 1.0) - math.lgamma(x + 1.0) - math.lgamma(n - x + 1.0)
    log += _log_beta(x + a, n - x + b) - _log_beta(a, b)
    total, term, k = 1.0, 1.0, x
    while k < n:
        term *= (n - k) / (k + 1.0) * (k + a) / (n - k - 1.0 + b)
        total += term
        k += 1.0
        if term < 1e-9 * total:
            break
    return min(MOST, max(0.0, -(log + math.log(total)) / _LN10))


@njit(cache=True)
def method_of_moments(weight, total, squares, inverse, prior_mean, prior_correlation, prior_weight, least):
    """(mean, intraclass correlation) of a share, from sums over sets, shrunk to a prior.

    Args:
        weight, total, squares, inverse: sums over sets of 1, the share, its square, and 1 / draws.
        prior_weight: in sets.
        least: correlation that is assumed at least.
    """
    p = min(0.995, max(0.002, (total + prior_mean * prior_weight) / (weight + prior_weight)))
    n = max(weight, 1.0)
    own = min(0.995, max(0.002, total / n))
    variance = max(squares / n - (total / n) ** 2, 0.0)
    noise = inverse / n
    alike = (variance / (own * (1.0 - own)) - noise) / max(1.0 - noise, 0.1)
    alike = min(0.9, max(least, alike))
    return p, (alike * weight + prior_correlation * prior_weight) / (weight + prior_weight)
