# mypy: allow-untyped-defs, allow-untyped-calls
"""Whom the evidence names: which entries of a window are of the crowd rather than of the usual followers."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from detector.engine.evidence import Evidence
from detector.engine.follows import ASIDE_BIT, COMPANY_BIT, COMPANY_USUAL, EXAMINED, SHARES
from detector.engine.rows import ECHO
from detector.suspicions.provenance import INFORM

# Crowds are sought so much further back than the window in which they are most surprising, ms.
BEFORE = 2 * 86_400_000
_TRAITS = len(SHARES)
_BITS = np.array([1 << k for k in range(_TRAITS)] + [COMPANY_BIT])
_WEIGHED = np.array([k not in INFORM for k in range(_TRAITS)] + [True])
# A share is never taken for surer than this.
_SURE = 0.98
_SPEAKS = 1.5
# A crowd is thicker than so many times the usual rate, and at its ends so many times thinner than within.
_THICKER, _THIN = 3.0, 3.0
_LEAST = 3


def crowd(evidence: Evidence, i: int, company: bool, before: int = BEFORE) -> np.ndarray:
    """Which of candidate `i`'s entries, of its window and `before` it (ms), are the crowd's.

    The window holds two kinds: those who follow as usual, whose traits are known, and the crowd, whose traits
    are what is left of the window's. Each entry goes to the kind that is likelier by its traits (naive
    Bayes), within the stretch of time in which the crowd was there.

    Args:
        company: whether those who share other targets are a trait of the crowd.
    """
    entries, bits = evidence.entries(i, before), evidence.classes(i, before)
    counts = evidence.counts[i]
    among = counts[COMPANY_USUAL] / max(counts[EXAMINED], 1.0)
    usual = np.clip(np.append(evidence.usual[i], among), 1.0 - _SURE, _SURE)
    speaks = np.append(evidence.surprise[i] >= _SPEAKS, company)
    weighed = _WEIGHED.copy()
    weighed[_TRAITS] = company
    # How many of the window are explained, by what comes out of nowhere and by what readers bring.
    explained = np.inf
    if evidence.rush[i] >= 3.0:
        explained = float(evidence.explained[i] + evidence.warm[i])
    if evidence.crowd[i] >= 3.0:
        explained = min(explained, float(evidence.read[i]))
    expected = float(evidence.expected[i] * evidence.everybody[i])
    if (
        evidence.read[i] == 0.0
    ):  # nothing is known of the ways to accounts: then the usual rate is all there is
        explained = expected
    chosen = np.zeros(len(entries), np.bool_)
    ts = np.ascontiguousarray(entries["ts"])
    _choose(
        ts, bits, np.int64(evidence.start[i]), np.int64(evidence.ts), usual, speaks & weighed, weighed,
        explained, expected, chosen,
    )  # fmt: skip
    return chosen


def trickled(evidence: Evidence, i: int, chosen: np.ndarray, share: float) -> np.ndarray:
    """Which of the same entries are of a company that came as a trickle: all in candidate `i`'s window.

    A trickle has no stretch in which it is thick, so the crowd's holds but some of it.

    Args:
        chosen: (entries,) by `crowd`.
        share: of the company; where that much is chosen, the rest came by chance, and none are returned.
    """
    entries, company = evidence.entries(i, BEFORE), evidence.classes(i, BEFORE) & COMPANY_BIT
    own = (entries["ts"] >= evidence.start[i]) & (entries["flags"] & ECHO == 0) & (company != 0)
    few: bool = (own & chosen).sum() < share * own.sum()
    return np.asarray(own if few else np.zeros_like(own), np.bool_)


@njit(cache=True)
def _choose(ts, bits, start, end, usual, speaks, weighed, explained, expected, chosen):
    shares = np.zeros(len(_BITS))
    n = 0
    for i in range(len(ts)):
        if bits[i] & ASIDE_BIT == 0 and ts[i] >= start:
            n += 1
            for k in range(len(_BITS)):
                shares[k] += bits[i] & _BITS[k] != 0
    if n == 0:
        return
    part = max(0.0, 1.0 - explained / n)
    for k in range(len(_BITS)):
        shares[k] /= n
        if speaks[k]:
            part = max(part, (shares[k] - usual[k]) / (1.0 - usual[k]))
    part = min(_SURE, max(part, 1.0 - _SURE))
    held, not_held = np.zeros(len(_BITS)), np.zeros(len(_BITS))
    for k in range(len(_BITS)):
        if weighed[k]:
            theirs = (shares[k] - (1.0 - part) * usual[k]) / part
            theirs = min(_SURE, max(1.0 - _SURE, theirs))
            held[k] = math.log(theirs / usual[k])
            not_held[k] = math.log((1.0 - theirs) / (1.0 - usual[k]))
    prior = math.log(part / (1.0 - part))
    core = 0
    times = np.empty(len(ts), np.int64)
    for i in range(len(ts)):
        if bits[i] & ASIDE_BIT:
            continue
        # How many of the window are the crowd's says nothing of those before it: their traits decide.
        likely = prior if ts[i] >= start else min(prior, 0.0)
        for k in range(len(_BITS)):
            likely += held[k] if bits[i] & _BITS[k] else not_held[k]
        if likely > 0.0:
            chosen[i] = True
            if ts[i] >= start:
                times[core] = ts[i]
                core += 1
    if core < _LEAST:
        for i in range(len(ts)):
            chosen[i] &= ts[i] >= start
        return
    # Of the usual followers some look like the crowd: so many a ms.
    rate = max(expected, n * (1.0 - part)) * core / n / max(end - start, 1)
    low, high = _stretch(ts, chosen, times[:core], rate)
    for i in range(len(ts)):
        chosen[i] &= low <= ts[i] <= high


@njit(cache=True)
def _stretch(ts, chosen, core, usual):
    """The stretch of time in which the chosen are the crowd rather than usual followers who look like it.

    Two rates, one of them in the stretch and the other outside: the likeliest stretch has the maximal sum
    (Kadane) of the entries' log ratios of the rates, less the expected counts in between.

    Args:
        ts, chosen: of the entries, latest first.
        core: times of the chosen by which the crowd's rate is told, latest first.
        usual: followers a ms who look like it, outside.

    Returns (first, last) moment.
    """
    m = len(core)
    # The shortest stretch that half of them are in: strangers among them cannot draw it out.
    half = m // 2
    shortest = core[0] - core[half]
    for i in range(1, m - half):
        shortest = min(shortest, core[i] - core[i + half])
    rate = max(half / max(float(shortest), 60_000.0), usual * _THICKER) / _THIN
    gain = math.log(rate * _THIN / max(usual, rate * 1e-4))
    best, now = 0.0, 0.0
    begin, before = np.int64(0), np.int64(-1)
    low, high = core[m - 1], core[0]
    for i in range(len(ts) - 1, -1, -1):
        if not chosen[i]:
            continue
        if before >= 0:
            now -= (ts[i] - before) * rate
        if now <= 0.0:
            now, begin = 0.0, ts[i]
        now += gain
        before = ts[i]
        # An earlier crowd by itself is not the one that the window is about.
        if now > best and ts[i] >= core[m - 1]:
            best, low, high = now, begin, ts[i]
    return low, high
