"""Who lives here: their rhythm, circle, places and devices."""

from __future__ import annotations

import numpy as np

from tests.foreign.draw import DAY, HOUR, MINUTE, choose, mix, pair, unit
from tests.foreign.plan import Plan

# One sitting place lasts so long: events of one account within it share device and address.
_SITTING = 2 * HOUR
_MASK = np.uint64(0xFFFFFFFF)


class People:
    """Accounts as arrays, index by index; those behind `plan.people` are kept for newcomers.

    Attributes:
        phase: hours to add to UTC for the own clock, with larks and owls.
        circle, second: circles of interest.
        activity: how much they do, mean about 1.
        joined: when registered, ms.
        home: number of the household; some share one.
        org: number of the office or school, -1 without.
        fame: popularity as an author; 0 for those who publish nothing.
        owner: number of the person or company behind.
    """

    def __init__(self, plan: Plan, rng: np.random.Generator) -> None:
        n = plan.people
        total = n + max(2500, n // 2)
        self.plan, self.total = plan, total
        offsets, shares = np.array(plan.zones).T
        zone = rng.choice(len(offsets), size=total, p=shares)
        self.phase = offsets[zone] + rng.normal(0, 1.3, total)
        # Circles are mostly of one time zone.
        size = rng.dirichlet(np.full(plan.circles, 0.8))
        own = rng.choice(plan.circles, size=total, p=size)
        leaning = rng.choice(plan.circles, size=(len(offsets), max(2, plan.circles // 3)))
        local = leaning[zone, rng.integers(0, leaning.shape[1], total)]
        self.circle = np.where(rng.random(total) < 0.5, local, own)
        self.second = np.where(
            rng.random(total) < 0.4, rng.choice(plan.circles, size=total, p=size), self.circle
        )
        self.chinese = rng.random(plan.circles) < plan.chinese
        self.activity = np.minimum(rng.lognormal(-(plan.spread**2) / 2, plan.spread, total), 40)
        age = np.minimum(rng.exponential(700 * DAY, total) + 5 * DAY, 3500 * DAY)
        self.joined = (plan.start - age).astype(np.int64)
        self.home = rng.integers(0, int(total / 1.7), total)
        orgs = max(4, total // 220)
        weight = rng.pareto(1.2, orgs) + 0.2
        self.org = np.where(rng.random(total) < 0.45, rng.choice(orgs, total, p=weight / weight.sum()), -1)
        self.carrier = rng.integers(0, 4, total)
        self.devices = 1 + rng.binomial(3, 0.3, total)
        self.owner = np.arange(total)
        self.fame = np.zeros(total)
        public = rng.permutation(n)[: plan.public]
        self.fame[public] = (np.arange(len(public)) + 6.0) ** -plan.zipf
        self.fame[public] *= rng.lognormal(0, 0.3, len(public))
        self.public = public
        writers = np.setdiff1d(np.flatnonzero(rng.random(n) < 0.3), public)
        self.fame[writers] = (
            self.fame[public].sum() * 0.25 / max(1, len(writers)) * rng.lognormal(0, 1, len(writers))
        )
        self.writers = writers
        self.gone = np.full(total, plan.end + 400 * DAY, dtype=np.int64)
        hour = np.arange(96) / 4
        self.curve = (
            0.04
            + 0.25 * np.exp(-(((hour - 8) / 1.5) ** 2))
            + 0.6 * np.exp(-(((hour - 13) / 3.2) ** 2))
            + plan.peak * np.exp(-(((hour - 21) / 2.1) ** 2))
        )
        self.pools = rng.integers(30, 400, 4)
        self._next = n
        self._rng = rng

    def newcomers(self, n: int, joined: np.ndarray | int) -> np.ndarray:
        """`n` accounts that have not been here; registered at `joined`.

        Raises:
            RuntimeError: all that were kept are used up.
        """
        if self._next + n > self.total:
            raise RuntimeError("no more accounts were kept for newcomers")
        fresh = np.arange(self._next, self._next + n)
        self._next += n
        self.joined[fresh] = joined
        return fresh

    def left(self) -> int:
        """How many accounts are still kept for newcomers."""
        return self.total - self._next

    def awake(self, accounts: np.ndarray, ts: np.ndarray | int) -> np.ndarray:
        """How likely each is up at a moment, 0..about 1."""
        hour = (np.asarray(ts) / HOUR + self.phase[accounts]) % 24
        return self.curve[(hour * 4).astype(np.int64) % 96]

    def crowd(
        self, n: int, ts: int, circle: int = -1, pull: float = 12.0, out: np.ndarray | None = None
    ) -> np.ndarray:
        """`n` different residents who may act at `ts`; those of a circle are `pull` times as likely."""
        everyone = np.arange(self.plan.people)
        weights = self.awake(everyone, ts) * np.sqrt(self.activity[everyone])
        if circle >= 0:
            near = (self.circle[everyone] == circle) | (self.second[everyone] == circle)
            weights = weights * np.where(near, pull, 1.0)
        weights[(self.joined[everyone] > ts) | (self.gone[everyone] < ts)] = 0
        if out is not None:
            weights[out[out < len(weights)]] = 0
        return choose(self._rng, weights, n)

    def moments(self, accounts: np.ndarray, day: np.ndarray) -> np.ndarray:
        """A moment in the own rhythm of each account on its day (0 = the first), ms."""
        share = np.cumsum(self.curve) / self.curve.sum()
        local = np.searchsorted(share, self._rng.random(len(accounts))) / 4.0
        local = local + self._rng.random(len(accounts)) / 4.0
        utc = (local - self.phase[accounts]) % 24
        return (self.plan.start + day * DAY + utc * HOUR).astype(np.int64)

    def place(self, accounts: np.ndarray, ts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Address (32 bits) and device (a number) of each account at a moment."""
        seed = self.plan.seed
        which = pair(accounts, np.asarray(ts) // _SITTING)
        u, v = unit(which, seed + 1), unit(which, seed + 2)
        hour = (np.asarray(ts) / HOUR + self.phase[accounts]) % 24
        weekday = (np.asarray(ts) // DAY) % 7 < 5
        working = weekday & (hour > 8) & (hour < 18) & (self.org[accounts] >= 0)
        office = working & (u < 0.6)
        mobile = ~office & (u > 0.65)
        ip = self.home_address(accounts, ts)
        pool = self.pools[self.carrier[accounts]]
        moving = pair(accounts, np.asarray(ts) // (4 * HOUR))
        cell = (
            (100 + self.carrier[accounts]) * 2**24
            + 64 * 2**16
            + mix(moving, seed + 3) % pool.astype(np.uint64)
        )
        ip = np.where(mobile, cell.astype(np.int64), ip)
        ip = np.where(office, self.office_address(self.org[accounts], which), ip)
        # The first device is the phone; the others stay at home or at the desk.
        other = (v * self.devices[accounts]).astype(np.int64)
        device = np.asarray(accounts) * 8 + np.where(mobile, 0, other)
        shared = ~mobile & ~office & (unit(which, seed + 4) < 0.04)
        device = np.where(shared, self.home[accounts] * 8 + 7, device)
        return ip.astype(np.int64), device.astype(np.int64)

    def home_address(self, accounts: np.ndarray, ts: np.ndarray) -> np.ndarray:
        """The household's address, renewed now and then where the line is dynamic."""
        home = self.home[accounts]
        days = np.where(unit(home, 5) < 0.5, 1 + (mix(home, 6) % np.uint64(6)).astype(np.int64), 4000)
        lease = pair(home, np.asarray(ts) // DAY // days)
        isp = (mix(home, 7) % np.uint64(40)).astype(np.int64)
        return (
            (30 + isp) * 2**24 + (mix(lease, self.plan.seed + 8) & np.uint64(0x3FFFFF)).astype(np.int64)
        ) & 0xFFFFFFFF

    def office_address(self, org: np.ndarray, which: np.ndarray) -> np.ndarray:
        """One of an office's two addresses."""
        base = mix(org, self.plan.seed + 9) & _MASK
        return (base - base % np.uint64(2) + which % np.uint64(2)).astype(np.int64)

    def shift(self, account: int, hours: float, owner: int) -> None:
        """Other hands take an account: from now on its rhythm, home and devices are theirs."""
        self.phase[account] += hours
        self.home[account] = (self.home[account] + 7919) % int(self.total / 1.7)
        self.org[account] = -1
        self.carrier[account] = (self.carrier[account] + 1) % 4
        self.owner[account] = owner


def jitter(rng: np.random.Generator, n: int, minutes: float) -> np.ndarray:
    """Delays of people, heavy to the right, with a median of so many minutes; ms."""
    return (rng.lognormal(0, 1.0, n) * minutes * MINUTE).astype(np.int64)
