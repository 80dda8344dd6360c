# mypy: allow-untyped-defs, allow-untyped-calls
"""Who is behind a count: shares of the actors, weighed against the population and the subject's habit."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from detector.cases.findings import Signal
from detector.engine.evidence import Evidence
from detector.engine.subject_kernel import PARTS, WHOLES
from models.tails import binomial_upper, effective, negative_binomial

NAMES = ("fresh_actors", "no_earlier_touch", "young_accounts", "same_address", "same_device", "same_minute")
_INFORM = ("same_address", "same_minute")
# Those that speak: see `traits`.
TRAITS = [NAMES.index(name) for name in NAMES if name not in _INFORM]
_SENTENCES = (
    "{part} of {whole} accounts were first seen on the platform within a day before; {usual:.0%} is usual",
    "{part} of {whole} had never clicked, reposted or commented on anything of this account; "
    "{usual:.0%} is usual",
    "{part} of {whole} accounts were registered within 30 days before; {usual:.0%} is usual",
    "{part} of {whole} repeat an address that another of them has; {usual:.0%} is usual",
    "{part} of {whole} repeat a device that another of them has; {usual:.0%} is usual",
    "{part} of {whole} came within one minute; {usual:.0%} is usual",
)


def shares(evidence: Evidence) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(share, usual share, surprise), each of shape (candidates, NAMES).

    The actors of one subject are alike, so a share of n actors is worth as a binomial of fewer (Kish's design
    effect) at a mean between the population's and the subject's own habit (the mean of a beta posterior).
    """
    shape = (len(evidence), len(NAMES))
    share, usual, surprise = np.empty(shape), np.empty(shape), np.empty(shape)
    _shares(
        evidence.counts, evidence.habit, evidence.usual_shares, evidence.correlation, share, usual, surprise
    )
    return share, usual, surprise


@njit(cache=True)
def _shares(counts, habit, usual_shares, correlation, share, usual, surprise):
    for i in range(len(counts)):
        for k in range(len(PARTS)):
            part, whole = counts[i, PARTS[k]], counts[i, WHOLES[k]]
            strength = 1.0 / correlation[k] - 1.0
            known = strength + habit[i, WHOLES[k]]
            usual[i, k] = (usual_shares[k] * strength + habit[i, PARTS[k]]) / known
            # The habit makes the mean surer, but a subject's days differ all the same.
            alike = max(1.0 / (1.0 + known), correlation[k] / 3.0)
            share[i, k] = part / max(whole, 1.0)
            n = effective(whole, alike)
            surprise[i, k] = binomial_upper(share[i, k] * n, n, usual[i, k])


@njit(cache=True)
def volumes(observed, expected, size):
    """`negative_binomial` of each element."""
    out = np.empty(len(observed))
    for i in range(len(observed)):
        out[i] = negative_binomial(float(observed[i]), expected[i], size[i])
    return out


def signal(evidence: Evidence, i: int, k: int, share: float, usual: float, surprise: float) -> Signal:
    """The signal of share `k` of candidate `i`."""
    part, whole = int(evidence.counts[i, PARTS[k]]), int(evidence.counts[i, WHOLES[k]])
    why = _SENTENCES[k].format(part=part, whole=whole, usual=usual)
    return Signal(NAMES[k], share, usual, why, 0.0 if NAMES[k] in _INFORM else surprise, "provenance")


def bonferroni(surprise: float, tests: float) -> float:
    """The surprise of the greatest of several tests."""
    return max(0.0, surprise - math.log10(tests))


def traits(surprises: np.ndarray, engagement: Signal | None) -> list[float]:
    """The surprise of each kind of trait: the actors' history, their way to the subject, their devices.

    That they share an address or come in one minute only informs: schools, offices and carriers' networks do,
    and whoever is told of an account at the same time.
    """
    fresh, cold, young, _, device, _ = (float(surprise) for surprise in surprises)
    way = max(cold, engagement.surprise if engagement else 0.0)
    return [bonferroni(max(fresh, young), 2), bonferroni(way, 2), device]
