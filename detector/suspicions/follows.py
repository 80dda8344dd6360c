"""What the two suspicions about follows have in common: participants, samples and the finding itself."""

from __future__ import annotations

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.engine.evidence import Evidence
from detector.suspicions.settings import Follows

_SAMPLES = 10


def volume_signal(evidence: Evidence, i: int, surprise: float, what: str) -> Signal:
    """The signal of the count itself."""
    hours = (evidence.ts - int(evidence.start[i])) / 3_600_000
    expected = float(evidence.expected[i])
    why = f"{int(evidence.observed[i])} {what} within {hours:.1f} hours where {expected:.1f} are usual"
    return Signal("volume", float(evidence.observed[i]), expected, why, surprise, "volume")


def finding(
    kind: str, evidence: Evidence, i: int, signals: list[Signal], chosen: np.ndarray, settings: Follows
) -> Finding:
    """The finding about candidate `i` that names the actors of the `chosen` entries."""
    entries = evidence.entries(i)[chosen][::-1]
    names = sorted(evidence.names(np.unique(entries["actor"])))
    start = int(evidence.start[i])
    if len(entries):
        start = max(start, int(entries["ts"][0]))
    return Finding(
        kind=kind,
        subject_type="account",
        subject=evidence.subject(i),
        ts=evidence.ts,
        start=start,
        end=evidence.ts,
        observed=float(evidence.observed[i]),
        expected=round(float(evidence.expected[i]), 3),
        signals=signals,
        participants=names[: settings.participants],
        participants_total=len(names),
        samples=evidence.event_ids(entries[:_SAMPLES]),
    )
