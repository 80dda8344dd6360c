"""What staged accounts do: register, follow, click, repost, comment, post."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.simulate.browsing import visit
from detector.simulate.casting import Casting, Ints, Times
from detector.simulate.config import DAY, HOUR, MINUTE
from detector.simulate.sources import (
    leave_sources,
    repost_sources,
    subscribe_sources,
    visit_sources,
)
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
    take,
)


class Acts(Casting):
    """Acts go through the same functions as everybody's: addresses, devices, sources, reading times come from
    where everybody's come from. What differs is what is done together.
    """

    def add(self, piece: Rows) -> None:
        """Take rows in, those inside the window."""
        inside = (piece["ts"] >= self.start) & (piece["ts"] < self.end)
        self.world.traffic.add(take(piece, inside))

    def act(self, kind: int, actor: Ints, ts: Times, *, log_in: bool = True, **columns: Any) -> Rows:
        """Rows of one type from where each account is at the moment.

        Some log in before, unless `log_in` is false.
        """
        piece = self.world.placed(kind, actor, ts, **columns)
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

    def recent(self, author: int, ts: int) -> int:
        """The author's last content before a moment; one is written for him if there is none."""
        found = int(self.daily.catalogue.latest(np.array([author]), np.array([ts]))[0])
        if found >= 0 and self.contents.ts[found] > ts - 3 * DAY:
            return found
        return int(self.publish(np.array([author]), np.array([ts - 20 * MINUTE]))[0])

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

    def words_of(self, content: int) -> str:
        """The text of a post."""
        return self.contents.texts[self.text_of[content]] if content in self.text_of else ""
