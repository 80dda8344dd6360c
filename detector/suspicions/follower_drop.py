"""A drop of followers who leave as they came: together.

Honest followers who leave in anger, or whom a purge takes everywhere, had come at many times, most of them
long ago; followers that were bought had come in a burst, and nearly all of it leaves.
"""

from __future__ import annotations

import msgspec
import numpy as np

from detector.cases.findings import Finding, Signal
from detector.cases.fusion import total
from detector.engine.evidence import Evidence
from detector.engine.follows import NAMED
from detector.engine.subject_rows import FOLLOWED
from detector.suspicions import provenance
from detector.suspicions.follows import finding, volume_signal
from detector.suspicions.settings import Follows
from models.tails import binomial_upper, fused

KIND = "follower_drop"
# Spans in which they may have come together, ms.
_SPANS = (3_600_000, 6 * 3_600_000, 86_400_000)
# A withdrawal may have begun so much before the window in which it is most surprising, ms.
BEFORE = 6 * 3_600_000
# They must have come together besides what else speaks against them.
_SPEAKS = 2.0
_LEAST = 3
# Of honest followers so many were named wrongly when they came, at most.
_WRONGLY = 0.05
# Whoever came lately leaves sooner again than others do: by such odds, at most so many of them.
_SOONER, _REGRET = 3.0, 0.5


def findings(evidence: Evidence, settings: Follows) -> list[tuple[int, Finding]]:
    """(place of the candidate, finding) of those that are one, from the candidates' columns."""
    out = []
    for i in range(len(evidence)):
        if evidence.volume[i] < settings.volume:
            continue
        told, chosen = _came(evidence, i)
        traits = [*provenance.traits(evidence, i), max((one.surprise for one in told), default=0.0)]
        if traits[-1] < _SPEAKS or fused(traits) < settings.inauthentic:
            continue
        signals = [volume_signal(evidence, i, "lost followers"), *told, *provenance.signals(evidence, i)]
        if total(signals) >= settings.worth:
            out.append((i, finding(KIND, evidence, i, signals, chosen, settings, BEFORE)))
    return out


def _came(evidence: Evidence, i: int) -> tuple[list[Signal], np.ndarray]:
    """What is known of how those who leave had come, and which of them are meant."""
    entries, follows = evidence.entries(i, BEFORE), evidence.others(i, FOLLOWED)
    leavers = np.unique(entries["actor"])
    came = follows[np.isin(follows["actor"], leavers)]
    if len(came) < _LEAST:
        return [], np.zeros(len(entries), bool)
    together, burst = _together(evidence, i, follows, came, len(leavers))
    left = _left(follows, burst, came)
    # Who came lately leaves sooner than others: that they came together says no more than that all go.
    together = msgspec.structs.replace(together, surprise=min(together.surprise, left.surprise))
    left = msgspec.structs.replace(
        left, surprise=provenance.bonferroni(left.surprise, len(came) * len(_SPANS))
    )
    named = came[came["marks"] & NAMED > 0]
    told = [together, left]
    if len(named) >= _LEAST:
        told.append(_named(len(named), len(leavers)))
        burst = np.union1d(burst, named["actor"])
    return told, np.isin(entries["actor"], burst)


def _together(
    evidence: Evidence, i: int, follows: np.ndarray, came: np.ndarray, leavers: int
) -> tuple[Signal, np.ndarray]:
    """How many of those who leave had come within one span; against the share of all followers who did.

    Most followers came before the log begins: they are reckoned by the usual rate since the account is known.
    """
    came_ts, all_ts = np.sort(came["ts"]), np.sort(follows["ts"])
    reckoned = len(follows) + float(evidence.known[i]) * evidence.follows_a_minute(i)
    best, signal, chosen = -1.0, None, (0, 0)
    for span in _SPANS:
        within = np.searchsorted(came_ts, came_ts + span, side="right") - np.arange(len(came_ts))
        at = int(np.argmax(within))
        start, most = int(came_ts[at]), int(within[at])
        of_all = int(np.searchsorted(all_ts, start + span, side="right") - np.searchsorted(all_ts, start))
        odds = _SOONER * of_all / max(reckoned - of_all, 1.0)
        p = odds / (1.0 + odds)
        surprise = binomial_upper(float(most), float(leavers), p)
        # Each beginning and each span counts as a test.
        surprise = provenance.bonferroni(surprise, len(came) * len(_SPANS))
        if surprise > best:
            best, chosen = surprise, (start, start + span)
            why = (
                f"{most} of the {leavers} who left lately had come within {span // 3_600_000} hours; of all "
                f"{reckoned:.0f} followers {of_all} did, and {p:.0%} would be usual among those who leave"
            )
            signal = Signal("came_together", most / leavers, p, why, surprise, "similarity")
    assert signal is not None
    burst: np.ndarray = came["actor"][(came["ts"] >= chosen[0]) & (came["ts"] <= chosen[1])]
    return signal, burst


def _left(follows: np.ndarray, burst: np.ndarray, came: np.ndarray) -> Signal:
    """How many of those who came in the burst leave; against half of them, as it is when all regret."""
    times = came["ts"][np.isin(came["actor"], burst)]
    cohort = int(((follows["ts"] >= times.min()) & (follows["ts"] <= times.max())).sum())
    surprise = binomial_upper(float(len(burst)), float(cohort), _REGRET)
    why = f"{len(burst)} of the {cohort} who had come at that time left; {_REGRET:.0%} would be many"
    return Signal("left_together", len(burst) / cohort, _REGRET, why, surprise, "similarity")


def _named(named: int, leavers: int) -> Signal:
    """How many of those who leave were named when they came."""
    surprise = binomial_upper(float(named), float(leavers), _WRONGLY)
    why = f"{named} of the {leavers} who left lately had been named as a crowd when they came"
    return Signal("named_before", named / leavers, _WRONGLY, why, surprise, "similarity")
