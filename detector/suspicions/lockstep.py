"""Accounts that act together on the same contents, again and again.

After SynchroTrap (Cao et al., CCS 2014): what matters is who acts on the same objects within the same time.
Three things bring honest people together: what all look at, what their idol has just published, and their own
house. So contents that very many act on count for nothing; what comes together just after the publication
counts only where the same company does so with several authors (fans have one idol; some time after it, it
counts with one, too); and authors who are members themselves do not count.

Accounts that have met more than once make a group; one that is hired by two rings joins theirs. So a group's
contents are sorted first: those that largely the same accounts act on are of one ring.
"""

from __future__ import annotations

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
# Accounts of one circle of interest are so much likelier than others to act on one content.
_CIRCLE = 10.0
# Surprise of the company on one content from which it counts.
_SPEAKS = 1.0
# Accounts that the service is taken to have besides those that were seen.
_UNSEEN = 100.0


@dataclass(frozen=True, slots=True)
class Together:
    """About one group at the end of a tick.

    Attributes:
        ts: end of the tick, ms.
        name: members of a ring (rows) -> its subject.
        members: rows of its accounts.
        acts: the members' reposts and comments, oldest first, dtype `company_kernel.ACT`.
        usual: of all acts, decayed: how many, and how many have each bit.
        accounts: that were seen on the service.
        popularity: accounts that acted on each act's content.
        published: when each act's content was published, ms; 0 where that is not known.
        posts: how many posts an author (its row) has published within the horizon.
        names, event_ids: of accounts' rows, and of acts.
    """

    ts: int
    name: Callable[[np.ndarray], str]
    members: np.ndarray
    acts: np.ndarray
    usual: np.ndarray
    accounts: int
    popularity: np.ndarray
    published: np.ndarray
    posts: Callable[[int], int]
    names: Callable[[np.ndarray], list[str]]
    event_ids: Callable[[np.ndarray], list[str]]


def judge(group: Together, settings: Lockstep) -> list[Finding]:
    """The findings about a group: one for each ring in it."""
    acts = _Acts(group, settings)
    found = []
    for contents in acts.rings():
        if finding := _ring(acts, contents, group, settings):
            found.append(finding)
    return found


class _Acts:
    """The members' acts on others' contents, and which of them are in company.

    Attributes:
        acts: dtype `company_kernel.ACT`; `popularity`: accounts that acted on each one's content.
        common: whether enough members acted on the content within the span; `late`: whether the publication
            is that long ago (and known) that it does not explain it.
        content, account, author: (acts,) numbers of contents, accounts and authors among those here.
    """

    def __init__(self, group: Together, settings: Lockstep) -> None:
        outside = ~np.isin(group.acts["author"], group.members)
        self._settings, self.size = settings, float(group.accounts + _UNSEEN)
        self.acts, self.popularity = group.acts[outside], group.popularity[outside]
        published = group.published[outside]
        self.late = (published > 0) & (self.acts["ts"] - published > 1000 * kernel.LATE_SECONDS)
        self.common = _common(self.acts, settings)
        self.rows, self.content = np.unique(self.acts["content"], return_inverse=True)
        self.accounts, self.account = np.unique(self.acts["account"], return_inverse=True)
        self.authors, self.author = np.unique(self.acts["author"], return_inverse=True)

    def rings(self) -> list[np.ndarray]:
        """Sets of contents, as numbers, that largely the same accounts act on together."""
        there = np.zeros((len(self.rows), len(self.accounts)), np.int32)
        there[self.content[self.common], self.account[self.common]] = 1
        counts = there.sum(axis=1)
        few = np.flatnonzero(self.surprise(counts, len(self.accounts)) >= _SPEAKS)
        shared = there[few] @ there[few].T
        least = np.maximum(3.0, self._settings.alike * np.minimum.outer(counts[few], counts[few]))
        linked = shared >= least
        out, left = [], np.ones(len(few), bool)
        for first in range(len(few)):
            if not left[first]:
                continue
            ring = np.zeros(len(few), bool)
            reached = np.zeros(len(few), bool)
            reached[first] = True
            while reached.any():
                ring |= reached
                reached = linked[reached].any(axis=0) & ~ring
            left &= ~ring
            if ring.sum() >= self._settings.support:
                out.append(few[ring])
        return out

    def surprise(self, counts: np.ndarray, members: int) -> np.ndarray:
        """Of so many of some accounts on each content, by how many acted on it at all."""
        shown = np.zeros(len(self.rows))
        shown[self.content] = self.popularity
        p = min(0.5, _CIRCLE * members / self.size)
        return np.array(
            [
                binomial_upper(float(k), float(max(n, k)), p) if k and n < kernel.POPULAR else 0.0
                for k, n in zip(counts.tolist(), shown.tolist(), strict=True)
            ]
        )

    def expected(self, contents: np.ndarray, members: int) -> float:
        """Accounts among so many that chance, and a circle of interest, bring to these contents."""
        shown = np.zeros(len(self.rows))
        shown[self.content] = self.popularity
        return float(shown[contents].sum() * min(0.5, _CIRCLE * members / self.size))


def _ring(acts: _Acts, contents: np.ndarray, group: Together, settings: Lockstep) -> Finding | None:
    """The finding about the company on these contents, if it is one."""
    chosen = acts.common & np.isin(acts.content, contents)
    found = _faithful(acts, chosen, settings)
    if found is not None and not _several_authors(acts, *found):
        found = _faithful(acts, chosen & acts.late, settings)
    if found is None:
        return None
    chosen, members, surprise = found
    company = _company(acts, chosen, members, surprise)
    shares = _shares(acts.acts[chosen], group.usual)
    cold, fresh, young, _, device = (share.surprise for share in shares)
    traits = [cold, bonferroni(max(fresh, young), 2), device]
    told = sum(trait >= settings.speaks for trait in traits) >= 1 and company.surprise >= settings.company
    if not told and company.surprise < settings.company_alone:
        return None
    ours = acts.acts[chosen]
    rows = acts.accounts[members]
    names = sorted(group.names(rows))
    return Finding(
        kind=KIND,
        subject_type="group",
        subject=group.name(rows),
        ts=group.ts,
        start=int(ours["ts"][0]),
        end=group.ts,
        observed=company.value,
        expected=round(company.baseline, 3),
        signals=[company, *(signal for signal in shares if signal.surprise >= 1.0)],
        participants=names[: settings.participants],
        participants_total=len(names),
        samples=group.event_ids(ours[-_SAMPLES:]),
    )


def _faithful(
    acts: _Acts, chosen: np.ndarray, settings: Lockstep
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Of acts in company: (those of accounts that come again, their numbers, surprise of each content).

    None where they are too few. Twice: first who comes again, then on which contents they do.
    """
    n = len(acts.rows)
    for _ in range(2):
        pairs = np.unique(acts.account[chosen] * n + acts.content[chosen])
        times = np.bincount(pairs // n, minlength=len(acts.accounts))
        contents = len(np.unique(pairs % n))
        members = np.flatnonzero(times >= max(2.0, settings.faithful * contents))
        if len(members) < settings.least:
            return None
        chosen = chosen & np.isin(acts.account, members)
        pairs = np.unique(acts.account[chosen] * n + acts.content[chosen])
        counts = np.bincount(pairs % n, minlength=n)
        surprise = acts.surprise(counts, len(members))
        speaks = (counts >= settings.together) & (surprise >= _SPEAKS)
        if speaks.sum() < settings.support:
            return None
        chosen &= speaks[acts.content]
    return chosen, members, np.where(speaks, surprise, 0.0)


def _several_authors(acts: _Acts, chosen: np.ndarray, members: np.ndarray, surprise: np.ndarray) -> bool:
    """Whether the company is about more than one author: it came to two contents at least of others."""
    author = np.zeros(len(acts.rows), np.int64)
    author[acts.content] = acts.author
    n = len(acts.rows)
    pairs = np.unique(acts.account[chosen] * n + acts.content[chosen])
    counts = np.bincount(pairs % n, minlength=n)
    full = counts >= max(3.0, 0.25 * len(members))
    by_author = np.bincount(author[full], minlength=len(acts.authors))
    return bool(full.sum() - by_author.max(initial=0) >= 2)


def _common(acts: np.ndarray, settings: Lockstep) -> np.ndarray:
    """Which acts have enough members' acts on the same content within the span."""
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
    return out


def _company(acts: _Acts, chosen: np.ndarray, members: np.ndarray, surprise: np.ndarray) -> Signal:
    """How many members act on each common content, against how many chance would bring there.

    These members were looked for among all accounts: the number of such sets counts against it.
    """
    contents = np.flatnonzero(surprise > 0.0)
    authors = len(np.unique(acts.author[chosen]))
    together, m, size = int(chosen.sum()), len(members), acts.size
    sets = (math.lgamma(size + 1) - math.lgamma(m + 1) - math.lgamma(size - m + 1)) / math.log(10.0)
    expected = acts.expected(contents, m)
    why = (
        f"{m} accounts acted within ten minutes of one another on {len(contents)} contents of {authors} "
        f"authors, three or more on each, {together} times in all; {expected:.1f} if each had chosen for "
        "himself"
    )
    net = min(MOST, max(0.0, float(surprise.sum()) - sets))
    return Signal("company", float(together), expected, why, net, "similarity")


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
