"""What the suspicions about clicks, reposts and comments have in common.

Volume alone is no verdict: a post goes viral, a giveaway fills with comments. Who is behind the count is
weighed by kinds of traits that do not follow from one another: the accounts' history, what they do besides,
the way they came, their devices. A finding needs two kinds that speak, one of which is not history: newcomers
flock to what is new. What somebody does besides is a joint picture that is dear to forge; where it is very
surprising it speaks alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.cases.fusion import total
from detector.engine.engagement_counts import (
    ACTORS,
    ACTS,
    ADDRESS_SHARE,
    AGAIN_SHARE,
    BLANK_SHARE,
    COMPANY_SHARE,
    DEVICE_SHARE,
    FRESH_SHARE,
    KEEN_SHARE,
    MINUTE_SHARE,
    NOWHERE_SHARE,
    OFTEN_ACTS,
    OFTEN_SHARE,
    PARTS,
    PROPORTION_SHARE,
    READERS,
    SERIAL_SHARE,
    SHARES,
    SILENT_SHARE,
    STRANGE_SHARE,
    UNEXPOSED_SHARE,
    UNREAD,
    UNREAD_SHARE,
    WHOLES,
    YOUNG_SHARE,
)
from detector.engine.engagement_evidence import Evidence
from detector.suspicions.inflation import Inflation
from detector.suspicions.participants import chosen
from detector.suspicions.telling import HISTORY, Kinds, Shares, tells, unexplained

_FEW = 0.25
NAMES = ("clicks", "reposts", "comments")
_SENTENCES = {
    FRESH_SHARE: "{part} of {whole} accounts were first seen on the platform within a day before",
    BLANK_SHARE: "{part} of {whole} accounts had fewer than four events before, whenever they came",
    YOUNG_SHARE: "{part} of {whole} accounts were registered within 30 days before",
    STRANGE_SHARE: "{part} of {whole} accounts had not met this author before this content",
    DEVICE_SHARE: "{part} of {whole} accounts came with a device that one before them had come with",
    ADDRESS_SHARE: "{part} of {whole} accounts came from an address that one before them had come from",
    OFTEN_SHARE: f"{{part}} of {{whole}} accounts did it {OFTEN_ACTS} times or more",
    MINUTE_SHARE: "{part} of {whole} came within one minute",
    COMPANY_SHARE: "{part} of {whole} accounts did the same on another content of the author within days",
    SERIAL_SHARE: "{part} of {whole} accounts had come out of nowhere to another author before, with a crowd",
    KEEN_SHARE: f"{{part}} of {{whole}} accounts did it {OFTEN_ACTS} times or more without having met this "
    "author, and had come out of nowhere to another author before, with a crowd",
    AGAIN_SHARE: "{part} of {whole} accounts did it twice or more",
    UNREAD_SHARE: "{part} of {whole} accounts had never clicked the content",
    SILENT_SHARE: "{part} of {whole} accounts that clicked neither reposted nor commented nor followed",
    UNEXPOSED_SHARE: "{part} clicks, up to the last report of exposures, where it was shown {other} times",
    PROPORTION_SHARE: "{part} accounts did this where {other} clicked the content",
    NOWHERE_SHARE: "{part} accounts came out of nowhere, without a click and with no history with the "
    "author, where {other} clicked",
}
_FROM_ONE_ANOTHER = (UNEXPOSED_SHARE, PROPORTION_SHARE, NOWHERE_SHARE)


def findings(
    kind: str, channel: int, core: Kinds, joint: Shares
) -> Callable[[Evidence, Inflation], list[tuple[int, Finding]]]:
    """A suspicion about one channel.

    Args:
        kind: of the flag.
        channel: of `detector.engine.engagement_counts`.
        core: the kinds of traits that speak, besides history.
        joint: the shares that may speak alone.
    """

    told = [k for shares in (*core, joint) for k in shares]

    def judge(evidence: Evidence, settings: Inflation) -> list[tuple[int, Finding]]:
        out = []
        counts = evidence.counts
        least = np.where(counts[:, ACTS] < settings.few, settings.few_accounts, settings.accounts)
        for i in np.flatnonzero(evidence.told & (counts[:, ACTORS] >= least)).tolist():
            surprise = unexplained(evidence, i, core, settings)
            if tells(evidence, i, surprise, core, joint, settings) and evidence.content(i):
                signals = [_volume(evidence, i, channel), *_signals(evidence, i, surprise, told, settings)]
                if total(signals) >= settings.worth:
                    out.append((i, _finding(kind, evidence, i, signals, surprise, told, settings)))
        return out

    return judge


def crowds(kind: str, channel: int, evidence: Evidence, settings: Inflation) -> list[Finding]:
    """Who came together, for each candidate with a surprising count, whatever their traits."""
    enough = (
        evidence.grown
        & (evidence.counts[:, ACTORS] >= settings.accounts)
        & (evidence.volume >= settings.volume)
    )
    out = []
    for i in np.flatnonzero(enough).tolist():
        acts = evidence.crowd(i)
        content = next(iter(evidence.names(acts[:1], "content")), "")
        if content:
            one = _of(
                kind, evidence, i, content, [_volume(evidence, i, channel)], acts, settings, names=False
            )
            one.crowd, one.participants_total = True, len(acts)
            one.actors = np.sort(acts["actor"]).tobytes()
            out.append(one)
    return out


def _volume(evidence: Evidence, i: int, channel: int) -> Signal:
    minutes = (evidence.ts - int(evidence.since[i])) / 60_000
    span = f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"
    observed, expected = float(evidence.observed[i]), float(evidence.expected[i])
    why = (
        f"{observed:.0f} {NAMES[channel]} on one content within {span} where {expected:.2g} are usual on all "
        "of the author's"
    )
    return Signal("volume", observed, expected, why, float(evidence.volume[i]), "volume")


def _signals(
    evidence: Evidence, i: int, unexplained: np.ndarray, told: list[int], settings: Inflation
) -> list[Signal]:
    """A signal for each share that is out of the ordinary; those of `told` speak, the others inform."""
    out = []
    for k in np.flatnonzero(evidence.surprise[i] >= 1.0).tolist():
        counts = evidence.counts[i]
        part, other = int(counts[PARTS[k]]), int(counts[WHOLES[k]])
        share, usual = float(evidence.share[i, k]), float(evidence.usual[i, k])
        why = _SENTENCES[k].format(part=part, whole=other, other=other)
        why += (
            f": a share of {share:.0%}; {usual:.0%} is usual"
            if k in _FROM_ONE_ANOTHER
            else (f"; {usual:.0%} is usual")
        )
        # The others only inform: schools and offices share addresses, a notification brings everybody within
        # a minute, and most who come to a popular content come for the first time.
        surprise = float(unexplained[k]) if k in (*told, *HISTORY, PROPORTION_SHARE) else 0.0
        if k in (*HISTORY, PROPORTION_SHARE):
            surprise = min(surprise, settings.history_most)
        of = "similarity" if k in (COMPANY_SHARE, SERIAL_SHARE, KEEN_SHARE) else "provenance"
        out.append(Signal(SHARES[k], share, usual, why, surprise, of))
    return out


def _few_honest(evidence: Evidence, i: int) -> bool:
    """Whether the readers besides those who acted explain less than a quarter of these."""
    counts, usual = evidence.counts[i], float(evidence.usual[i, PROPORTION_SHARE])
    others = counts[READERS] - (counts[ACTORS] - counts[UNREAD])
    return bool(others * usual / (1.0 - usual) < _FEW * counts[ACTORS])


def _finding(
    kind: str,
    evidence: Evidence,
    i: int,
    signals: list[Signal],
    surprise: np.ndarray,
    told: list[int],
    settings: Inflation,
) -> Finding:
    entries = evidence.entries(i)
    acts = evidence.acts(i)
    speaking = [k for k in (*told, *HISTORY) if surprise[k] >= settings.speaks]
    strongest = max(told, key=lambda k: float(surprise[k]))
    named = chosen(entries, acts, speaking, strongest, _few_honest(evidence, i), evidence.company(i))
    acts = acts[np.isin(acts["actor"], named)]
    return _of(kind, evidence, i, evidence.content(i), signals, acts, settings)


def _of(
    kind: str,
    evidence: Evidence,
    i: int,
    content: str,
    signals: list[Signal],
    acts: np.ndarray,
    settings: Inflation,
    *,
    names: bool = True,
) -> Finding:
    """What is said of candidate `i`, with the accounts of `acts` (latest first) as its participants."""
    people: list[str] = []
    if names:
        _, first = np.unique(acts["actor"], return_index=True)
        people = sorted(set(evidence.names(acts[first], "actor")) - {""})
    oldest = acts[::-1]
    since = int(evidence.since[i])
    return Finding(
        kind=kind,
        subject_type="content",
        subject=content,
        ts=evidence.ts,
        start=max(since, int(oldest["ts"][0])) if len(oldest) else since,
        end=evidence.ts,
        observed=signals[0].value,
        expected=round(signals[0].baseline, 3),
        signals=signals,
        participants=people[: settings.participants],
        participants_total=len(people),
        contents=[content],
        contents_total=1,
        samples=evidence.names(oldest[:10], "id"),
        since=since,
        author=next(iter(evidence.names(acts[:1], "author")), ""),
    )
