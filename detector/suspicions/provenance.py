"""Who is behind a count: what the shares of the actors say, in words and as traits."""

from __future__ import annotations

import math

import numpy as np

from detector.cases.findings import Signal
from detector.engine.evidence import Evidence
from detector.engine.follows import ADDRESSES, KEPT, PARTS, PLACES, SERIAL_KEPT, SHARES, UNTOLD, WHOLES
from models.tails import fused

NAMES = (
    "fresh_actors", "no_earlier_touch", "young_accounts", "same_address", "same_device", "same_minute",
    "earlier_crowds", "automatic", "by_code",
)  # fmt: skip
assert len(NAMES) == len(SHARES)
FRESH, COLD, YOUNG, SAME_ADDRESS, SAME_DEVICE, SAME_MINUTE, SERIAL, MECHANICAL, CODED = range(len(NAMES))
# These only inform: schools, offices and carriers' networks share an address, whoever is told of an account
# at the same time comes in one minute, and codes are on posters.
INFORM = (SAME_ADDRESS, SAME_MINUTE, CODED)
_SENTENCES = (
    "{part} of {whole} accounts were first seen on the platform within a day before and had had nothing to "
    "do with this account; {usual:.0%} is usual",
    "{part} of {whole} had never clicked, reposted or commented on anything of this account; "
    "{usual:.0%} is usual",
    "{part} of {whole} accounts were registered within 30 days before; {usual:.0%} is usual",
    "{part} of {whole} came from an address that one before them had come from; {usual:.0%} is usual",
    "{part} of {whole} came with a device that one before them had come with; {usual:.0%} is usual",
    "{part} of {whole} came within one minute; {usual:.0%} is usual",
    "{part} of {whole} had come with a sudden crowd to another account before; {usual:.0%} is usual",
    "{part} of {whole} came automatically, or within a second of a click elsewhere; {usual:.0%} is usual",
    "{part} of {whole} came by a card or a code; {usual:.0%} is usual",
)


def signal(evidence: Evidence, i: int, k: int) -> Signal:
    """The signal of share `k` of candidate `i`."""
    part, whole = int(evidence.counts[i, PARTS[k]]), int(evidence.counts[i, WHOLES[k]])
    share, usual = float(evidence.share[i, k]), float(evidence.usual[i, k])
    why = _SENTENCES[k].format(part=part, whole=whole, usual=usual)
    surprise = 0.0 if k in INFORM else float(evidence.surprise[i, k])
    return Signal(NAMES[k], share, usual, why, surprise, "provenance")


def signals(evidence: Evidence, i: int, company: bool = False) -> list[Signal]:
    """The signals of those shares that are at all out of the ordinary.

    Args:
        company: whether the company is told too: then of those who keep it nothing is told twice.
    """
    out = [signal(evidence, i, int(k)) for k in np.flatnonzero(evidence.surprise[i] >= 1.0)]
    if not company:
        return out
    serial = NAMES[SERIAL]
    return [apart(evidence, i) if one.name == serial else one for one in out]


def apart(evidence: Evidence, i: int) -> Signal:
    """The signal of those who come with crowds, among those who keep no company."""
    counts = evidence.counts[i]
    part = int(counts[PARTS[SERIAL]] - counts[SERIAL_KEPT])
    whole = int(counts[WHOLES[SERIAL]] - counts[KEPT])
    usual = float(evidence.usual[i, SERIAL])
    why = (
        f"{part} of the other {whole}, who keep no such company, had come with a sudden crowd to another "
        f"account before; {usual:.0%} is usual"
    )
    return Signal(NAMES[SERIAL], part / max(whole, 1), usual, why, float(evidence.apart[i]), "provenance")


def out_of_nowhere(evidence: Evidence, i: int) -> Signal:
    """How many came out of nowhere, against all that explains such."""
    untold, explained = float(evidence.counts[i, UNTOLD]), float(evidence.explained[i])
    warm = float(evidence.warm[i])
    why = (
        f"{int(untold)} {_came(evidence, i)} and had never had to do with the account; its usual rate, its "
        f"content's being seen more, and {warm:.0f} who came by way of it explain {explained:.2g}"
    )
    return Signal("out_of_nowhere", untold, explained, why, float(evidence.rush[i]), "provenance")


def few_readers(evidence: Evidence, i: int) -> Signal:
    """How many came, against as many as the account's readers would bring at most."""
    places = float(evidence.counts[i, PLACES])
    why = (
        f"{places:.0f} {_came(evidence, i)}; its usual rate, and {evidence.reads[i]:.0f} clicks, "
        f"reposts and comments above the usual, bring {evidence.read[i]:.2g}, even of content that people "
        "are keen on"
    )
    return Signal("few_readers", places, float(evidence.read[i]), why, float(evidence.crowd[i]), "provenance")


def _came(evidence: Evidence, i: int) -> str:
    if evidence.counts[i, ADDRESSES]:
        return "came from different addresses"
    return "came (addresses are not known, those by one code in a room count as one)"


def bonferroni(surprise: float, tests: float) -> float:
    """The surprise of the greatest of several tests."""
    return max(0.0, surprise - math.log10(tests))


def together(surprises: list[float]) -> float:
    """The surprise of those traits that speak, as the best of all choices of them."""
    ordered = sorted(surprises, reverse=True)
    return max(
        fused(ordered[:k]) - math.log10(math.comb(len(ordered), k)) for k in range(1, len(ordered) + 1)
    )


def traits(evidence: Evidence, i: int) -> list[float]:
    """The surprise of each kind of trait: the actors' history, their way to the subject, their devices, and
    whether they come with crowds."""
    surprise = [float(one) for one in evidence.surprise[i]]
    return [
        bonferroni(max(surprise[FRESH], surprise[YOUNG]), 2),
        bonferroni(max(surprise[COLD], float(evidence.quiet[i])), 2),
        surprise[SAME_DEVICE],
        surprise[SERIAL],
    ]
