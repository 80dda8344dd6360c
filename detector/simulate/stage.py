"""What attacks and innocents are staged with: accounts to hire, moments, acts, labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.simulate.browsing import visit, visit_sources
from detector.simulate.config import DAY, HOUR, MINUTE
from detector.simulate.daily import Daily
from detector.simulate.engagement import leave_sources, react, repost_sources, spread, subscribe_sources
from detector.simulate.labels import Campaign, Innocent
from detector.simulate.traffic import (
    COMMENT,
    LOGIN,
    POST,
    REGISTER,
    REPOST,
    SUBSCRIBE,
    SUBSCRIPTION,
    UNSUBSCRIBE,
    Rows,
    concat,
    rows,
    take,
)
from detector.simulate.world import World

Ints = NDArray[np.int32]
Times = NDArray[np.int64]


class Stage:
    """A world whose ordinary life has been drawn, and what can be added to it.

    Bots act by the same functions as everybody: their addresses, devices, sources, reading times come from
    where everybody's come from. What differs is what they do together.
    """

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

    # Choices

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

    def recent(self, author: int, ts: int) -> int:
        """The author's last content before a moment; one is written for him if there is none."""
        found = int(self.daily.catalogue.latest(np.array([author]), np.array([ts]))[0])
        if found >= 0 and self.contents.ts[found] > ts - 3 * DAY:
            return found
        return int(self.publish(np.array([author]), np.array([ts - 20 * MINUTE]))[0])

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

    def recruit(
        self,
        count: int,
        before: int | Times,
        spread_hours: float = 60.0,
        label: int = -1,
        *,
        look: float = 0.35,
    ) -> Ints:
        """Accounts registered one by one in the hours before a moment, with a little life of their own.

        Args:
            before: one moment, or one for each account.
            look: share of them that look round after registering.
        """
        created = before - (self.rng.random(count) ** 1.5 * spread_hours * HOUR).astype(np.int64) - 5 * MINUTE
        new = self.world.society.add(self.rng, count, created=created, joined=created, fresh=True)
        seen = new[created >= self.start]
        self.register(seen, label)
        # A look round after registering, for most of them.
        looks = seen[self.rng.random(len(seen)) < look]
        ts = self.people.created[looks] + self.rng.lognormal(np.log(3 * MINUTE), 1.0, len(looks)).astype(
            np.int64
        )
        if len(looks):
            for piece in self.daily.live(looks, ts, label=label, zeal=0.5, login=0.1)[:1]:
                self.add(piece)
        return new

    def register(self, actor: Ints, label: int, **columns: Any) -> None:
        """Their register events, when they were created."""
        made = self.daily.account_rows(actor, self.people.created[actor], REGISTER, label=label, named=0.85)
        for name, value in columns.items():
            made[name][:] = value
        self.add(made)

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
        weight = np.cumsum(weight)
        return np.asarray(base[np.searchsorted(weight, self.rng.random(count) * weight[-1])])

    def members(self, count: int, community: int | None = None) -> Ints:
        """Distinct ordinary accounts, of one community where it is large enough."""
        base = self.world.base[self.people.joined[self.world.base] < self.start]
        if community is not None:
            inside = base[self.people.community[base] == community]
            base = inside if len(inside) >= count else base
        return np.asarray(self.rng.choice(base, size=min(count, len(base)), replace=False))

    # Times

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

    # Acts

    def add(self, piece: Rows) -> None:
        """Take rows in, those inside the window."""
        inside = (piece["ts"] >= self.start) & (piece["ts"] < self.end)
        self.world.traffic.add(take(piece, inside))

    def act(self, kind: int, actor: Ints, ts: Times, *, log_in: bool = True, **columns: Any) -> Rows:
        """Rows of one type from where each account is at the moment.

        Some log in before, unless `log_in` is false.
        """
        ip, device = self.world.society.where(self.rng, actor, ts)
        given = {"ip": ip, "device": device, **columns}
        piece = rows(len(actor), type=kind, ts=ts, actor=actor, **given)
        self.add(piece)
        if log_in:
            self._log_in(piece)
        return piece

    def _log_in(self, piece: Rows) -> None:
        """Some had to log in before, as for any session."""
        chance = self.rng.random(len(piece["ts"])) < self.world.rates.login * 0.6
        which = np.flatnonzero(chance & (piece["ip"] >= 0))
        if not len(which):
            return
        before = piece["ts"][which] - self.rng.integers(8_000, 240_000, size=len(which))
        made = self.daily.account_rows(piece["actor"][which], before, LOGIN)
        for name in ("ip", "device", "label"):
            made[name] = piece[name][which]
        self.add(take(made, before > self.people.created[piece["actor"][which]]))

    def subscribe(self, actor: Ints, ts: Times, target: int | Ints, label: int, **columns: Any) -> Rows:
        """Subscriptions without a funnel."""
        columns.setdefault("source", subscribe_sources(self.rng, len(actor)))
        return self.act(SUBSCRIPTION, actor, ts, target=target, action=SUBSCRIBE, label=label, **columns)

    def unsubscribe(self, actor: Ints, ts: Times, target: int | Ints, label: int, **columns: Any) -> Rows:
        """Followers leave."""
        columns.setdefault("source", leave_sources(self.rng, len(actor)))
        return self.act(SUBSCRIPTION, actor, ts, target=target, action=UNSUBSCRIBE, label=label, **columns)

    def click(self, actor: Ints, ts: Times, content: int | Ints, label: int, **columns: Any) -> Rows:
        """Clicks and nothing else."""
        piece = visit(self.world, actor, ts, np.broadcast_to(np.int32(content), (len(actor),)), label=label)
        for name, value in columns.items():
            piece[name][:] = value
        self.add(piece)
        return piece

    def repost(self, actor: Ints, ts: Times, content: int | Ints, label: int, **columns: Any) -> Rows:
        """Reposts; a quarter with a word."""
        says = self.rng.random(len(actor)) < 0.25
        columns.setdefault("text", np.where(says, -2, -1))
        columns.setdefault("source", repost_sources(self.rng, len(actor)))
        return self.act(REPOST, actor, ts, content=content, label=label, **columns)

    def comment(
        self,
        actor: Ints,
        ts: Times,
        content: int | Ints,
        label: int,
        texts: list[str] | None = None,
        **columns: Any,
    ) -> Rows:
        """Comments, with given texts or with what one says."""
        text: int | Ints = -2 if texts is None else self.contents.write(texts)
        columns.setdefault("source", visit_sources(self.rng, len(actor)))
        return self.act(COMMENT, actor, ts, content=content, text=text, label=label, **columns)

    def publish(
        self,
        author: Ints,
        ts: Times,
        label: int = -1,
        texts: list[str] | None = None,
        extras: list[dict[str, Any]] | None = None,
        **columns: Any,
    ) -> Ints:
        """Posts, with given or ordinary texts and fields; the contents."""
        content = self.contents.add(self.rng, author, ts)
        if texts is None:
            text = self.daily.announce(content, author, ts, label)
            self.text_of.update(zip(content.tolist(), text.tolist(), strict=True))
            return content
        text = self.contents.write(texts)
        self.text_of.update(zip(content.tolist(), text.tolist(), strict=True))
        extra = np.array(
            [self.contents.attach(e) if e else -1 for e in self._decorated(content, author, extras)],
            dtype=np.int32,
        )
        self.act(
            POST,
            author,
            ts,
            content=content,
            text=self.contents.write(texts),
            extra=extra,
            label=label,
            **columns,
        )
        return content

    def _decorated(
        self, content: Ints, author: Ints, extras: list[dict[str, Any]] | None
    ) -> list[dict[str, Any]]:
        """Given fields, on top of the tags, links and pictures that posts have anyway."""
        # A generator of its own: what decorates a post changes nothing else in the world.
        rng = np.random.default_rng((self.world.config.seed, 11, int(content[0]) if len(content) else 0))
        usual = self.daily.decorations(rng, author)
        for fields in usual:
            # Whoever quotes doesn't claim to have written it, unless that is what is staged.
            fields.pop("original", None)
        return usual if extras is None else [{**u, **e} for u, e in zip(usual, extras, strict=True)]

    def audience(
        self,
        content: int,
        clicks: int,
        start: int,
        hours: float,
        label: int = -1,
        *,
        zeal: float = 1.0,
        share: float = 0.75,
        source: int | None = None,
        cascade: int = 0,
    ) -> Rows:
        """Honest readers of a content: they come, thin out, react, share. What they did, all of it."""
        community = int(self.people.community[self.contents.author[content]])
        actor = self.crowd(clicks, community=community, share=share)
        wait = np.minimum(self.rng.exponential(hours / 2.5, size=clicks), hours) * HOUR
        ts = start + wait.astype(np.int64)
        inside = ts < self.end
        read = visit(
            self.world,
            actor[inside],
            ts[inside],
            np.full(int(inside.sum()), content, dtype=np.int32),
            source=source,
            label=label,
        )
        pieces = [read, *react(self.world, read, zeal=zeal)]
        if cascade:
            pieces += spread(self.world, self.daily.friends, pieces[1:], limit=cascade)
        for piece in pieces:
            self.add(piece)
        return concat(pieces)

    def readers(self, contents: Ints, each: float, hours: float = 30.0) -> None:
        """A few honest readers for staged posts, as any post has."""
        count = self.rng.poisson(each, size=len(contents))
        which = np.repeat(contents, count)
        if not len(which):
            return
        actor = self.crowd(len(which))
        wait = self.rng.exponential(hours / 3, size=len(which)) * HOUR
        ts = self.contents.ts[which] + wait.astype(np.int64)
        keep = ts < self.end
        read = visit(self.world, actor[keep], ts[keep], which[keep])
        for piece in [read, *react(self.world, read)]:
            self.add(piece)

    def look(
        self,
        actor: Ints,
        ts: Times,
        content: int | Ints,
        label: int,
        *,
        share: float = 0.85,
        **columns: Any,
    ) -> None:
        """Most of those who will act have read before, for a while."""
        which = np.flatnonzero(self.rng.random(len(actor)) < share)
        read = visit(
            self.world,
            actor[which],
            ts[which],
            np.broadcast_to(np.asarray(content, dtype=np.int32), (len(actor),))[which],
            label=label,
        )
        read["ts"] = ts[which] - read["dwell"] - self.rng.integers(1_500, 20_000, size=len(which))
        for name, value in columns.items():
            read[name] = np.broadcast_to(np.asarray(value), (len(actor),))[which].astype(read[name].dtype)
        self.add(read)

    def live(self, actor: Ints, start: int, each: float, label: int = -1) -> None:
        """Some accounts go on living: `each` sessions on average between a moment and the end."""
        count = self.rng.poisson(each, size=len(actor))
        who = np.repeat(actor, count)
        if not len(who) or start >= self.end:
            return
        ts = self.world.rhythm.draw(
            self.rng, self.people.zone[who], np.full(len(who), max(start, self.start))
        )
        for piece in self.daily.live(who, ts, label=label):
            self.add(piece)

    def words_of(self, content: int) -> str:
        """The text of a post."""
        return self.contents.texts[self.text_of[content]] if content in self.text_of else ""

    # Labels

    def campaign(
        self, name: str, kinds: tuple[str, ...], start: int, hours: float, **more: Any
    ) -> tuple[Campaign, int]:
        """Register an attack; it and the label of its rows."""
        campaign = Campaign(name=name, kinds=kinds, start=start, end=int(start + hours * HOUR), **more)
        return campaign, self.world.labels.campaign(campaign)

    def innocent(self, kind: str, start: int, hours: float, **more: Any) -> tuple[Innocent, int]:
        """Register an innocent; it and the label of its rows."""
        innocent = Innocent(kind=kind, start=start, end=int(start + hours * HOUR), **more)
        return innocent, self.world.labels.innocent(innocent)
