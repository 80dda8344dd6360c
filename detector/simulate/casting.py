"""Who takes part in what is staged, and when: accounts, targets, sizes, moments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.simulate.config import DAY, HOUR
from detector.simulate.daily import Daily
from detector.simulate.traffic import POST, SUBSCRIBE, SUBSCRIPTION
from detector.simulate.world import World

Ints = NDArray[np.int32]
Times = NDArray[np.int64]


class Casting:
    """A world whose ordinary life has been drawn, and choices in it."""

    def __init__(self, world: World, daily: Daily) -> None:
        self.world = world
        self.daily = daily
        self.rng = world.rng
        self.people = world.people
        self.contents = world.contents
        self.start, self.end = world.start, world.end
        self.hours = (world.end - world.start) / HOUR
        self.size = world.config.size
        base = world.traffic.all()
        follows = base["target"][(base["type"] == SUBSCRIPTION) & (base["action"] == SUBSCRIBE)]
        count = len(world.people)
        self.followed = np.bincount(follows, minlength=count)  # by the base, in the whole window
        self.active = np.bincount(base["actor"][base["actor"] >= 0], minlength=count)
        self.wrote = np.bincount(base["actor"][base["type"] == POST], minlength=count)
        posted = base["type"] == POST
        self.text_of = dict(zip(base["content"][posted].tolist(), base["text"][posted].tolist(), strict=True))
        self._subjects: set[int] = set()
        aged = world.base[
            (world.people.joined[world.base] < world.start)
            & (self.start - world.people.created[world.base] > 120 * DAY)
            & (self.active[world.base] >= 3)
            & (world.people.reach[world.base] < 20)
        ]
        # Accounts whose owners rent them out: one pool for all sellers, so campaigns share them.
        self.pool = self.rng.permutation(aged)[: max(400, len(aged) // 12)]

    def number(self, low: int, high: int, floor: int = 20) -> int:
        """A size between `low` and `high` (log-uniform) times the world's factor, at least `floor`."""
        value = np.exp(self.rng.uniform(np.log(low), np.log(high))) * self.size
        return max(floor, round(float(value)))

    def moment(self, tail_hours: float = 1.0, *, attack: bool = True) -> int:
        """A moment of the window that leaves `tail_hours` after it; attacks spare the first stretch."""
        share = self.world.config.attacks_from if attack else 0.02
        low = self.start + share * (self.end - self.start)
        high = max(low + 1, self.end - tail_hours * HOUR)
        return int(self.rng.uniform(low, high))

    def hours_left(self, start: int, wanted: float) -> float:
        """`wanted` hours, or as many as the window has left after `start`."""
        return float(min(wanted, max(0.2, (self.end - start) / HOUR - 0.1)))

    def target(self, low: float = 1.0, high: float = 400.0, *, fresh: bool = True) -> int:
        """An author with between `low` and `high` followers a day of his own; each is a subject once."""
        days = self.hours / 24
        rate = self.followed / days
        known = np.arange(len(self.followed))
        fits = (rate >= low) & (rate <= high) & (self.wrote > 0) & (self.people.joined[known] < self.start)
        candidates = [int(c) for c in self.rng.permutation(known[fits])[:200] if c not in self._subjects]
        if not candidates:
            rest = self.authors()
            candidates = [int(c) for c in self.rng.permutation(rest)[:400] if c not in self._subjects]
        chosen = candidates[0]
        if fresh:
            self._subjects.add(chosen)
        return chosen

    def authors(self) -> Ints:
        """Those who were there before the window and post now and then."""
        base = self.world.base
        return base[(self.people.posting[base] > 0.05) & (self.people.joined[base] < self.start)]

    def rent(self, count: int, language: int | None = None) -> Ints:
        """Aged accounts with a history of their own; of one language where the common pool has enough."""
        pool = self.pool
        if language is not None:
            speakers = pool[self.people.language[pool] == language]
            pool = speakers if len(speakers) >= count else pool
        return np.sort(self.rng.choice(pool, size=min(count, len(pool)), replace=False))

    def tongue(self) -> int:
        """A language, by how many accounts speak it."""
        return int(self.people.language[self.rng.choice(self.pool)])

    def crowd(self, count: int, *, community: int | None = None, share: float = 0.75) -> Ints:
        """Ordinary accounts by how active they are; `share` of them of one community."""
        base, people = self.world.base, self.people
        base = base[people.joined[base] < self.start]
        weight = people.activity[base].copy()
        if community is not None:
            weight *= np.where(
                people.community[base] == community,
                share / max(weight[people.community[base] == community].sum(), 1e-9),
                (1 - share) / max(weight[people.community[base] != community].sum(), 1e-9),
            )
        return self.world.by_weight(base, weight, count)

    def members(self, count: int, community: int | None = None) -> Ints:
        """Distinct ordinary accounts, of one community where it is large enough."""
        base = self.world.base[self.people.joined[self.world.base] < self.start]
        if community is not None:
            inside = base[self.people.community[base] == community]
            base = inside if len(inside) >= count else base
        return np.asarray(self.rng.choice(base, size=min(count, len(base)), replace=False))

    def burst(self, count: int, start: int, hours: float) -> Times:
        """Moments of a burst: irregular, thick in the middle."""
        return start + (self.rng.beta(1.3, 1.8, size=count) * hours * HOUR).astype(np.int64)

    def drip(self, actor: Ints, start: int, hours: float) -> Times:
        """Moments over hours or days, by the daily rhythm of each account."""
        zone = self.people.zone[actor]
        draws = start + (self.rng.random((6, len(actor))) * hours * HOUR).astype(np.int64)
        out = draws[0]
        settled = np.zeros(len(actor), dtype=bool)
        for row in draws:
            awake = self.rng.random(len(actor)) < self.world.rhythm.wakefulness(row, zone) / 2.0
            out = np.where(~settled & awake, row, out)
            settled |= awake
        return np.asarray(out)
