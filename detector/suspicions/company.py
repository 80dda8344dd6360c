"""Who is together on contents: accounts that act on the same ones within a short span, and their rings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detector.engine import company_rows as rows_
from detector.suspicions.settings import Lockstep
from models.tails import binomial_upper

# Accounts of one circle of interest are so much likelier than others to act on one content.
_CIRCLE = 10.0
# Surprise of the company on one content from which it counts.
_SPEAKS = 1.0
# Contents of a group that are compared.
_MOST_CONTENTS = 512
# Accounts that the service is taken to have besides those that were seen.
UNSEEN = 100.0


@dataclass(frozen=True, slots=True)
class Acts:
    """Reposts and comments, oldest first.

    Attributes:
        acts: dtype `company_rows.ACT`.
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


class Company:
    """Acts on some contents, and which of them are in company.

    Attributes:
        acts: dtype `company_rows.ACT`.
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
        self.late = (acts.published > 0) & (self.acts["ts"] - acts.published > 1000 * rows_.LATE_SECONDS)
        self.common = _common(self.acts, settings)
        self.contents, self.content = np.unique(self.acts["content"], return_inverse=True)
        self.accounts, self.account = np.unique(self.acts["account"], return_inverse=True)
        self.author = np.unique(self.acts["author"], return_inverse=True)[1]
        self.shown = np.zeros(len(self.contents))
        self.shown[self.content] = acts.popularity
        self.activity = group.activity(self.accounts)

    def only(self, contents: np.ndarray) -> Company:
        """The company on some of the contents, ascending numbers."""
        out = Company(self._source.take(np.isin(self.content, contents)), self._group, self.settings)
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
        odds = _CIRCLE * elsewhere / (self._group.total + self._group.accounts + UNSEEN)
        return min(0.5, odds / (1.0 + odds))

    def surprise(self, there: np.ndarray) -> np.ndarray:
        """Of so many of some accounts on each content, by how many acted on it at all."""
        p = self.chance(there)
        return np.array(
            [
                binomial_upper(k, max(n, k), p) if k and n < rows_.POPULAR else 0.0
                for k, n in zip(there.sum(axis=1).tolist(), self.shown.tolist(), strict=True)
            ]
        )


def latest(acts: np.ndarray, settings: Lockstep) -> np.ndarray:
    """Which acts are on the contents on which members came together last: no more than can be compared."""
    together = acts["content"][_common(acts, settings)]
    contents, last = np.unique(together[::-1], return_index=True)
    return np.isin(acts["content"], contents[np.argsort(last, kind="stable")[:_MOST_CONTENTS]])


def all_there(company: Company, contents: np.ndarray, group: Together) -> Company:
    """The company of everybody who was there when members of the group were on these contents."""
    chosen = company.common & np.isin(company.content, contents)
    first, last = np.full(len(company.contents), 1 << 62), np.zeros(len(company.contents), np.int64)
    np.minimum.at(first, company.content[chosen], company.acts["ts"][chosen])
    np.maximum.at(last, company.content[chosen], company.acts["ts"][chosen])
    around = group.around(company.contents[contents])
    at, ts = np.searchsorted(company.contents, around.acts["content"]), around.acts["ts"]
    there = (ts >= first[at] - rows_.SPAN_MS) & (ts <= last[at] + rows_.SPAN_MS)
    there &= around.acts["account"] != around.acts["author"]
    found = Company(around.take(there), group, company.settings)
    # Who was there at other times is no concern of this company.
    found.shown = found.there(np.ones(len(found.acts), bool)).sum(axis=1)
    return found


def faithful(
    company: Company, chosen: np.ndarray, settings: Lockstep
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


def _common(acts: np.ndarray, settings: Lockstep) -> np.ndarray:
    """Which acts have enough members' acts on the same content within the span."""
    order = np.lexsort((acts["ts"], acts["content"]))
    content, ts = acts["content"][order].astype(np.int64), acts["ts"][order]
    # One number that grows with content, then time; contents lie further apart than any two times.
    base = int(ts.min()) if len(ts) else 0
    key = content * (int(ts.max(initial=base)) - base + 2 * rows_.SPAN_MS + 1) + (ts - base)
    near = np.searchsorted(key, key + rows_.SPAN_MS, side="right") - np.searchsorted(
        key, key - rows_.SPAN_MS, side="left"
    )
    out = np.zeros(len(acts), bool)
    out[order] = near >= settings.together
    return out
