"""What a case is described by when it is compared with those that people have decided."""

from __future__ import annotations

import math

import numpy as np

from detector.cases.findings import Signal
from detector.cases.fusion import strengths
from detector.cases.life import Case
from models.verdicts import Verdicts

_HOUR_MS = 3_600_000
# Decades, participants (log) and hours (log) are brought to about -2 .. 2.
_MIDDLE = np.array([4.0, 4.0, 4.0, 1.7, 2.0])
_SCALE = np.array([3.0, 3.0, 3.0, 0.7, 2.0])
FEATURES = len(_MIDDLE)


def features(case: Case) -> np.ndarray:
    """Strength of each kind of evidence, number of participants, length of the window; shape (FEATURES,)."""
    hours = (case.end - case.start) / _HOUR_MS
    raw = [
        *strengths(case.signals),
        math.log10(1.0 + case.participants_total),
        math.log2(1.0 + hours),
    ]
    scaled: np.ndarray = (np.array(raw) - _MIDDLE) / _SCALE
    return scaled


def likelihood(probability: float, verdicts: Verdicts) -> Signal:
    """What people's decisions about flags like this one say; it informs, and counts for nothing."""
    why = (
        f"by {verdicts.decided} decided flags, one with such evidence stands with probability "
        f"{probability:.0%}; {verdicts.share:.0%} of all stood"
    )
    return Signal("decided_alike", probability, verdicts.share, why, 0.0, "provenance")
