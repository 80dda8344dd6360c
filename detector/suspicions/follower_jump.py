"""A jump of followers that do not come as followers come.

Volume alone is no verdict: the burst must be surprising against the account's own baseline, and those behind
it must be surprising too, or keep company: follow the same other accounts within the same hour.
"""

from __future__ import annotations

import math

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.cases.fusion import total
from detector.engine.evidence import ENGAGED, Evidence
from detector.engine.follows import (
    COMMON,
    COMMON_USUAL,
    COMPANY,
    COMPANY_BIT,
    COMPANY_USUAL,
    EXAMINED,
    LISTED,
)
from detector.suspicions import provenance
from detector.suspicions.follows import finding, volume_signal
from detector.suspicions.settings import Follows
from models.tails import binomial_upper

KIND = "follower_jump"
_WORDS = ("clicks", "reposts", "comments")


def findings(evidence: Evidence, settings: Follows) -> list[tuple[int, Finding]]:
    """(place of the candidate, finding) of those that are one, from the candidates' columns."""
    share, usual, shares = provenance.shares(evidence)
    volumes = provenance.volumes(evidence.observed, evidence.expected * evidence.everybody, evidence.size)
    out = []
    looked_at = (volumes >= settings.volume) | (evidence.counts[:, COMPANY] >= settings.company_least)
    for i in np.flatnonzero(looked_at).tolist():
        volume = float(volumes[i])
        company, engagement = _company(evidence, i, settings), _engagement(evidence, i)
        parts = [provenance.bonferroni(float(shares[i].max()), shares.shape[1])]
        parts += [one.surprise for one in (company, engagement) if one]
        alone = company is not None and company.surprise >= settings.company_alone
        if not alone and (volume < settings.volume or provenance.inauthentic(parts) < settings.inauthentic):
            continue
        signals = [volume_signal(evidence, i, volume, "new followers")]
        signals += [one for one in (company, engagement) if one]
        signals += [
            provenance.signal(evidence, i, k, float(share[i, k]), float(usual[i, k]), float(shares[i, k]))
            for k in np.flatnonzero(shares[i] >= 1.0).tolist()
        ]
        if total(signals) >= settings.worth:
            chosen = _participants(evidence, i, company, shares[i])
            out.append((i, finding(KIND, evidence, i, signals, chosen, settings)))
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
    of_one = provenance.bonferroni(
        binomial_upper(common, listed, min(common_usual / listed, 1.0)), 3 * listed
    )
    of_many = binomial_upper(together / 2.0, listed / 2.0, min(usual / listed, 1.0))
    surprise = provenance.bonferroni(max(of_one, of_many), 2)
    why = (
        f"{int(together)} of {int(evidence.counts[i, EXAMINED])} followed another account within the same "
        f"hour that others of them did too ({int(common)} the most common one); {usual:.2f} would by the "
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
        # Lower tail of a geometric count (a negative binomial of size 1): engagement varies as widely.
        surprise = -math.log10(-math.expm1((observed + 1.0) * math.log(expected / (expected + 1.0))))
        if best is None or surprise > best.surprise:
            why = (
                f"{int(observed)} {_WORDS[k]} in the same time; "
                f"{expected:.0f} if they had grown like the followers"
            )
            best = Signal("engagement", observed, expected, why, surprise, "provenance")
    return best


def _participants(evidence: Evidence, i: int, company: Signal | None, shares: np.ndarray) -> np.ndarray:
    """Which entries of the window the evidence names: those of the kinds that are surprisingly many."""
    named = COMPANY_BIT if company and company.surprise >= 3.0 else 0
    named |= sum(1 << int(k) for k in np.flatnonzero(shares >= 2.0))
    return evidence.classes(i) & named > 0
