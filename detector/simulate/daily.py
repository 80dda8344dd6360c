"""The ordinary life of a platform: posts, sessions, what comes of them, newcomers, people who leave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.simulate.browsing import Catalogue, sessions
from detector.simulate.config import DAY, HOUR, MINUTE
from detector.simulate.engagement import Friends, react, regret, spread
from detector.simulate.ids import random_ids
from detector.simulate.sources import leave_sources, subscribe_sources
from detector.simulate.texts.compose import posts
from detector.simulate.traffic import (
    ACCOUNT,
    CLOSE,
    LOGIN,
    POST,
    REGISTER,
    RENAME,
    SUBSCRIBE,
    SUBSCRIPTION,
    UNSUBSCRIBE,
    Rows,
    length,
)
from detector.simulate.world import PREROLL, World

Ints = NDArray[np.int32]


class Daily:
    """Makes ordinary traffic; what it knows (catalogue, favourites, friends) serves staged events, too."""

    def __init__(self, world: World, clicks: int) -> None:
        self.world = world
        self.clicks = clicks
        self._publish()
        self.catalogue = Catalogue(world)
        self.friends = Friends(world)
        community = np.repeat(world.people.community[world.base], 5)
        self.favourites = self.catalogue.authors(world.rng, community).reshape(-1, 5)

    def _publish(self) -> None:
        """Posts of the window and of the days before it; only the former are events."""
        world, rng = self.world, self.world.rng
        people, base = world.people, world.base
        density = self.clicks * world.rates.posts / (world.end - world.start)
        count = max(60, int(density * (world.end - world.start + PREROLL)))
        author = world.by_weight(base, people.posting[base], count)
        old = rng.random(count) < PREROLL / (world.end - world.start + PREROLL)
        joined = np.maximum(people.joined[author], world.start)
        ts = world.rhythm.draw(rng, people.zone[author], joined)
        ts = np.where(old, world.start - (rng.random(count) * PREROLL).astype(np.int64), ts)
        keep = ~old | (people.joined[author] < world.start)
        author, ts, old = author[keep], ts[keep], old[keep]
        appeal = people.reach[author] ** 0.85 * rng.lognormal(0.0, 1.0, size=len(author))
        contents = world.contents.add(
            rng, author, ts, appeal=appeal, spread=np.minimum(rng.lognormal(-0.35, 0.85, len(author)), 12.0)
        )
        fresh = np.flatnonzero(~old)
        self.announce(contents[fresh], author[fresh], ts[fresh])

    def announce(self, contents: Ints, author: Ints, ts: NDArray[np.int64], label: int = -1) -> Ints:
        """Post events with texts of their own, sometimes with tags, links, pictures; the texts' indices."""
        world, rng = self.world, self.world.rng
        text = world.contents.write(posts(rng, world.people.language[author].tolist()))
        piece = world.placed(POST, author, ts, content=contents, text=text, label=label)
        decorations = self.decorations(rng, author)
        piece["extra"][:] = [world.contents.attach(d) if d else -1 for d in decorations]
        world.traffic.add(piece)
        return text

    def decorations(self, rng: np.random.Generator, author: Ints) -> list[dict[str, object]]:
        """Tags by community, links, pictures, the claim to be original: each on some posts."""
        world = self.world
        draws = rng.random((len(author), 5)).tolist()
        hashes = random_ids(rng, len(author), 16)
        community = world.people.community[author].tolist()
        out = []
        for (tag, link, picture, original, which), name, circle in zip(draws, hashes, community, strict=True):
            extra: dict[str, object] = {}
            if original < 0.12:
                extra["original"] = True
            if tag < 0.22:
                extra["topic"] = f"t{circle * 7 + int(which**2 * 7)}"
            if link < 0.13:
                popular = link < 0.03
                extra["links"] = [
                    f"https://s{circle % 50}.example/a/{int(which * 300) if popular else name[:8]}"
                ]
            if picture < 0.35:
                extra["media"] = [name]
            out.append(extra)
        return out

    def live(
        self,
        actor: Ints,
        start: NDArray[np.int64],
        *,
        label: int = -1,
        zeal: float = 1.0,
        login: float | None = None,
    ) -> list[Rows]:
        """Sessions at given moments, with all that comes of them."""
        world = self.world
        out = []
        clicks = sessions(world, self.catalogue, self.favourites, actor, start, label=label)
        out.append(clicks)
        reactions = react(world, clicks, zeal=zeal)
        out.extend(reactions)
        out.extend(spread(world, self.friends, reactions, limit=max(2_000, length(clicks))))
        chance = world.rates.login if login is None else login
        who = np.flatnonzero(world.rng.random(len(actor)) < chance)
        out.append(self.account_rows(actor[who], start[who], LOGIN, label=label))
        return out

    def account_rows(
        self, actor: Ints, ts: NDArray[np.int64], action: int, *, label: int = -1, named: float = 0.5
    ) -> Rows:
        """Account events, with the entity mostly and the name often."""
        world, rng = self.world, self.world.rng
        people, society = world.people, world.society
        piece = world.placed(ACCOUNT, actor, ts, action=action, label=label)
        draws = rng.random((len(actor), 2)).tolist()
        extra = []
        for a, (e, n) in zip(actor.tolist(), draws, strict=True):
            fields: dict[str, object] = {}
            if e < 0.9:
                fields["entity"] = society.entities[people.entity[a]]
            if n < named or action in (RENAME, CLOSE, REGISTER):
                fields["name"] = people.names[a]
            extra.append(world.contents.attach(fields) if fields else -1)
        piece["extra"][:] = extra
        return piece

    def run(self) -> None:
        """All ordinary traffic of the window."""
        world, rng = self.world, self.world.rng
        people, base = world.people, world.base
        count = max(50, int(self.clicks / world.rates.session))
        left = np.clip((world.end - people.joined[base]) / (world.end - world.start), 0.02, 1.0)
        actor = world.by_weight(base, people.activity[base] * left, count)
        joined = np.maximum(people.joined[actor] + 2 * MINUTE, world.start)
        start = world.rhythm.draw(rng, people.zone[actor], np.minimum(joined, world.end - 1))
        for piece in self.live(actor, start):
            world.traffic.add(piece)
        self._newcomers()
        self._follow_directly()
        self._leave()

    def _newcomers(self) -> None:
        """They register, look round, follow a few."""
        world, rng = self.world, self.world.rng
        people = world.people
        new = world.base[people.joined[world.base] >= world.start]
        world.traffic.add(self.account_rows(new, people.joined[new], REGISTER, named=0.85))
        start = people.joined[new] + rng.lognormal(np.log(90_000), 0.8, size=len(new)).astype(np.int64)
        inside = start < world.end
        for piece in self.live(new[inside], start[inside], zeal=2.0, login=0.0):
            world.traffic.add(piece)
        # What the first screen proposes: some of the community's well-known.
        count = rng.poisson(2.0, size=len(new))
        who = np.repeat(new, count)
        ts = people.joined[who] + rng.integers(15_000, 240_000, size=len(who))
        target = self.catalogue.authors(rng, people.community[who])
        self._follow(who, ts, target)

    def _follow(self, actor: Ints, ts: NDArray[np.int64], target: Ints, label: int = -1) -> None:
        world, rng = self.world, self.world.rng
        keep = (actor != target) & (ts < world.end)
        actor, ts, target = actor[keep], ts[keep], target[keep]
        follows = world.placed(SUBSCRIPTION, actor, ts, target=target, action=SUBSCRIBE, label=label)
        follows["source"][:] = subscribe_sources(rng, len(actor))
        world.traffic.add(follows)
        world.traffic.add(regret(world, follows))

    def _follow_directly(self) -> None:
        """Found by search, by a code on a poster, by what a friend said."""
        world, rng = self.world, self.world.rng
        people, base = world.people, world.base
        count = int(self.clicks * world.rates.direct_subscribe)
        actor = world.by_weight(base, people.activity[base] * people.following[base], count)
        joined = np.maximum(people.joined[actor] + 5 * MINUTE, world.start)
        ts = world.rhythm.draw(rng, people.zone[actor], np.minimum(joined, world.end - 1))
        abroad = rng.random(count) < 0.2
        community = np.where(abroad, self.catalogue.elsewhere(rng, count), people.community[actor])
        self._follow(actor, ts, self.catalogue.authors(rng, community))

    def _leave(self) -> None:
        """Followers of old who go, some accounts renamed or closed."""
        world, rng = self.world, self.world.rng
        people, base = world.people, world.base
        old = base[people.joined[base] < world.start]
        count = int(self.clicks * world.rates.subscribe * 0.12)
        actor = world.by_weight(old, people.activity[old], count)
        ts = world.rhythm.draw(rng, people.zone[actor])
        left = world.placed(SUBSCRIPTION, actor, ts, action=UNSUBSCRIBE)
        left["target"][:] = self.catalogue.authors(rng, people.community[actor])
        left["source"][:] = leave_sources(rng, count)
        world.traffic.add(left)
        days = (world.end - world.start) / DAY
        for action, share in ((RENAME, 0.0006), (CLOSE, 0.0003)):
            who = rng.choice(old, size=max(1, int(len(old) * share * days)), replace=False)
            if action == CLOSE:
                # Those who close were hardly there any more.
                quiet = np.argsort(people.activity[old])[: len(old) // 5]
                who = old[rng.choice(quiet, size=min(len(who), len(quiet)), replace=False)]
            ts = world.rhythm.draw(rng, people.zone[who], np.full(len(who), world.start + HOUR))
            if action == RENAME:
                for a in who.tolist():
                    people.names[a] = world.society.new_name(rng, int(people.language[a]))
            world.traffic.add(self.account_rows(who, ts, action))
