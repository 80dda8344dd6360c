"""Ordinary life: sittings, and what is passed on from one to the next."""

from __future__ import annotations

import numpy as np

from tests.foreign import log as ev
from tests.foreign.draw import DAY, HOUR, MINUTE, unit
from tests.foreign.log import Log
from tests.foreign.people import People, jitter
from tests.foreign.plan import Plan
from tests.foreign.shelf import Attention, Shelf
from tests.foreign.words import Writer


class Life:
    """Sittings of people who look at, pass on, answer and follow."""

    def __init__(
        self, plan: Plan, people: People, log: Log, writer: Writer, shelf: Shelf, rng: np.random.Generator
    ) -> None:
        self.plan, self.people, self.log, self.writer, self.shelf, self.rng = (
            plan,
            people,
            log,
            writer,
            shelf,
            rng,
        )
        self.attention = Attention(people)
        # Everybody has busy days and idle ones.
        self._busy = np.cumsum(rng.gamma(0.7, size=(people.total, plan.days)) + 1e-3, axis=1)

    def residents(self, events: int) -> None:
        """About so many events of the residents, by their activity."""
        people, n = self.people, int(events / self.plan.session)
        weight = people.activity[: self.plan.people]
        self.sittings(self.rng.choice(self.plan.people, n, p=weight / weight.sum()))

    def sittings(
        self, who: np.ndarray, since: np.ndarray | None = None, until: np.ndarray | None = None
    ) -> None:
        """One sitting for each entry of `who`, on one of its busy days between `since` and `until`."""
        plan, rng, people = self.plan, self.rng, self.people
        busy = self._busy[who]
        day = (busy < (rng.random(len(who)) * busy[:, -1])[:, None]).sum(1)
        if since is not None and until is not None:
            first = (since - plan.start) // DAY
            last = (np.minimum(until, plan.end - 1) - plan.start) // DAY
            day = np.clip(
                first + (rng.random(len(who)) * (last - first + 1)).astype(np.int64), 0, plan.days - 1
            )
        begin = people.moments(who, day)
        length = rng.geometric(1 / plan.session, len(who))
        of = np.repeat(np.arange(len(who)), length)
        gap = (rng.lognormal(0, 1.1, len(of)) * 25_000).astype(np.int64) + 900
        ends = np.cumsum(length)
        run = np.cumsum(gap)
        ts = begin[of] + run - np.repeat(run[ends - length], length)
        actor = who[of]
        low = (
            people.joined[actor] + 5_000
            if since is None
            else np.maximum(people.joined[actor] + 5_000, since[of])
        )
        high = np.minimum(people.gone[actor], plan.end) if until is None else until[of]
        fits = (ts >= low) & (ts < high)
        if fits.any():
            self._act(actor[fits], ts[fits], of[fits])

    def _act(self, actor: np.ndarray, ts: np.ndarray, sitting: np.ndarray) -> None:
        plan, rng, log, people = self.plan, self.rng, self.log, self.people
        n = len(actor)
        taste = np.exp(1.2 * (unit(actor, 51) - 0.5))
        shares = np.cumsum(
            [
                plan.repost * taste * np.exp(2.0 * (unit(actor, 52) - 0.6)),
                plan.comment * taste * np.exp(2.0 * (unit(actor, 53) - 0.6)),
                np.full(n, plan.follow),
                np.full(n, 0.02),
                np.full(n, plan.follow * 0.1),
            ],
            axis=0,
        )
        do = (rng.random(n) > shares).sum(0)
        authors = self.attention.authors(rng, actor)
        contents = self.shelf.seen(rng, authors, ts)
        # Most who pass on, answer or follow have just read what it is about.
        again = (do < 3) & (rng.random(n) < 0.75)
        again[0] = False
        again[1:] &= sitting[1:] == sitting[:-1]
        source = np.maximum.accumulate(np.where(again, 0, np.arange(n)))
        authors, contents = authors[source], contents[source]
        good = (contents >= 0) & (authors != actor)

        def of(kind: int) -> np.ndarray:
            return np.flatnonzero((do == kind) & (good | (kind == 3)))

        rows = of(0)
        log.add(
            ev.REPOST, ts[rows], actor[rows], contents[rows], text=self.words(actor[rows], 0.3), base=True
        )
        rows = of(1)
        log.add(
            ev.COMMENT, ts[rows], actor[rows], contents[rows], text=self.words(actor[rows], 1.0), base=True
        )
        rows = of(2)
        log.add(ev.SUBSCRIPTION, ts[rows], actor[rows], authors[rows], base=True)
        rows = of(3)
        log.add(ev.ACCOUNT, ts[rows], actor[rows], action=ev.LOGIN, extra=self.logins(actor[rows]), base=True)
        rows = of(4)
        log.add(ev.SUBSCRIPTION, ts[rows], actor[rows], authors[rows], action=ev.UNSUBSCRIBE, base=True)
        rows = of(5)
        unknown = rng.random(len(rows)) < plan.anonymous
        ip, device = people.place(actor[rows], ts[rows])
        who = np.where(unknown, -1, actor[rows])
        log.add(
            ev.CLICK,
            ts[rows],
            who,
            contents[rows],
            ip=ip,
            device=device,
            dwell=log.dwell(actor[rows], contents[rows]),
            base=True,
        )

    def words(self, actor: np.ndarray, share: float) -> list[str]:
        """A comment of each in the language of the circle; only a share has any."""
        some = self.rng.random(len(actor)) < share
        circles = self.people.circle[actor]
        return [self.writer.comment(int(c)) if s else "" for c, s in zip(circles, some, strict=True)]

    def logins(self, actor: np.ndarray) -> list[dict[str, object]]:
        """Who is behind each, where the platform tells."""
        return [{"entity": int(o)} for o in self.people.owner[actor]]

    def cascade(
        self,
        content: int,
        ts: int,
        seeds: int,
        spread: float,
        *,
        circle: int = -1,
        hours: float = 1.0,
        most: int = 3000,
        clicks: float = 5.0,
        follows: float = 0.2,
        comments: float = 0.5,
    ) -> np.ndarray:
        """Passed on from hand to hand (a branching process); returns all who took part."""
        rng, log, people = self.rng, self.log, self.people
        author = int(log.authors[content])
        used = np.array([author])
        when = ts + jitter(rng, seeds, 25 * hours)
        everyone: list[np.ndarray] = []
        total = 0
        while len(when) and total < most:
            when = when[when < self.plan.end - HOUR]
            who = people.crowd(len(when), int(np.median(when)) if len(when) else ts, circle, 8.0, used)
            rng.shuffle(who)
            when = when[: len(who)]
            if not len(who):
                break
            used = np.concatenate([used, who])
            read = rng.random(len(who)) < 0.7
            log.add(
                ev.CLICK,
                when[read] - rng.integers(5_000, 4 * MINUTE, int(read.sum())),
                who[read],
                content,
                source=ev.SHARE,
            )
            log.add(ev.REPOST, when, who, content, text=self.words(who, 0.35))
            everyone.append(who)
            total += len(who)
            self.crowd_reads(
                content, np.repeat(when, rng.poisson(clicks, len(when))), circle, follows, comments
            )
            children = rng.poisson(spread * rng.lognormal(-0.3, 0.8, len(when)))
            when = np.repeat(when, children) + jitter(rng, int(children.sum()), 35 * hours)
        return np.concatenate(everyone) if everyone else used[:0]

    def crowd_reads(
        self, content: int, seen: np.ndarray, circle: int, follows: float, comments: float
    ) -> np.ndarray:
        """People who see something at about these moments read it, and some answer or follow."""
        rng, log, people = self.rng, self.log, self.people
        ts = np.sort(seen + jitter(rng, len(seen), 20))
        ts = ts[ts < self.plan.end]
        if not len(ts):
            return ts
        author = int(log.authors[content])
        who = np.concatenate(
            [
                people.crowd(len(part), int(part[0]), circle, 8.0, np.array([author]))
                for part in np.array_split(ts, 1 + len(ts) // 400)
            ]
        )
        ts = ts[: len(who)]
        rng.shuffle(who)
        log.add(ev.CLICK, ts, who, content)
        some = rng.random(len(who)) < comments / 5
        log.add(
            ev.COMMENT,
            ts[some] + jitter(rng, int(some.sum()), 1),
            who[some],
            content,
            text=self.words(who[some], 1),
        )
        some = rng.random(len(who)) < follows / 5
        log.add(ev.SUBSCRIPTION, ts[some] + jitter(rng, int(some.sum()), 1), who[some], author)
        return who
