"""A drop of followers who leave as they came: together.

Honest followers who leave in anger, or whom a purge takes everywhere, had come at many times; followers that
were bought had come in a burst.
"""

from __future__ import annotations

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.cases.fusion import total
from detector.engine.evidence import Evidence
from detector.suspicions import provenance
from detector.suspicions.follows import finding, volume_signal
from detector.suspicions.settings import Follows
from models.tails import binomial_upper, fused

KIND = "follower_drop"
_DAY = 86_400_000
# They must have come together besides what else speaks against them.
_SPEAKS = 2.0


def findings(evidence: Evidence, settings: Follows) -> list[tuple[int, Finding]]:
    """(place of the candidate, finding) of those that are one, from the candidates' columns."""
    share, usual, shares = provenance.shares(evidence)
    volumes = provenance.volumes(evidence.observed, evidence.expected * evidence.everybody, evidence.size)
    out = []
    for i in np.flatnonzero(volumes >= settings.volume).tolist():
        together, burst = _came_together(evidence, i)
        traits = [*provenance.traits(shares[i], None), together.surprise if together else 0.0]
        if not together or together.surprise < _SPEAKS or fused(traits) < settings.inauthentic:
            continue
        signals = [volume_signal(evidence, i, float(volumes[i]), "lost followers")]
        signals += [together] if together else []
        signals += [
            provenance.signal(evidence, i, k, float(share[i, k]), float(usual[i, k]), float(shares[i, k]))
            for k in np.flatnonzero(shares[i] >= 1.0).tolist()
        ]
        if total(signals) >= settings.worth:
            chosen = burst if together and together.surprise >= 2.0 else np.ones(len(burst), bool)
            out.append((i, finding(KIND, evidence, i, signals, chosen, settings)))
    return out


def _came_together(evidence: Evidence, i: int) -> tuple[Signal | None, np.ndarray]:
    """How many of those who leave had come within one day, and which; against the others who came then."""
    entries = evidence.entries(i)
    nobody = np.zeros(len(entries), bool)
    follows = evidence.follows(i)
    came = follows[np.isin(follows["actor"], entries["actor"])]
    if len(came) < 3:
        return None, nobody
    came_ts, all_ts = np.sort(came["ts"]), np.sort(follows["ts"])
    within = np.searchsorted(came_ts, came_ts + _DAY, side="right") - np.arange(len(came_ts))
    at = int(np.argmax(within))
    start = int(came_ts[at])
    others = int(np.searchsorted(all_ts, start + _DAY, side="right") - np.searchsorted(all_ts, start))
    most = int(within[at])
    # Each day tried counts as a test; half an event stands for the days of which the log has nothing.
    p = min(1.0, (others - most + 0.5) / max(len(follows) - len(came) + 1.0, 1.0))
    surprise = provenance.bonferroni(binomial_upper(float(most), float(len(came)), p), len(came))
    why = (
        f"{most} of the {len(came)} who left and whose coming is known had come within one day; "
        f"{p:.0%} of the other followers did"
    )
    burst = came[(came["ts"] >= start) & (came["ts"] <= start + _DAY)]
    signal = Signal("came_together", most / len(came), p, why, surprise, "similarity")
    return signal, np.isin(entries["actor"], burst["actor"])
