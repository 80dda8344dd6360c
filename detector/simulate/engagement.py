"""What comes of reading: reposts, comments, subscriptions; and the readers that reposts bring."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.simulate.browsing import visit
from detector.simulate.config import HOUR, MINUTE
from detector.simulate.sources import leave_sources, repost_sources, subscribe_sources
from detector.simulate.traffic import (
    COMMENT,
    REPOST,
    SHARE,
    SUBSCRIBE,
    SUBSCRIPTION,
    UNSUBSCRIBE,
    Rows,
    concat,
    length,
    rows,
    take,
)
from detector.simulate.world import World

Ints = NDArray[np.int32]
_GENERATIONS = 9


class Friends:
    """Who sees what one shares: people near in the community's web, now and then others of it."""

    def __init__(self, world: World) -> None:
        people, base = world.people, world.base
        order = base[np.lexsort((people.circle[base], people.community[base]))]
        self._order = order
        self._start = np.searchsorted(people.community[order], np.arange(world.society.communities + 1))
        self._position = np.full(len(people), -1, dtype=np.int64)
        self._position[order] = np.arange(len(order))

    def draw(self, rng: np.random.Generator, world: World, actor: Ints) -> Ints:
        """A friend of each actor."""
        community = world.people.community[actor]
        low, high = self._start[community], self._start[community + 1]
        known = np.where(actor < len(self._position), actor, 0)
        position = np.where(actor < len(self._position), self._position[known], -1)
        anywhere = low + (rng.random(len(actor)) * (high - low)).astype(np.int64)
        position = np.where(position < 0, anywhere, position)
        step = np.rint(rng.normal(0.0, 14.0, size=len(actor))).astype(np.int64)
        near = np.clip(position + step, low, np.maximum(high - 1, low))
        chosen = np.where(rng.random(len(actor)) < 0.35, anywhere, near)
        return np.asarray(self._order[np.clip(chosen, 0, len(self._order) - 1)])


def react(world: World, clicks: Rows, *, zeal: float = 1.0) -> list[Rows]:
    """Reposts, comments and subscriptions that follow clicks, from the same address and device.

    Args:
        zeal: factor on all three chances.
    """
    rng, people, rates = world.rng, world.people, world.rates
    actor, content = clicks["actor"], clicks["content"]
    count = len(actor)
    author = world.contents.author[content]
    dwell = np.maximum(clicks["dwell"], 0)
    spread = world.contents.spread[content]
    out = []

    def after(which: NDArray[np.intp], seconds: float) -> NDArray[np.int64]:
        passed = dwell[which] * rng.uniform(0.4, 1.1, size=len(which))
        passed += rng.lognormal(np.log(seconds * 1000), 0.8, size=len(which))
        return np.asarray(clicks["ts"][which] + passed.astype(np.int64))

    chance = rates.repost * zeal * people.sharing[actor] * spread
    which = np.flatnonzero((rng.random(count) < np.minimum(chance, 0.55)) & (actor != author))
    says = rng.random(len(which)) < 0.25
    reposts = take(clicks, which)
    reposts.update(rows(len(which), type=REPOST, ts=after(which, 4.0), text=np.where(says, -2, -1)))
    _inherit(reposts, clicks, which, source=repost_sources(rng, len(which)))
    out.append(reposts)

    chance = rates.comment * zeal * people.talking[actor] * np.minimum(np.sqrt(spread), 3.0)
    which = np.flatnonzero(rng.random(count) < np.minimum(chance, 0.5))
    again = which[rng.random(len(which)) < 0.12]
    which = np.concatenate([which, again])
    comments = rows(len(which), type=COMMENT, ts=after(which, 15.0), text=-2)
    _inherit(comments, clicks, which, source=clicks["source"][which])
    out.append(comments)

    chance = rates.subscribe * zeal * people.following[actor]
    which = np.flatnonzero((rng.random(count) < np.minimum(chance, 0.5)) & (actor != author))
    follows = rows(
        len(which), type=SUBSCRIPTION, ts=after(which, 5.0), target=author[which], action=SUBSCRIBE
    )
    _inherit(follows, clicks, which, source=subscribe_sources(rng, len(which)))
    follows["content"][:] = -1
    out.append(follows)
    out.append(regret(world, follows))
    return out


def _inherit(piece: Rows, clicks: Rows, which: NDArray[np.intp], source: Ints) -> None:
    for name in ("actor", "content", "ip", "device", "label"):
        piece[name] = clicks[name][which]
    piece["source"] = source.astype(np.int8)


def regret(world: World, follows: Rows, share: float | None = None, median_hours: float = 26.0) -> Rows:
    """Some who followed leave again, after hours or days."""
    rng = world.rng
    count = length(follows)
    which = np.flatnonzero(rng.random(count) < (world.rates.churn if share is None else share))
    left = take(follows, which)
    left["action"] = np.full(len(which), UNSUBSCRIBE, dtype=np.int8)
    wait = rng.lognormal(np.log(median_hours), 1.2, size=len(which)) * HOUR
    left["ts"] = left["ts"] + wait.astype(np.int64)
    left["ip"], left["device"] = world.society.where(rng, left["actor"], left["ts"])
    left["source"] = leave_sources(rng, len(which)).astype(np.int8)
    return take(left, left["ts"] < world.end)


def spread(world: World, friends: Friends, pieces: list[Rows], *, limit: int) -> list[Rows]:
    """The cascade: reposts bring readers, some of whom repost; generation by generation.

    Args:
        pieces: what `react` gave; its reposts are the first generation.
        limit: of all clicks it may bring.
    """
    rng = world.rng
    out: list[Rows] = []
    wave = concat([p for p in pieces if length(p) and p["type"][0] == REPOST])
    budget = limit
    for _ in range(_GENERATIONS):
        if not length(wave) or budget <= 0:
            break
        # The well-read bring more; saturation: a content known to many finds fewer new readers.
        weight = 0.6 + 0.25 * np.sqrt(np.minimum(world.people.reach[wave["actor"]], 60.0))
        readers = rng.poisson(world.rates.friends * weight)
        source = np.repeat(np.arange(length(wave)), readers)[:budget]
        actor = friends.draw(rng, world, wave["actor"][source])
        wait = rng.lognormal(np.log(22 * MINUTE), 1.25, size=len(source)).astype(np.int64)
        ts = wave["ts"][source] + wait
        inside = np.flatnonzero(ts < world.end)
        actor, ts, source = actor[inside], ts[inside], source[inside]
        asleep = rng.random(len(ts)) > world.rhythm.wakefulness(ts, world.people.zone[actor]) * 1.6
        ts = ts + np.where(asleep, rng.uniform(3, 8, size=len(ts)) * HOUR, 0).astype(np.int64)
        keep = (ts < world.end) & (world.people.joined[actor] < ts)
        actor, ts, source = actor[keep], ts[keep], source[keep]
        clicks = visit(world, actor, ts, wave["content"][source], source=SHARE)
        clicks["label"] = wave["label"][source]
        own = world.contents.author[clicks["content"]] == actor
        clicks = take(clicks, ~own)
        budget -= length(clicks)
        out.append(clicks)
        reactions = react(world, clicks)
        out.extend(reactions)
        wave = reactions[0]
    return out
