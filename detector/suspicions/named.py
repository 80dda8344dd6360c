"""Whom the evidence names: which entries of a window are of the crowd rather than of the usual followers."""

from __future__ import annotations

import numpy as np

from detector.engine.evidence import Evidence
from detector.engine.follows import ASIDE_BIT, COMPANY_BIT, COMPANY_USUAL, EXAMINED
from detector.suspicions.provenance import INFORM, NAMES

_WEIGHED = [k for k in range(len(NAMES)) if k not in INFORM]
# A share is never taken for surer than this.
_SURE = 0.98
# A crowd is thicker than so many times the usual rate, and at its ends so many times thinner than within.
_THICKER, _THIN = 3.0, 3.0
_LEAST = 3


# Crowds are sought so much further back than the window in which they are most surprising, ms.
BEFORE = 2 * 86_400_000


def crowd(evidence: Evidence, i: int, company: bool) -> np.ndarray:
    """Which of candidate `i`'s entries, of its window and `BEFORE` it, are the crowd's.

    The window holds two kinds: those who follow as usual, whose traits are known, and the crowd, whose traits
    are what is left of the window's. Each entry goes to the kind that is likelier by its traits (naive
    Bayes), within the stretch of time in which the crowd was there.

    Args:
        company: whether those who share other targets are a trait of the crowd.
    """
    entries, bits = evidence.entries(i, BEFORE), evidence.classes(i, BEFORE)
    own: np.ndarray = bits & ASIDE_BIT == 0
    inside: np.ndarray = own & (entries["ts"] >= evidence.start[i])
    n = int(inside.sum())
    if n == 0:
        return inside
    features = (bits[:, None] >> np.array(_WEIGHED) & 1).astype(float)
    usual = np.clip(evidence.usual[i, _WEIGHED], 1.0 - _SURE, _SURE)
    speaks = evidence.surprise[i, _WEIGHED] >= 1.5
    if company:
        counts = evidence.counts[i]
        features = np.column_stack((features, (bits & COMPANY_BIT > 0).astype(float)))
        usual_company = counts[COMPANY_USUAL] / max(counts[EXAMINED], 1.0)
        usual = np.append(usual, np.clip(usual_company, 1.0 - _SURE, _SURE))
        speaks = np.append(speaks, True)
    share = features[inside].mean(axis=0)
    part = float(((share - usual) / (1.0 - usual) * speaks).max(initial=0.0))
    if evidence.rush[i] >= 3.0:
        part = max(part, 1.0 - float(evidence.explained[i] + evidence.warm[i]) / n)
    if evidence.crowd[i] >= 3.0:
        part = max(part, 1.0 - float(evidence.read[i]) / n)
    part = min(_SURE, max(part, 1.0 - _SURE))
    theirs = np.clip((share - (1.0 - part) * usual) / part, 1.0 - _SURE, _SURE)
    likely = features @ np.log(theirs / usual) + (1.0 - features) @ np.log((1.0 - theirs) / (1.0 - usual))
    chosen: np.ndarray = own & (likely + np.log(part / (1.0 - part)) > 0.0)
    if int(chosen.sum()) < _LEAST:
        chosen &= inside
        return chosen
    # Of the usual followers some look like the crowd: so many a ms.
    alike = float((chosen & inside).sum()) / n
    usual_rate = max(float(evidence.expected[i] * evidence.everybody[i]), n * (1.0 - part)) * alike
    usual_rate /= max(evidence.ts - int(evidence.start[i]), 1)
    chosen &= _stretch(entries["ts"], chosen, chosen & inside, usual_rate)
    return chosen


def _stretch(ts: np.ndarray, chosen: np.ndarray, core: np.ndarray, usual: float) -> np.ndarray:
    """The stretch of time in which the chosen are the crowd rather than usual followers who look like it.

    Two rates, one of them in the stretch and the other outside: the likeliest stretch has the maximal sum
    (Kadane) of the entries' log ratios of the rates, less the expected counts in between.

    Args:
        core: those of the chosen by which the crowd's rate is told.
        usual: followers a ms who look like it, outside.
    """
    times = np.sort(ts[chosen])
    low, high = np.quantile(ts[core] if core.sum() >= _LEAST else times, (0.1, 0.9))
    rate = max(float(core.sum()) * 0.8 / max(float(high - low), 60_000.0), usual * _THICKER) / _THIN
    gain = np.log(rate * _THIN / max(usual, rate * 1e-4))
    best, now, begin, first, last = 0.0, 0.0, 0, 0, len(times) - 1
    for k in range(len(times)):
        now = now - float(times[k] - times[k - 1]) * rate if k else 0.0
        if now <= 0.0:
            now, begin = 0.0, k
        now += gain
        if now > best:
            best, first, last = now, begin, k
    stretch: np.ndarray = (ts >= times[first]) & (ts <= times[last])
    return stretch
