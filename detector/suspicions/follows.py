"""What the two suspicions about follows have in common: participants, samples and the finding itself."""

from __future__ import annotations

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.engine.evidence import Evidence
from detector.engine.rows import ECHO
from detector.suspicions.settings import Follows
from models.tails import negative_binomial

_SAMPLES = 10
#: Signals of a crowd that is no household, class or team: of each place one is counted.
RUSHES = frozenset({"out_of_nowhere", "few_readers"})
# A crowd is told back to so far.
_CROWD_MS = 6 * 3_600_000
# Counts of followers vary as widely as this (size of a negative binomial).
_SIZE = 4.0


def volume_signal(evidence: Evidence, i: int, what: str) -> Signal:
    """The signal of the count itself."""
    span = _span(evidence.ts - int(evidence.start[i]))
    expected = float(evidence.expected[i])
    why = f"{int(evidence.observed[i])} {what} within {span} where {expected:.2g} are usual"
    return Signal("volume", float(evidence.observed[i]), expected, why, float(evidence.volume[i]), "volume")


def crowd(evidence: Evidence, i: int, kind: str) -> Finding:
    """Who followed in candidate `i`'s window, or in the six hours up to its end, whatever their traits.

    The window is the most surprising one and may be short; who was bought comes before and after it as well.
    """
    before = max(0, _CROWD_MS - (evidence.ts - int(evidence.start[i])))
    entries = evidence.entries(i, before)
    own = entries["flags"] & ECHO == 0
    signal = volume_signal(evidence, i, "new followers")
    if before:
        minutes = (evidence.ts - int(evidence.start[i]) + before) / 60_000
        expected = max(evidence.follows_a_minute(i) * minutes, float(evidence.expected[i]))
        observed = int(own.sum())
        why = f"{observed} new followers within {_span(int(minutes * 60_000))} where {expected:.2g} are usual"
        surprise = min(signal.surprise, float(negative_binomial(float(observed), expected, _SIZE)))
        signal = Signal("volume", float(observed), expected, why, surprise, "volume")
    followed = entries[own][::-1]
    actors = np.unique(followed["actor"])
    since = int(evidence.start[i]) - before
    one = _about(kind, evidence, i, [signal], followed, since)
    one.participants_total, one.crowd, one.actors = len(actors), True, actors.tobytes()
    return one


def _span(ms: int) -> str:
    """A length of time for people."""
    minutes = ms / 60_000
    if minutes < 120:
        return f"{minutes:.0f} minutes"
    return f"{minutes / 60:.0f} hours" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days"


def names_enough(one: Finding, settings: Follows) -> bool:
    """Whether a finding names as many as its evidence asks for."""
    rush = any(signal.name in RUSHES for signal in one.signals)
    return one.participants_total >= (settings.rush_named if rush else settings.named_least)


def finding(
    kind: str,
    evidence: Evidence,
    i: int,
    signals: list[Signal],
    chosen: np.ndarray,
    settings: Follows,
    before: int = 0,
) -> Finding:
    """The finding about candidate `i` that names the actors of the `chosen` ones of ``entries(i, before)``.

    Its count is the first signal's, which is the strongest reason's own.
    """
    entries = evidence.entries(i, before)
    # An echo tells of a follow of another account: its actor is named, but it is no sample.
    own = entries["flags"] & ECHO == 0
    names = sorted(evidence.names(np.unique(entries["actor"][chosen])))
    entries = entries[chosen & own][::-1]
    one = _about(kind, evidence, i, signals, entries, int(evidence.start[i]))
    one.participants, one.participants_total = names[: settings.participants], len(names)
    return one


def _about(
    kind: str, evidence: Evidence, i: int, signals: list[Signal], entries: np.ndarray, since: int
) -> Finding:
    """What is said of candidate `i` with its entries, oldest first; nobody is named yet."""
    return Finding(
        kind=kind,
        subject_type="account",
        subject=evidence.subject(i),
        ts=evidence.ts,
        start=int(entries["ts"][0]) if len(entries) else since,
        end=evidence.ts,
        observed=signals[0].value,
        expected=round(signals[0].baseline, 3),
        signals=signals,
        samples=evidence.event_ids(entries[:_SAMPLES]),
        since=since,
    )
