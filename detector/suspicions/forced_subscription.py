"""Subscriptions that nobody asked for: accounts are made to follow without knowing.

Those who are made to are ordinary people, named so that it can be undone. They come without a touch of their
own: the platform has noted that it was done for them, or they read somebody else within the same second. And
they come out of nowhere, many more than usual. Newcomers who take over a list, or follow the one who invited
them, do so at the moment of registering, and are left aside.
"""

from __future__ import annotations

from detector.cases.findings import Finding
from detector.cases.fusion import total
from detector.engine.evidence import Evidence
from detector.engine.follows import COLD, EXAMINED, MECHANICAL
from detector.suspicions import provenance
from detector.suspicions.follows import finding, volume_signal
from detector.suspicions.named import BEFORE, crowd
from detector.suspicions.settings import Follows

KIND = "forced_subscription"


def findings(evidence: Evidence, settings: Follows) -> list[tuple[int, Finding]]:
    """(place of the candidate, finding) of those that are one, from the candidates' columns."""
    out = []
    for i in range(len(evidence)):
        if evidence.surprise[i, provenance.MECHANICAL] < settings.inauthentic or not is_forced(
            evidence, i, settings
        ):
            continue
        counts = evidence.counts[i]
        if evidence.volume[i] < settings.volume or counts[COLD] < settings.forced_cold * counts[EXAMINED]:
            continue
        if counts[MECHANICAL] < settings.least:
            continue
        signals = [volume_signal(evidence, i, "new followers"), *provenance.signals(evidence, i)]
        if total(signals) >= settings.worth:
            made = crowd(evidence, i, False)
            out.append((i, finding(KIND, evidence, i, signals, made, settings, BEFORE)))
    return out


def is_forced(evidence: Evidence, i: int, settings: Follows) -> bool:
    """Whether most came without a touch of their own: then they are victims, not a bought crowd."""
    made, all_of_them = float(evidence.counts[i, MECHANICAL]), float(evidence.counts[i, EXAMINED])
    return made >= settings.forced_least and made >= settings.forced_share * all_of_them
