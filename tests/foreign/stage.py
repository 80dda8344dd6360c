"""What attacks and innocent crowds are staged with, and the labels they leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tests.foreign import log as ev
from tests.foreign.draw import DAY, HOUR, MINUTE, choose
from tests.foreign.log import Log
from tests.foreign.people import People, jitter
from tests.foreign.plan import Plan, clear_of_edges
from tests.foreign.shelf import decoration
from tests.foreign.traffic import Life
from tests.foreign.words import Writer


class Stage:
    """The world as it is when something is staged in it.

    Attributes:
        campaigns, innocents: labels, ready for JSON.
        follows: ordinary new followers a day of each account.
        names: display names that events have shown.
        hired: aged accounts that somebody rents out; campaigns share them.
    """

    def __init__(self, plan: Plan, people: People, log: Log, writer: Writer, life: Life) -> None:
        self.plan, self.people, self.log, self.writer, self.life = plan, people, log, writer, life
        self.rng = np.random.default_rng([plan.seed, 0x57])
        self.campaigns: list[dict[str, Any]] = []
        self.innocents: list[dict[str, Any]] = []
        self.names: dict[int, str] = {}
        self.used: set[int] = set()
        self.reserved: set[int] = set()
        # Who lives on as which account: new owners of accounts that changed hands.
        self.heirs: dict[int, int] = {}
        columns = log.columns()
        new = (columns["kind"] == ev.SUBSCRIPTION) & (columns["action"] == ev.SUBSCRIBE)
        self.follows = np.bincount(columns["obj"][new], minlength=people.total) / plan.days
        done = np.bincount(columns["actor"][columns["actor"] >= 0], minlength=people.total)
        self.done = done
        able = np.flatnonzero(
            (done[: plan.people] >= 3)
            & (people.fame[: plan.people] <= np.quantile(people.fame[people.public], 0.3))
        )
        self.hired = self.rng.permutation(able)[: max(520, len(able) // 12)]

    # People

    def rent(self, n: int, at: int, out: Iterable[int] = ()) -> np.ndarray:
        """Aged accounts of the market, with lives of their own; those that are up at that hour first."""
        pool = np.setdiff1d(self.hired, np.fromiter(out, dtype=np.int64))
        return self.rng.permutation(pool[choose(self.rng, self.people.awake(pool, at), n)])

    def fresh(self, n: int, before: int) -> np.ndarray:
        """Accounts registered for hire in the days before, one by one, that do a little of everything."""
        span = self.rng.uniform(0.3, 4) * DAY
        earliest = max(self.plan.start, int(before - span))
        joined = np.sort(self.rng.uniform(earliest, before - 10 * MINUTE, n)).astype(np.int64)
        return self.settle(joined, lively=float(self.rng.uniform(1, 3)), fake=True)

    def settle(
        self, joined: np.ndarray, lively: float = 2.0, fake: bool = False, **fields: Any
    ) -> np.ndarray:
        """New accounts that register and look around."""
        who = self.people.newcomers(len(joined), joined)
        self.register(who, joined, fake=fake, **fields)
        times = self.rng.poisson(lively, len(who))
        again = np.repeat(who, times)
        if len(again):
            since = self.people.joined[again] + 20_000
            self.life.sittings(again, since, np.full(len(again), self.plan.end))
        return who

    def register(
        self, who: np.ndarray, ts: np.ndarray, fake: bool = False, names: Sequence[str] = (), **fields: Any
    ) -> None:
        """Registrations, with names."""
        names = names or [self.writer.name(int(c)) for c in self.people.circle[who]]
        for account, name in zip(who.tolist(), names, strict=True):
            self.names[account] = name
        extra = [
            {"name": name, "entity": int(owner)}
            for name, owner in zip(names, self.people.owner[who], strict=True)
        ]
        self.log.add(ev.ACCOUNT, ts, who, action=ev.REGISTER, extra=extra, fake=fake, **fields)

    def author(self, low: float, high: float) -> int:
        """A public account with so many new followers a day, not used by anything else where there is one."""
        public = self.people.public
        rate = self.follows[public]
        fit = public[(rate >= low) & (rate <= high)]
        free = np.setdiff1d(fit, np.fromiter(self.used, dtype=np.int64))
        if not len(free):
            rest = np.setdiff1d(public, np.fromiter(self.used, dtype=np.int64))
            middle = (low + min(high, 1e6)) / 2
            free = rest[np.argsort(np.abs(self.follows[rest] - middle))[:3]]
        # Who has an audience has more to gain.
        weight = (self.follows[free] + 0.1) ** 0.7
        chosen = int(self.rng.choice(free, p=weight / weight.sum()))
        self.used.add(chosen)
        return chosen

    def resident(self) -> int:
        """Somebody who isn't public, hired or used, and is here often."""
        able = np.flatnonzero(
            (self.people.fame[: self.plan.people] == 0) & (self.done[: self.plan.people] >= 6)
        )
        able = np.setdiff1d(able, self.hired)
        able = np.setdiff1d(able, np.fromiter(self.reserved, dtype=np.int64))
        chosen = int(self.rng.choice(able))
        self.reserved.add(chosen)
        return chosen

    def lines(self, n: int, at: int) -> np.ndarray:
        """Addresses of ordinary homes."""
        return self.people.home_address(self.rng.integers(0, self.plan.people, n), np.full(n, at))

    # Events

    def when(self, length: float, first: float = 1.5 * DAY) -> int:
        """A start for something of so many ms."""
        return clear_of_edges(self.plan, self.rng, length, first)

    def spread(self, n: int, start: int, length: float) -> np.ndarray:
        """`n` moments within `length` ms, in a shape of its own: even, early, late or in waves."""
        rng = self.rng
        a, b = rng.uniform(0.8, 2.5, 2)
        u = rng.beta(a, b, n)
        if rng.random() < 0.3:
            u = (u + rng.integers(0, 3, n)) / 3
        return np.sort(start + u * length).astype(np.int64)

    def posts(self, author: int, start: int, end: int) -> np.ndarray:
        """Contents of an author between two times; the newest before when there is none."""
        contents, _ = self.life.shelf.of(author, start, end)
        if not len(contents):
            contents = self.life.shelf.seen(self.rng, np.array([author]), np.array([end]))
        return contents

    def post(
        self,
        who: np.ndarray | int,
        ts: np.ndarray | int,
        texts: Sequence[str],
        fake: bool = False,
        **extra: Any,
    ) -> np.ndarray:
        """Posts; returns their contents. What is in `extra` goes on all of them."""
        who, ts = np.broadcast_arrays(np.atleast_1d(who), np.atleast_1d(ts))
        contents = self.log.publish(who)
        # Beside it, what any post may have; a generator of its own, that changes nothing else.
        rng = np.random.default_rng([self.plan.seed, 0xDE, int(contents[0]) if len(contents) else 0])
        numbers = rng.random((len(contents), 6)).tolist()
        circles = self.people.circle[who].tolist()
        tags = [f"t{self.writer.word(c, u[1])}" for c, u in zip(circles, numbers, strict=True)]
        extras = [{**decoration(u, tag), **extra} for u, tag in zip(numbers, tags, strict=True)]
        self.log.add(ev.POST, ts, who, contents, text=list(texts), extra=extras, fake=fake)
        return contents

    def read_first(
        self, who: np.ndarray, ts: np.ndarray, content: np.ndarray | int, share: float, fake: bool
    ) -> None:
        """A share of them opens something of the author shortly before."""
        some = self.rng.random(len(who)) < share
        content = np.broadcast_to(np.asarray(content), len(who))
        before = self.rng.integers(8_000, 5 * MINUTE, int(some.sum()))
        self.log.add(ev.CLICK, ts[some] - before, who[some], content[some], fake=fake)

    def attention(self, contents: np.ndarray, ts: np.ndarray, mean: float, circle: int = -1) -> None:
        """What these contents get of ordinary readers."""
        for content, t, n in zip(contents, ts, self.rng.poisson(mean, len(contents)), strict=True):
            if n:
                seen = int(t) + jitter(self.rng, int(n), 40)
                self.life.crowd_reads(int(content), seen, circle, 0.15, 0.5)

    def follow(self, who: np.ndarray, ts: np.ndarray, target: int, fake: bool = False, **fields: Any) -> None:
        """Subscriptions to one account."""
        self.log.add(ev.SUBSCRIPTION, ts, who, target, fake=fake, **fields)

    def shift_of(self, who: np.ndarray, ts: np.ndarray) -> np.ndarray:
        """One of them for each moment, of three at random the one who is up."""
        some = self.rng.choice(who, (3, len(ts)))
        up = np.stack([self.people.awake(row, ts) for row in some]) * self.rng.random(some.shape)
        return some[up.argmax(0), np.arange(len(ts))]

    # Labels

    def campaign(
        self,
        name: str,
        kinds: Sequence[str],
        start: int,
        end: int,
        *,
        also: Sequence[str] = (),
        subjects: Sequence[str] = (),
        who: Sequence[int] | np.ndarray = (),
        contents: Sequence[str] = (),
        pace: str = "burst",
        role: str | None = None,
        size: int = 0,
    ) -> None:
        """Label of an attack; `kinds` that find it, those that are also true of it."""
        self.campaigns.append(
            {
                "name": name,
                "kinds": list(kinds),
                "also": list(also),
                "start": int(start),
                "end": int(end),
                "subjects": list(subjects),
                "participants": self.log.account_ids(who),
                "contents": sorted(contents),
                "pace": pace,
                "role": role,
                "size": size or len(who),
            }
        )

    def innocent(
        self,
        kind: str,
        start: int,
        end: int,
        *,
        subjects: Sequence[str] = (),
        who: Sequence[int] | np.ndarray = (),
        contents: Sequence[str] = (),
    ) -> None:
        """Label of something honest."""
        self.innocents.append(
            {
                "kind": kind,
                "start": int(start),
                "end": int(end),
                "subjects": list(subjects),
                "accounts": self.log.account_ids(who),
                "contents": sorted(contents),
            }
        )

    def aid(self, account: int) -> str:
        """Identifier of an account."""
        return self.log.account_id(int(account))

    def cids(self, contents: Iterable[int]) -> list[str]:
        """Identifiers of contents."""
        return [self.log.content_id(int(c)) for c in contents]


__all__ = ["DAY", "HOUR", "MINUTE", "Stage", "jitter"]
