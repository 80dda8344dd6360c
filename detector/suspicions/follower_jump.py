"""A jump of followers that do not come as followers come.

Volume alone is no verdict, and no single trait of those behind it is: the burst must be surprising against
the account's own baseline, and two kinds of traits of the actors must be surprising too (their history, their
way to the account, their devices, their company). Company alone speaks where it is strong: many of them
follow one other account within days, though its popularity does not explain it.
"""

from __future__ import annotations

import math

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.cases.fusion import total
from detector.engine.evidence import ENGAGED, Evidence
from detector.engine.follows import (
    COMMON,
    COMPANY,
    COMPANY_BIT,
    COMPANY_SURPRISE,
    COMPANY_USUAL,
    EXAMINED,
    LISTED,
    SPREES,
)
from detector.suspicions import provenance
from detector.suspicions.follows import finding, volume_signal
from detector.suspicions.settings import Follows
from models.tails import MOST, fused

KIND = "follower_jump"
_WORDS = ("clicks", "reposts", "comments")
# What counts as one trait besides the others.
_SPEAKS = 1.5


def findings(evidence: Evidence, settings: Follows) -> list[tuple[int, Finding]]:
    """(place of the candidate, finding) of those that are one, from the candidates' columns."""
    share, usual, shares = provenance.shares(evidence)
    # Those who take over a list of accounts follow none of them in particular.
    observed = np.maximum(evidence.observed - evidence.counts[:, SPREES], 0.0)
    volumes = provenance.volumes(observed, evidence.expected * evidence.everybody, evidence.size)
    out = []
    company_speaks = evidence.counts[:, COMPANY] >= settings.company_least
    # Where no trait can speak there is nothing to tell: so it is with most candidates.
    traits_speak = (shares[:, provenance.TRAITS] >= _SPEAKS).any(axis=1) | (
        evidence.engaged_usual >= 1.0
    ).any(axis=1)
    looked_at = company_speaks | ((volumes >= settings.volume) & traits_speak)
    for i in np.flatnonzero(looked_at).tolist():
        volume = float(volumes[i])
        company, engagement = _company(evidence, i, settings), _engagement(evidence, i)
        most = evidence.counts[i, COMPANY] >= settings.company_share * evidence.counts[i, EXAMINED]
        alone = company is not None and most and company.surprise >= settings.company_alone
        traits = provenance.traits(shares[i], engagement)
        traits += [company.surprise] if company else []
        speaking = sum(surprise >= _SPEAKS for surprise in traits)
        strong = max(traits[0], traits[2]) >= settings.trait_alone
        told = strong or (speaking >= 2 and fused(traits) >= settings.inauthentic)
        if not alone and (volume < settings.volume or not told):
            continue
        # A count that is nothing out of the ordinary is no reason: then the company is the whole evidence.
        signals = [volume_signal(evidence, i, volume, "new followers")] if volume >= _SPEAKS else []
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
    """How many follow other targets together, against what the popularity of those explains."""
    together, usual = float(evidence.counts[i, COMPANY]), float(evidence.counts[i, COMPANY_USUAL])
    if together < settings.company_least:
        return None
    listed, common = (int(evidence.counts[i, k]) for k in (LISTED, COMMON))
    why = (
        f"{int(together)} of the {listed} who followed other accounts too within two days followed the same "
        f"ones ({common} of them one and the same); {usual:.2g} would, were those ten times as popular among "
        "them as among all"
    )
    surprise = min(MOST, float(evidence.counts[i, COMPANY_SURPRISE]))
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
