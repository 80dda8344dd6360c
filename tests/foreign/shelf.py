"""What there is to read, and whose of it people look at."""

from __future__ import annotations

import numpy as np

from tests.foreign import log as ev
from tests.foreign.draw import DAY, HOUR
from tests.foreign.log import Log
from tests.foreign.people import People
from tests.foreign.plan import Plan
from tests.foreign.words import Writer

_FAR = 400 * DAY


class Shelf:
    """Contents by author and time, to find what of an author is there to be seen at a moment."""

    def __init__(self, authors: np.ndarray, contents: np.ndarray, ts: np.ndarray, start: int) -> None:
        order = np.lexsort((ts, authors))
        self.start = start
        self.authors, self.contents, self.ts = authors[order], contents[order], ts[order]
        self._keys = self.key(self.authors, self.ts)

    def key(self, authors: np.ndarray, ts: np.ndarray) -> np.ndarray:
        return authors.astype(np.int64) * (2 * _FAR) + (np.asarray(ts) - self.start + _FAR)

    def seen(self, rng: np.random.Generator, authors: np.ndarray, ts: np.ndarray) -> np.ndarray:
        """A content of each author at each moment, the newest ones most; -1 where there is none."""
        newest = np.searchsorted(self._keys, self.key(authors, ts)) - 1
        first = np.searchsorted(self.authors, authors)
        back = rng.geometric(0.45, len(authors)) - 1
        place = np.maximum(newest - back, first)
        return np.where(newest < first, -1, self.contents[np.clip(place, 0, len(self.contents) - 1)])

    def of(self, author: int, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        """Contents of an author of that time, and when they came."""
        lo, hi = np.searchsorted(self._keys, self.key(np.array([author, author]), np.array([start, end])))
        return self.contents[lo:hi], self.ts[lo:hi]


def decoration(u: list[float], tag: str) -> dict[str, object]:
    """What some posts carry beside their text, by six numbers in [0, 1)."""
    extra: dict[str, object] = {}
    if u[0] < 0.2:
        extra["topic"] = tag
    if u[2] < 0.2:
        extra["links"] = [f"https://{tag.encode().hex()[:8]}.example/{int(u[3] * 1e7)}"]
    if u[4] < 0.3:
        extra["media"] = [f"{int(u[5] * 2**53):016x}"]
    return extra


def publish(plan: Plan, people: People, log: Log, writer: Writer, rng: np.random.Generator, n: int) -> Shelf:
    """About `n` posts in the authors' own rhythm; each author has some from before."""
    public, writers = people.public, people.writers
    rate = rng.lognormal(0, 0.9, len(public))
    who = np.concatenate(
        [
            rng.choice(public, int(n * 0.6), p=rate / rate.sum()),
            rng.choice(writers, n - int(n * 0.6)),
        ]
    )
    ts = people.moments(who, rng.integers(0, plan.days, n))
    keep = ts < plan.end
    who, ts = who[keep], ts[keep]
    circles = people.circle[who]
    tags = [f"t{writer.own(int(c))}" for c in circles]
    texts, extras = [], []
    for c, tag, u in zip(circles.tolist(), tags, rng.random((len(who), 6)).tolist(), strict=True):
        texts.append(writer.post(c))
        extra = decoration(u, tag)
        if u[1] < 0.1:
            extra["original"] = True
        extras.append(extra)
    contents = log.publish(who)
    for c, extra in zip(contents.tolist(), extras, strict=True):
        extra["content"] = c
    log.add(ev.POST, ts, who, contents, text=texts, extra=extras)
    old = np.concatenate([np.repeat(public, 3), writers])
    past = plan.start - (rng.random(len(old)) * 5 * DAY).astype(np.int64) - HOUR
    return Shelf(
        np.concatenate([who, old]),
        np.concatenate([contents, log.publish(old)]),
        np.concatenate([ts, past]),
        plan.start,
    )


class Attention:
    """Whose contents people look at: those of the own circle by fame, else those of all."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._order = np.argsort(people.circle, kind="stable")
        self._fame = np.concatenate([[0.0], np.cumsum(people.fame[self._order])])
        count = people.plan.circles
        self._low = np.searchsorted(people.circle[self._order], np.arange(count))
        self._high = np.searchsorted(people.circle[self._order], np.arange(count), side="right")

    def authors(self, rng: np.random.Generator, readers: np.ndarray) -> np.ndarray:
        """One author for each reader."""
        people, n = self._people, len(readers)
        circle = np.where(rng.random(n) < 0.75, people.circle[readers], people.second[readers])
        near = rng.random(n) < people.plan.near
        low = np.where(near, self._fame[self._low[circle]], 0.0)
        high = np.where(near, self._fame[self._high[circle]], self._fame[-1])
        empty = high <= low
        low, high = np.where(empty, 0.0, low), np.where(empty, self._fame[-1], high)
        place = np.searchsorted(self._fame, low + rng.random(n) * (high - low), side="right") - 1
        return self._order[np.clip(place, 0, len(self._order) - 1)]
