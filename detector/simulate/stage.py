"""What attacks and innocents are staged with: accounts to hire, moments, acts, an audience, labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.simulate.acts import Acts
from detector.simulate.browsing import visit
from detector.simulate.casting import Ints, Times
from detector.simulate.config import HOUR
from detector.simulate.engagement import react, spread
from detector.simulate.labels import Campaign, Innocent
from detector.simulate.traffic import Rows, concat


class Stage(Acts):
    """Beside those who are hired (`Casting`) and what they do (`Acts`): readers, and labels."""

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
