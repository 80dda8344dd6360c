"""A jump of followers that do not come as followers come.

Volume alone is no verdict: the burst must be surprising against the account's own baseline, and those behind
it must be surprising too, or keep company: follow the same other accounts within the same hour.
"""

from __future__ import annotations

import math

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.engine.actors import TOUCHED
from detector.engine.evidence import ENGAGED, Evidence
from detector.engine.follows import (
    COMMON,
    COMMON_USUAL,
    COMPANY,
    COMPANY_USUAL,
    EXAMINED,
    FRESH_MINUTES,
    LISTED,
    TOGETHER,
    YOUNG_MINUTES,
)
from detector.engine.rows import ECHO, HAS_CREATED
from detector.suspicions import provenance
from detector.suspicions.follows import finding, volume_signal
from detector.suspicions.settings import Follows
from models.tails import binomial_upper, fused, negative_binomial

KIND = "follower_jump"
_WORDS = ("clicks", "reposts", "comments")


def findings(evidence: Evidence, settings: Follows) -> list[Finding]:
    """Judges the candidates' columns."""
    share, usual, shares = provenance.shares(evidence)
    out = []
    for i in range(len(evidence)):
        expected = float(evidence.expected[i] * evidence.everybody[i])
        volume = negative_binomial(float(evidence.observed[i]), expected, float(evidence.size[i]))
        company = _company(evidence, i, settings)
        engagement = _engagement(evidence, i)
        k = int(np.argmax(shares[i]))
        parts = [provenance.bonferroni(float(shares[i, k]), shares.shape[1])]
        parts += [one.surprise for one in (company, engagement) if one]
        inauthentic = max(fused(parts), provenance.bonferroni(max(parts), len(parts)))
        alone = company is not None and company.surprise >= settings.company_alone
        if not alone and (volume < settings.volume or inauthentic < settings.inauthentic):
            continue
        signals = [volume_signal(evidence, i, volume, "new followers")]
        signals += [one for one in (company, engagement) if one]
        signals += [
            provenance.signal(evidence, i, k, float(share[i, k]), float(usual[i, k]), float(shares[i, k]))
            for k in np.flatnonzero(shares[i] >= 1.0)
        ]
        out.append(
            finding(KIND, evidence, i, signals, _participants(evidence, i, company, shares[i]), settings)
        )
    return out


def _company(evidence: Evidence, i: int, settings: Follows) -> Signal | None:
    """How many follow other targets together, against what the popularity of those targets explains."""
    together, usual = float(evidence.counts[i, COMPANY]), float(evidence.counts[i, COMPANY_USUAL])
    listed = float(evidence.counts[i, LISTED])
    if together < settings.company_least:
        return None
    common, common_usual = float(evidence.counts[i, COMMON]), float(evidence.counts[i, COMMON_USUAL])
    # Either one target that many share, the most common of at most three each; or many that some share, where
    # company comes by twos at least, so that half as many are independent.
    of_one = provenance.bonferroni(binomial_upper(common, listed, min(common_usual / listed, 1.0)), 3 * listed)
    of_many = binomial_upper(together / 2.0, listed / 2.0, min(usual / listed, 1.0))
    surprise = provenance.bonferroni(max(of_one, of_many), 2)
    why = (
        f"{int(together)} of {int(evidence.counts[i, EXAMINED])} followed another account within the same hour that "
        f"others of them did too ({int(evidence.counts[i, COMMON])} the most common one); {usual:.2f} would by the "
        "popularity of those accounts"
    )
    return Signal("company", together, usual, why, surprise, "similarity")


def _engagement(evidence: Evidence, i: int) -> Signal | None:
    """Whether clicks, reposts and comments rose with the followers, as they do when content draws them."""
    growth = float(evidence.observed[i] / evidence.expected[i])
    best: Signal | None = None
    for k in range(len(ENGAGED)):
        observed, expected = float(evidence.engaged[i, k]), float(evidence.engaged_usual[i, k]) * growth
        if expected <= observed or evidence.engaged_usual[i, k] < 1.0:
            continue
        # Lower tail of a geometric count (a negative binomial of size 1): engagement varies as widely as that.
        surprise = -math.log10(-math.expm1((observed + 1.0) * math.log(expected / (expected + 1.0))))
        if best is None or surprise > best.surprise:
            why = (
                f"{int(observed)} {_WORDS[k]} in the same time; "
                f"{expected:.0f} if they had grown like the followers"
            )
            best = Signal("engagement", observed, expected, why, surprise, "provenance")
    return best


def _participants(evidence: Evidence, i: int, company: Signal | None, shares: np.ndarray) -> np.ndarray:
    """Which entries of the window the evidence names."""
    entries = evidence.entries(i)
    strong = shares >= 2.0
    chosen = np.zeros(len(entries), bool)
    if company and company.surprise >= 3.0:
        items = entries["items"]
        values, counts = np.unique(items[items > 0], return_counts=True)
        shared = values[counts >= 2]
        chosen |= np.isin(items, shared).any(axis=1)
    minute = entries["ts"] // 60000
    tests = (
        entries["seen"] < FRESH_MINUTES,
        entries["marks"] & TOUCHED == 0,
        (entries["flags"] & HAS_CREATED > 0) & (minute - entries["created"] < YOUNG_MINUTES),
        _repeated(entries["ip"]) & (entries["ip"] > 0),
        _repeated(entries["device"]) & (entries["device"] > 0),
        _in_busiest(minute, int(evidence.counts[i, TOGETHER])),
    )
    own = entries["flags"] & ECHO == 0
    for k in np.flatnonzero(strong):
        chosen |= tests[k] & own
    return chosen


def _repeated(values: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return counts[inverse] > 1


def _in_busiest(minute: np.ndarray, most: int) -> np.ndarray:
    _, inverse, counts = np.unique(minute, return_inverse=True, return_counts=True)
    return counts[inverse] == most
