"""Accounts that act together on the same contents, again and again.

After SynchroTrap (Cao et al., CCS 2014): what matters is who acts on the same objects within the same time.
Three things bring honest people together: what all look at, what their idol has just published, and their own
house. So contents that very many act on count for nothing; what comes together just after the publication
counts only where the same company does so with several authors, and not all of it every time, as fans do;
some time after the publication one of both is enough, and so it is where the accounts are suspect themselves;
and authors who are members do not count.

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
# Share of the contents on which fans are there on average; of a ring some are sent each time.
_FANS = 0.8
# Contents of a group that are compared.
_MOST_CONTENTS = 512
# Of a company that is there late, too, those are named that come just after the publication as well.
_LATE = 0.4
# Accounts that the service is taken to have besides those that were seen.
_UNSEEN = 100.0


@dataclass(frozen=True, slots=True)
class Acts:
    """Reposts and comments, oldest first.

    Attributes:
        acts: dtype `company_kernel.ACT`.
        popularity: accounts that acted on each one's content.
        published: when it was published, ms; 0 where that is not known.
    """

    acts: np.ndarray
    popularity: np.ndarray
    published: np.ndarray

    def take(self, chosen: np.ndarray) -> Acts:
        return Acts(self.acts[chosen], self.popularity[chosen], self.published[chosen])


@dataclass(frozen=True, slots=True)
class Together:
    """About one group at the end of a tick.

    Attributes:
        ts: end of the tick, ms.
        name: members of a ring (rows) -> its subject.
        members: rows of its accounts.
        acts: of the members; `acts_of`: of accounts (rows); `around`: of all on contents (rows); each
            within the horizon.
        usual: of all acts, decayed: how many, and how many have each bit.
        activity: accounts (rows) -> how many posts, reposts and comments each has within the horizon;
            `total`: of all accounts.
        accounts: that were seen on the service.
        names, event_ids: of accounts' rows, and of acts.
    """

    ts: int
    name: Callable[[np.ndarray], str]
    members: np.ndarray
    acts: Acts
    acts_of: Callable[[np.ndarray], Acts]
    around: Callable[[np.ndarray], Acts]
    usual: np.ndarray
    activity: Callable[[np.ndarray], np.ndarray]
    total: int
    accounts: int
    names: Callable[[np.ndarray], list[str]]
    event_ids: Callable[[np.ndarray], list[str]]


def judge(group: Together, settings: Lockstep) -> list[Finding]:
    """The findings about a group: one for each ring in it."""
    outside = group.acts.take(~np.isin(group.acts.acts["author"], group.members))
    company = _Company(outside.take(_latest(outside.acts, settings)), group, settings)
    found = []
    for ring in company.rings():
        contents = _without_house(company, ring, group)
        if len(contents) < settings.support:
            continue
        there = _all_there(company, contents, group)
        # A crowd of which the group was only a part is told apart once all who were there are known.
        for part in there.rings():
            if finding := _ring(there.only(part), group, settings):
                found.append(finding)
    return found


def _latest(acts: np.ndarray, settings: Lockstep) -> np.ndarray:
    """Which acts are on the contents on which members came together last: no more than can be compared."""
    together = acts["content"][_common(acts, settings)]
    contents, last = np.unique(together[::-1], return_index=True)
    return np.isin(acts["content"], contents[np.argsort(last, kind="stable")[:_MOST_CONTENTS]])


class _Company:
    """Acts on some contents, and which of them are in company.

    Attributes:
        acts: dtype `company_kernel.ACT`.
        common: whether enough of the accounts acted on the content within the span; `late`: whether the
            publication is that long ago (and known) that it does not explain it.
        content, account, author: (acts,) numbers of contents, accounts and authors among those here;
            `contents`, `accounts`: their rows.
        shown: (contents,) accounts that acted on each.
        activity: (accounts,) what each does within the horizon.
    """

    def __init__(self, acts: Acts, group: Together, settings: Lockstep) -> None:
        self.settings, self._group, self._source = settings, group, acts
        self.acts = acts.acts
        self.late = (acts.published > 0) & (self.acts["ts"] - acts.published > 1000 * kernel.LATE_SECONDS)
        self.common = _common(self.acts, settings)
        self.contents, self.content = np.unique(self.acts["content"], return_inverse=True)
        self.accounts, self.account = np.unique(self.acts["account"], return_inverse=True)
        self.author = np.unique(self.acts["author"], return_inverse=True)[1]
        self.shown = np.zeros(len(self.contents))
        self.shown[self.content] = acts.popularity
        self.activity = group.activity(self.accounts)

    def only(self, contents: np.ndarray) -> _Company:
        """The company on some of the contents, ascending numbers."""
        out = _Company(self._source.take(np.isin(self.content, contents)), self._group, self.settings)
        out.shown = self.shown[contents]
        return out

    def rings(self) -> list[np.ndarray]:
        """Sets of contents, as numbers, that largely the same accounts act on together."""
        there = self.there(self.common).astype(np.float32)
        counts = there.sum(axis=1)
        few = np.flatnonzero(self.surprise(there > 0) >= _SPEAKS)
        size = np.sqrt(counts[few])
        linked = there[few] @ there[few].T >= np.maximum(3.0, self.settings.alike * np.outer(size, size))
        out, left = [], np.ones(len(few), bool)
        for first in range(len(few)):
            ring, reached = np.zeros(len(few), bool), np.zeros(len(few), bool)
            reached[first] = left[first]
            while reached.any():
                ring |= reached
                reached = linked[reached].any(axis=0) & ~ring
            left &= ~ring
            if ring.sum() >= self.settings.support:
                out.append(few[ring])
        return out

    def there(self, chosen: np.ndarray) -> np.ndarray:
        """(contents, accounts) whether a chosen act is of the account on the content."""
        out = np.zeros((len(self.contents), len(self.accounts)), bool)
        out[self.content[chosen], self.account[chosen]] = True
        return out

    def chance(self, there: np.ndarray) -> float:
        """The probability that an act is of one of those who are there, by what they do elsewhere."""
        members = there.any(axis=0)
        elsewhere = max(float(self.activity[members].sum() - there.sum() + members.sum()), 1.0)
        odds = _CIRCLE * elsewhere / (self._group.total + self._group.accounts + _UNSEEN)
        return min(0.5, odds / (1.0 + odds))

    def surprise(self, there: np.ndarray) -> np.ndarray:
        """Of so many of some accounts on each content, by how many acted on it at all."""
        p = self.chance(there)
        return np.array(
            [
                binomial_upper(k, max(n, k), p) if k and n < kernel.POPULAR else 0.0
                for k, n in zip(there.sum(axis=1).tolist(), self.shown.tolist(), strict=True)
            ]
        )


def _without_house(company: _Company, contents: np.ndarray, group: Together) -> np.ndarray:
    """The contents without those of authors who act on what these accounts, or these authors, publish.

    Of a house all accounts do both, and its last ones may not have met the others yet.
    """
    author = np.zeros(len(company.contents), np.int64)
    author[company.content] = company.acts["author"]
    authors = np.unique(author[contents])
    theirs = group.acts_of(authors).acts
    ours = np.isin(theirs["author"], np.union1d(authors, group.members))
    ours &= theirs["author"] != theirs["account"]
    return contents[~np.isin(author[contents], theirs["account"][ours])]


def _all_there(company: _Company, contents: np.ndarray, group: Together) -> _Company:
    """The company of everybody who was there when members of the group were on these contents."""
    chosen = company.common & np.isin(company.content, contents)
    first, last = np.full(len(company.contents), 1 << 62), np.zeros(len(company.contents), np.int64)
    np.minimum.at(first, company.content[chosen], company.acts["ts"][chosen])
    np.maximum.at(last, company.content[chosen], company.acts["ts"][chosen])
    around = group.around(company.contents[contents])
    at, ts = np.searchsorted(company.contents, around.acts["content"]), around.acts["ts"]
    there = (ts >= first[at] - kernel.SPAN_MS) & (ts <= last[at] + kernel.SPAN_MS)
    there &= around.acts["account"] != around.acts["author"]
    found = _Company(around.take(there), group, company.settings)
    # Who was there at other times is no concern of this company.
    found.shown = found.there(np.ones(len(found.acts), bool)).sum(axis=1)
    return found


def _ring(company: _Company, group: Together, settings: Lockstep) -> Finding | None:
    """The finding about who was together on some contents, if it is one."""
    found = _faithful(company, company.common, settings)
    if found is None:
        return None
    taking_part = found[0].any(axis=0)
    ours, shares, told = _acts_and_traits(company, found[0], group, settings)
    if not _several_authors(company, found[0]) or (_every_time(found[0]) and not told):
        found = _faithful(company, company.common & company.late, settings)
        if found is None:
            return None
        ours, shares, told = _acts_and_traits(company, found[0], group, settings)
        if not _several_authors(company, found[0]) and _every_time(found[0]) and not told:
            return None
        members = found[0].any(axis=0)
        if members.sum() < _LATE * taking_part.sum():
            taking_part = members
    together = _together(company, group, *found)
    if together.surprise < (settings.company if told else settings.company_alone):
        return None
    rows = company.accounts[taking_part]
    names = sorted(group.names(rows))
    return Finding(
        kind=KIND,
        subject_type="group",
        subject=group.name(rows),
        ts=group.ts,
        start=int(ours["ts"][0]),
        end=group.ts,
        observed=together.value,
        expected=round(together.baseline, 3),
        signals=[together, *(signal for signal in shares if signal.surprise >= 1.0)],
        participants=names[: settings.participants],
        participants_total=len(names),
        samples=group.event_ids(ours[-_SAMPLES:]),
    )


def _acts_and_traits(
    company: _Company, there: np.ndarray, group: Together, settings: Lockstep
) -> tuple[np.ndarray, list[Signal], bool]:
    """(the acts of those who are there, their provenance, whether a trait of it speaks)."""
    ours = company.acts[company.common & there[company.content, company.account]]
    shares = _shares(ours, group.usual)
    cold, fresh, young, _, device = (share.surprise for share in shares)
    return ours, shares, max(cold, bonferroni(max(fresh, young), 2), device) >= settings.speaks


def _faithful(
    company: _Company, chosen: np.ndarray, settings: Lockstep
) -> tuple[np.ndarray, np.ndarray] | None:
    """Of acts in company: (who that comes again is there on which content, surprise of each content).

    None where they are too few. Twice: first who comes again, then on which contents they do.
    """
    there = company.there(chosen)
    for _ in range(2):
        members = there.sum(axis=0) >= max(2.0, settings.faithful * int(there.any(axis=1).sum()))
        if members.sum() < settings.least:
            return None
        there &= members
        surprise = company.surprise(there)
        speaks = (there.sum(axis=1) >= settings.together) & (surprise >= _SPEAKS)
        if speaks.sum() < settings.support:
            return None
        there &= speaks[:, None]
    return there, np.where(speaks, surprise, 0.0)


def _several_authors(company: _Company, there: np.ndarray) -> bool:
    """Whether the company is about more than one author: it came to two contents at least of others."""
    author = np.zeros(len(company.contents), np.int64)
    author[company.content] = company.author
    full = there.sum(axis=1) >= max(3.0, 0.25 * int(there.any(axis=0).sum()))
    return bool(full.sum() - np.bincount(author[full]).max(initial=0) >= 2)


def _every_time(there: np.ndarray) -> bool:
    """Whether those who come are there nearly every time, as fans are."""
    contents, members = there.any(axis=1).sum(), there.any(axis=0).sum()
    return bool(there.sum() >= _FANS * contents * members)


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


def _together(company: _Company, group: Together, there: np.ndarray, surprise: np.ndarray) -> Signal:
    """How many members act on each common content, against how many chance would bring there.

    These members were looked for among all accounts: the number of such sets counts against it.
    """
    contents = surprise > 0.0
    authors = len(np.unique(company.author[contents[company.content]]))
    together, m, size = int(there.sum()), int(there.any(axis=0).sum()), group.accounts + _UNSEEN
    sets = (math.lgamma(size + 1) - math.lgamma(m + 1) - math.lgamma(size - m + 1)) / math.log(10.0)
    expected = float(company.shown[contents].sum()) * company.chance(there)
    why = (
        f"{m} accounts acted within ten minutes of one another on {contents.sum()} contents of {authors} "
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
