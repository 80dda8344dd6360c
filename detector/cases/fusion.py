"""From signals to one number: how surprising all the evidence of a finding is together."""

from __future__ import annotations

import math
from collections.abc import Sequence

from detector.cases.findings import Signal
from models.tails import fused

_KINDS = ("volume", "provenance", "similarity")
# No kind of evidence counts for more, so that none alone is a verdict.
MOST = 12.0


def strengths(signals: Sequence[Signal]) -> list[float]:
    """The strongest signal of each kind of evidence (volume, provenance, similarity), in decades; 0 for none.

    Within a kind the signals depend on one another, so the strongest stands for all, as one of so many tests.
    """
    out = []
    for kind in _KINDS:
        surprises = [signal.surprise for signal in signals if signal.evidence == kind]
        best = max(surprises) - math.log10(len(surprises)) if surprises else 0.0
        out.append(min(max(best, 0.0), MOST))
    return out


def total(signals: Sequence[Signal]) -> float:
    """The surprise of the three kinds of evidence taken together (Fisher), each by its strongest signal."""
    strongest = [strength for strength in strengths(signals) if strength > 0.0]
    if not strongest:
        return 0.0
    # Together, or one for itself where the others say nothing: the better of two tests.
    alone = max(strongest) - math.log10(len(_KINDS))
    return max(fused(strongest), alone)


def score(surprise: float, threshold: float) -> float:
    """A finding's score from 0 to 1: 0.5 at the threshold, 0.97 where the odds are thirty times better."""
    return float(1.0 / (1.0 + 10.0 ** (threshold - surprise)))
