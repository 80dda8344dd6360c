"""Whether the traits of those behind a count say enough, the volume aside."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from detector.engine import engagement_counts
from detector.engine.engagement_counts import (
    ACTORS,
    ACTS,
    ADDRESS_SHARE,
    AGAIN_SHARE,
    COMPANY_SHARE,
    DEVICE_SHARE,
    DEVICES,
    FRESH_SHARE,
    KEEN,
    KEEN_SHARE,
    NOWHERE_SHARE,
    OFTEN_SHARE,
    PROPORTION_SHARE,
    SERIAL_SHARE,
    SILENT_SHARE,
    STRANGE_SHARE,
    UNEXPOSED_SHARE,
    YOUNG_SHARE,
)
from detector.engine.engagement_evidence import Evidence
from detector.suspicions.inflation import Inflation
from models.tails import fused

HISTORY: tuple[int, ...] = tuple(engagement_counts.HISTORY.tolist())
"""Newcomers flock to what is new: these speak when others do."""
_CROWD = (SERIAL_SHARE, AGAIN_SHARE)
_KEEN = frozenset({OFTEN_SHARE, COMPANY_SHARE, SERIAL_SHARE, KEEN_SHARE})
_MOST, _SOME, _STRANGE = 0.5, 0.25, 0.4

Shares = tuple[int, ...]
Kinds = tuple[Shares, ...]
"""Shares by kinds of traits that do not follow from one another."""


def tells(
    evidence: Evidence, i: int, surprise: np.ndarray, core: Kinds, joint: Shares, settings: Inflation
) -> bool:
    """Whether those behind candidate `i`'s count are told apart from an honest crowd.

    Args:
        surprise: (SHARES,) as `unexplained` leaves it.
        core: the kinds of traits that speak, besides history.
        joint: the shares that may speak alone.
    """
    # Plain numbers: each is asked for several times, of many candidates.
    said, share = surprise.tolist(), evidence.share[i].tolist()
    house = evidence.counts[i, ACTORS] < settings.crowd or share[ADDRESS_SHARE] >= _SOME
    if any(said[k] >= settings.alone for k in joint if not (house and k == NOWHERE_SHARE)):
        return True
    used = {k for shares in core for k in shares}
    # A class that joins together comes back to what one of it has published.
    comes_back = OFTEN_SHARE in used and share[OFTEN_SHARE] >= _MOST and not _newcomers(evidence, i, settings)
    if comes_back and said[OFTEN_SHARE] >= settings.often_alone:
        return True
    # Fans come together, every time; these have not met before.
    strangers = COMPANY_SHARE in used and not house and share[STRANGE_SHARE] >= _STRANGE
    if strangers and said[COMPANY_SHARE] >= settings.often_alone:
        return True
    traits = [_of_kind(said, shares) for shares in core]
    past = _of_kind(said, HISTORY)
    speaking = sum(
        trait >= (settings.company if _KEEN.intersection(shares) else settings.speaks)
        for trait, shares in zip(traits, core, strict=True)
    )
    if past >= settings.speaks:
        # A class that joins together is keen and comes in company: that goes without saying.
        others = zip(traits, core, strict=True)
        speaking += any(trait >= settings.core for trait, shares in others if not _KEEN.intersection(shares))
    if speaking < 2 or max(traits) < settings.core:
        return False
    return fused([*traits, min(past, settings.history_most)]) >= settings.inauthentic


def unexplained(evidence: Evidence, i: int, core: Kinds, settings: Inflation) -> np.ndarray:
    """Candidate `i`'s surprise of each share; 0 where there is an honest explanation for it here."""
    share = evidence.share[i]
    surprise: np.ndarray = evidence.surprise[i].copy()
    keen = surprise[OFTEN_SHARE] >= settings.speaks
    engaged = share[SILENT_SHARE] < evidence.usual[i, SILENT_SHARE]
    if engaged and not keen:
        # Those who come once, and then share, talk or follow, have seen it somewhere.
        surprise[UNEXPOSED_SHARE] = 0.0
    counts = evidence.counts[i]
    if counts[ACTS] < settings.few:
        # So few are clicked between two reports of what was shown.
        surprise[UNEXPOSED_SHARE] = 0.0
    known = counts[DEVICES] >= _MOST * counts[ACTORS]
    if engaged or share[ADDRESS_SHARE] < _MOST or (known and share[DEVICE_SHARE] < _MOST):
        # The pupils of a school follow it; among many readers some share their network's address; a carrier
        # puts all its customers behind one: there, each has a device of their own.
        surprise[ADDRESS_SHARE] = 0.0
    if share[SERIAL_SHARE] <= _MOST:
        # Where all run to, there are some who run from place to place: they say no more than others do.
        others = [float(surprise[k]) for shares in core for k in shares if k not in _CROWD]
        others.append(float(surprise[PROPORTION_SHARE]))
        surprise[SERIAL_SHARE] = min(float(surprise[SERIAL_SHARE]), max(others))
    if share[SERIAL_SHARE] <= _MOST or share[ADDRESS_SHARE] >= _MOST:
        # Who greets, greets again, and a class talks.
        surprise[AGAIN_SHARE] = 0.0
    if evidence.counts[i, KEEN] < settings.keen or share[YOUNG_SHARE] >= _MOST:
        # A team is keen together, and newcomers do the rounds.
        surprise[KEEN_SHARE] = 0.0
    return surprise


def _newcomers(evidence: Evidence, i: int, settings: Inflation) -> bool:
    """Whether most are new on the platform, where that is not usual; not all events say since when one is."""
    new = (FRESH_SHARE, YOUNG_SHARE)
    return any(evidence.share[i, k] >= _MOST and evidence.surprise[i, k] >= settings.speaks for k in new)


def _of_kind(surprise: Sequence[float], shares: Shares) -> float:
    """The surprise of a kind of traits: the greatest of so many tests; what is explained is none."""
    tests = [surprise[k] for k in shares if surprise[k] > 0.0]
    return max(0.0, max(tests) - math.log10(len(tests))) if tests else 0.0
