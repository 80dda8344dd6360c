"""Reading: sessions of clicks, chosen by circle of interest, by favourite author, by what is talked about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.simulate.config import HOUR, MINUTE
from detector.simulate.sources import click_sources, visit_sources
from detector.simulate.traffic import CLICK, PROFILE, Rows, rows, take
from detector.simulate.world import World

Ints = NDArray[np.int32]
Times = NDArray[np.int64]
_SHIFT = 40


class Catalogue:
    """Finds what was new in a community around a moment, and the latest of an author."""

    def __init__(self, world: World) -> None:
        c, people = world.contents, world.people
        self._origin = int(c.ts.min()) if len(c) else 0
        community = people.community[c.author].astype(np.int64)
        key = (community << _SHIFT) + (c.ts - self._origin)
        self._order = np.argsort(key, kind="stable")
        self._key = key[self._order]
        self._weight = np.concatenate([[0.0], np.cumsum(c.appeal[self._order])])
        by_author = (c.author.astype(np.int64) << _SHIFT) + (c.ts - self._origin)
        self._author_order = np.argsort(by_author, kind="stable")
        self._author_key = by_author[self._author_order]
        self._authors = c.author
        sums = np.bincount(community, weights=c.appeal, minlength=world.society.communities)
        self._community = np.cumsum(sums) / max(sums.sum(), 1e-9)
        reach = np.where(people.posting > 0.05, people.reach, 0.0) ** 0.9
        order = np.argsort(people.community, kind="stable")
        self._public = order
        self._public_weight = np.concatenate([[0.0], np.cumsum(reach[order])])
        self._public_start = np.searchsorted(
            people.community[order], np.arange(world.society.communities + 1)
        )

    def elsewhere(self, rng: np.random.Generator, count: int) -> Ints:
        """Communities by how much is going on in them."""
        return np.minimum(
            np.searchsorted(self._community, rng.random(count)), len(self._community) - 1
        ).astype(np.int32)

    def choose(self, rng: np.random.Generator, community: NDArray[np.integer], ts: Times) -> Ints:
        """A content of the community for each moment, rather new, rather popular; -1 where there is none."""
        base = community.astype(np.int64) << _SHIFT
        now = np.maximum(ts - self._origin, 0)
        age = (rng.lognormal(np.log(2.0), 1.3, size=len(ts)) * HOUR).astype(np.int64)
        half = np.maximum(20 * MINUTE, (age * 0.5).astype(np.int64))
        low = np.searchsorted(self._key, base + np.maximum(now - age - half, 0))
        high = np.searchsorted(self._key, base + np.maximum(np.minimum(now - age + half, now), 0))
        empty = high <= low
        if empty.any():
            latest = np.searchsorted(self._key, base + now)
            first = np.searchsorted(self._key, base)
            high = np.where(empty, latest, high)
            low = np.where(empty, np.maximum(latest - 20, first), low)
        left, right = self._weight[low], self._weight[np.maximum(high, low)]
        at = np.searchsorted(self._weight, left + rng.random(len(ts)) * (right - left), side="right") - 1
        at = np.clip(at, 0, max(len(self._order) - 1, 0))
        if not len(self._order):
            return np.full(len(ts), -1, dtype=np.int32)
        return np.where(high > low, self._order[at], -1).astype(np.int32)

    def latest(self, author: NDArray[np.integer], ts: Times) -> Ints:
        """The author's last content before each moment; -1 where there is none."""
        if not len(self._author_order):
            return np.full(len(ts), -1, dtype=np.int32)
        key = (author.astype(np.int64) << _SHIFT) + np.maximum(ts - self._origin, 0)
        at = np.searchsorted(self._author_key, key) - 1
        found = self._author_order[np.maximum(at, 0)]
        return np.where((at >= 0) & (self._authors[found] == author), found, -1).astype(np.int32)

    def authors(self, rng: np.random.Generator, community: NDArray[np.integer]) -> Ints:
        """An account of the community for each entry, by its reach."""
        low = self._public_weight[self._public_start[community]]
        high = self._public_weight[self._public_start[community + 1]]
        at = (
            np.searchsorted(
                self._public_weight, low + rng.random(len(community)) * (high - low), side="right"
            )
            - 1
        )
        return np.asarray(self._public[np.clip(at, 0, len(self._public) - 1)], dtype=np.int32)


def dwell_times(world: World, count: int) -> Times:
    """Reading times in ms: log-normal, a few glances, a few tabs left open."""
    dwell = world.rng.lognormal(np.log(world.rates.dwell), 1.1, size=count)
    return np.clip(dwell, 250, 1_500_000).astype(np.int64)


def visit(
    world: World, actor: Ints, ts: Times, content: Ints, *, source: int | Ints | None = None, label: int = -1
) -> Rows:
    """Single clicks, each from where its account happens to be."""
    piece = world.placed(CLICK, actor, ts, content=content, label=label)
    piece["source"][:] = visit_sources(world.rng, len(actor)) if source is None else source
    piece["dwell"][:] = dwell_times(world, len(actor))
    return piece


def sessions(
    world: World, catalogue: Catalogue, favourites: Ints, actor: Ints, start: Times, *, label: int = -1
) -> Rows:
    """Clicks of one session for each (actor, start).

    Args:
        favourites: accounts x 5, the authors each one goes back to.
    """
    rng = world.rng
    if not len(actor):
        return rows(0)
    ip, device = world.society.where(rng, actor, start)
    sizes = np.minimum(rng.geometric(1.0 / world.rates.session, size=len(actor)), 80)
    who = np.repeat(np.arange(len(actor)), sizes)
    total = len(who)
    dwell = dwell_times(world, total)
    step = dwell + (rng.lognormal(np.log(7_000), 0.9, size=total)).astype(np.int64)
    passed = np.cumsum(step) - step
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    ts = start[who] + passed - passed[first][who] + rng.integers(500, 20_000, size=total)
    actors = actor[who]
    way = rng.random(total)
    community = world.people.community[actors]
    abroad = way < 0.14
    community = np.where(abroad, catalogue.elsewhere(rng, total), community)
    content = catalogue.choose(rng, community, ts)
    faithful = (way > 0.8) & (actors < len(favourites))
    if faithful.any():
        which = np.flatnonzero(faithful)
        author = favourites[actors[which], (rng.random(len(which)) ** 2 * 5).astype(np.int64)]
        own = catalogue.latest(author, ts[which])
        content[which] = np.where(own >= 0, own, content[which])
    source = click_sources(rng, total)
    source = np.where(faithful & (rng.random(total) < 0.4), PROFILE, source)
    out = rows(
        total,
        type=CLICK,
        ts=ts,
        actor=actors,
        content=content,
        source=source,
        dwell=dwell,
        ip=ip[who],
        device=device[who],
        label=label,
    )
    keep = (content >= 0) & (ts < world.end)
    keep &= world.contents.author[np.maximum(content, 0)] != actors
    return take(out, keep)
