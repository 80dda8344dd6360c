"""Accounts that act together on the same contents, again and again, when nothing has just happened.

After SynchroTrap (Cao et al., CCS 2014): what matters is who acts on the same objects within the same time.
Fans do so too, when their idol has just published; a ring acts when it is told to. So only what comes
together some time after the publication counts as company. It is weighed against how often the members act
on that author's posts else, and against how popular the content is. Authors who are members themselves do
not count: a house that reposts its own is no ring.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.engine import company_kernel as kernel
from detector.suspicions.provenance import bonferroni
from detector.suspicions.settings import Lockstep
from models.tails import MOST, binomial_upper, effective

KIND = "lockstep"
# (bit of an act, bit of those it is a share of, name, sentence)
_SHARES = (
    (
        kernel.COLD,
        0,
        "no_earlier_touch",
        "{part} of {whole} acts came without an earlier one on the same author",
    ),
    (
        kernel.FRESH,
        0,
        "fresh_actors",
        "{part} of {whole} acts are of accounts first seen within a day before",
    ),
    (kernel.YOUNG, kernel.AGED, "young_accounts", "{part} of {whole} acts are of accounts not 30 days old"),
    (kernel.SAME_ADDRESS, 0, "same_address", "{part} of {whole} acts share an address with one just before"),
    (kernel.SAME_DEVICE, 0, "same_device", "{part} of {whole} acts share a device with one just before"),
)
# How alike the acts of one group are in a share: as the followers of one subject are before the stream has
# taught it (see detector.engine.evidence).
_CORRELATION = 0.15
_SAMPLES = 10
# Surprise of the company on one content that makes it a common one.
_SPEAKS = 1.0
# A member takes part in so many of the common contents at least.
_FAITHFUL = 0.2


@dataclass(frozen=True, slots=True)
class Together:
    """About one group at the end of a tick.

    Attributes:
        ts: end of the tick, ms.
        seed: names of its first two accounts.
        members: rows of its accounts.
        acts: the members' reposts and comments, oldest first, dtype `company_kernel.ACT`.
        usual: of all acts, decayed: how many, and how many have each bit.
        popularity: accounts that acted on each act's content.
        published: when each act's content was published, ms; 0 where that is not known.
        posts: how many posts an author (its row) has published within the horizon.
        names, event_ids: of accounts' rows, and of acts.
    """

    ts: int
    seed: tuple[str, ...]
    members: np.ndarray
    acts: np.ndarray
    usual: np.ndarray
    popularity: np.ndarray
    published: np.ndarray
    posts: Callable[[int], int]
    names: Callable[[np.ndarray], list[str]]
    event_ids: Callable[[np.ndarray], list[str]]


def judge(group: Together, settings: Lockstep) -> Finding | None:
    """The finding about a group, if it is one."""
    outside = ~np.isin(group.acts["author"], group.members)
    acts, popularity = group.acts[outside], group.popularity[outside]
    common = _common(acts, group.published[outside], settings)
    # Twice: first to see which contents the members act on together, then who does so on those.
    for _ in range(2):
        members, support = np.unique(acts["account"][common], return_counts=True)
        members = members[support >= max(settings.support, _FAITHFUL * _distinct(acts["content"][common]))]
        if len(members) < settings.least:
            return None
        own = np.isin(acts["account"], members)
        company, contents = _company(acts[own], popularity[own], common[own], members, group.posts)
        common &= own & np.isin(acts["content"], contents)
    if len(contents) < settings.support:
        return None
    shares = _shares(acts[common], group.usual)
    cold, fresh, young, _, device = (share.surprise for share in shares)
    traits = [cold, bonferroni(max(fresh, young), 2), device]
    told = sum(trait >= settings.speaks for trait in traits) >= 1 and company.surprise >= settings.company
    if not told and company.surprise < settings.company_alone:
        return None
    acts = acts[common]
    names = sorted(group.names(members))
    return Finding(
        kind=KIND,
        subject_type="group",
        subject="g-" + hashlib.blake2b("\0".join(group.seed).encode(), digest_size=8).hexdigest(),
        ts=group.ts,
        start=int(acts["ts"][0]),
        end=group.ts,
        observed=company.value,
        expected=round(company.baseline, 3),
        signals=[company, *(signal for signal in shares if signal.surprise >= 1.0)],
        participants=names[: settings.participants],
        participants_total=len(names),
        samples=group.event_ids(acts[-_SAMPLES:]),
    )


def _distinct(values: np.ndarray) -> int:
    return len(np.unique(values))


def _common(acts: np.ndarray, published: np.ndarray, settings: Lockstep) -> np.ndarray:
    """Which acts have enough members' acts on the same content within the span, but not its publication."""
    order = np.lexsort((acts["ts"], acts["content"]))
    content, ts = acts["content"][order].astype(np.int64), acts["ts"][order]
    # One number that grows with content, then time; contents lie further apart than any two times.
    base = int(ts.min()) if len(ts) else 0
    key = content * (int(ts.max(initial=base)) - base + 2 * kernel.SPAN_MS + 1) + (ts - base)
    near = np.searchsorted(key, key + kernel.SPAN_MS, side="right") - np.searchsorted(
        key, key - kernel.SPAN_MS, side="left"
    )
    out = np.zeros(len(acts), bool)
    out[order] = near >= settings.together
    out &= acts["ts"] - published > kernel.SPAN_MS
    return out


def _company(
    acts: np.ndarray,
    popularity: np.ndarray,
    chosen: np.ndarray,
    members: np.ndarray,
    posts: Callable[[int], int],
) -> tuple[Signal, list[int]]:
    """How many members act on each common content, against how many would if each chose for himself.

    Args:
        acts, popularity, chosen: the members' acts, and which of them are in company.

    Returns the signal, and the contents that speak for it.
    """
    together = expected = surprise = 0.0
    contents: list[int] = []
    for author in np.unique(acts["author"][chosen]).tolist():
        of = acts["author"] == author
        seen, at, counts = np.unique(acts["content"][of], return_index=True, return_counts=True)
        published = max(posts(author), len(seen))
        # How often they act on the author else.
        rate = (float((of & ~chosen).sum()) + 1.0) / (len(members) * published)
        shown = popularity[of][at].astype(float)
        usual = np.minimum(1.0, rate * np.maximum(1.0, shown / max(shown.sum() / published, 1.0)))
        there, counts = np.unique(acts["content"][of & chosen], return_counts=True)
        for content, n in zip(there.tolist(), counts.tolist(), strict=True):
            p = float(usual[np.searchsorted(seen, content)])
            # One of the author's posts, of which any could have been the one.
            decades = binomial_upper(float(n), float(len(members)), p) - math.log10(published)
            if decades >= _SPEAKS:
                together, expected, surprise = together + n, expected + p * len(members), surprise + decades
                contents.append(content)
    why = (
        f"{len(members)} accounts acted within ten minutes of one another on {len(contents)} contents, three "
        f"or more on each, {int(together)} times in all; {expected:.1f} if each had chosen for himself"
    )
    return Signal("company", together, expected, why, min(MOST, surprise), "similarity"), contents


def _shares(acts: np.ndarray, usual: np.ndarray) -> list[Signal]:
    """Provenance of the acts against that of all acts."""
    signals = []
    for bit, of, name, sentence in _SHARES:
        within = acts[acts["bits"] & of > 0] if of else acts
        all_within = float(usual[_place(of)]) if of else float(usual[0])
        part = int((within["bits"] & bit > 0).sum())
        share = part / max(len(within), 1)
        baseline = (float(usual[_place(bit)]) + 1.0) / (all_within + 2.0)
        n = effective(float(len(within)), _CORRELATION)
        # That they share an address only informs: so do those who work, learn or live together.
        surprise = binomial_upper(share * n, n, baseline) if bit != kernel.SAME_ADDRESS else 0.0
        why = sentence.format(part=part, whole=len(within)) + f"; {baseline:.0%} is usual"
        signals.append(Signal(name, share, baseline, why, surprise, "provenance"))
    return signals


def _place(bit: int) -> int:
    """Where a bit is counted in `usual`."""
    return bit.bit_length()
