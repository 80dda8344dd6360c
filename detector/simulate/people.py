"""Accounts: who they are, where they live, what they like, since when they are there."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.simulate.config import DAY
from detector.simulate.ids import random_ids
from detector.simulate.places import Places
from detector.simulate.rhythm import is_weekend, local_hour
from detector.simulate.texts.names import NameMaker

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

# Hours from UTC of the time zones, and the zones where a language is spoken.
ZONES = np.array([8.0, -5.0, 0.0, -8.0, 1.0, -3.0, -6.0, 7.0])
ZONES_OF = ((0,), (1, 2, 3), (4, 5, 6), (7,))


def _empty(dtype: type, *shape: int) -> NDArray[Any]:
    return np.empty((0, *shape), dtype=dtype)


@dataclass
class People:
    """Columns over accounts, by index.

    `joined` is the first moment (ms) an account may act in the window; `created` when it was registered.
    `activity`, `reach`, `posting` are weights with heavy tails; `sharing`, `talking`, `following` factors
    around 1 on the probabilities that a click becomes a repost, a comment, a subscription.
    """

    created: NDArray[np.int64] = field(default_factory=lambda: _empty(np.int64))
    joined: NDArray[np.int64] = field(default_factory=lambda: _empty(np.int64))
    language: Ints = field(default_factory=lambda: _empty(np.int32))
    zone: Ints = field(default_factory=lambda: _empty(np.int32))
    region: Ints = field(default_factory=lambda: _empty(np.int32))
    community: Ints = field(default_factory=lambda: _empty(np.int32))
    circle: Ints = field(default_factory=lambda: _empty(np.int32))
    activity: Floats = field(default_factory=lambda: _empty(np.float64))
    reach: Floats = field(default_factory=lambda: _empty(np.float64))
    posting: Floats = field(default_factory=lambda: _empty(np.float64))
    sharing: Floats = field(default_factory=lambda: _empty(np.float64))
    talking: Floats = field(default_factory=lambda: _empty(np.float64))
    following: Floats = field(default_factory=lambda: _empty(np.float64))
    devices: Ints = field(default_factory=lambda: _empty(np.int32, 3))
    home: Ints = field(default_factory=lambda: _empty(np.int32))
    office: Ints = field(default_factory=lambda: _empty(np.int32))
    entity: Ints = field(default_factory=lambda: _empty(np.int32))
    ids: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)


class Society:
    """Makes accounts, honest or not, by the same rules, and says where each one is at a moment."""

    def __init__(self, rng: np.random.Generator, places: Places, communities: int, start: int) -> None:
        self.people = People()
        self.places = places
        self.start = start
        self.communities = communities
        self.entities: list[str] = []
        self._names = NameMaker()
        # Circles of interest: each speaks one language; sizes fall off slowly.
        self.community_language = rng.choice(4, size=communities, p=[0.5, 0.25, 0.15, 0.1]).astype(np.int32)
        self.community_language[: min(4, communities)] = np.arange(min(4, communities))
        weight = 1.0 / (np.arange(communities) + 3.0) ** 0.7
        self._community_weight = weight / weight.sum()
        self._regions_of = [np.flatnonzero(np.arange(places.regions) % 4 == lang) for lang in range(4)]
        self._zone_of_region = np.array(
            [ZONES_OF[r % 4][(r // 4) % len(ZONES_OF[r % 4])] for r in range(places.regions)], dtype=np.int32
        )

    def add(
        self,
        rng: np.random.Generator,
        count: int,
        *,
        created: NDArray[np.int64] | None = None,
        joined: NDArray[np.int64] | None = None,
        community: int | Ints | None = None,
        region: int | None = None,
        fresh: bool = False,
    ) -> Ints:
        """New accounts, as indices.

        Args:
            created: when they registered, ms; by default over the five years before the start.
            joined: the first moment they act; by default before the start.
            community: of all or of each; by default drawn.
            region: of all; by default drawn among those of the language.
            fresh: half of them live in homes new in the world.
        """
        p = self.people
        first = len(p)
        if created is None:
            # A platform that grew: more accounts are young than old.
            created = (self.start - 2 * DAY - 1_800 * DAY * rng.beta(1.0, 1.6, size=count)).astype(np.int64)
        if joined is None:
            joined = np.full(count, self.start - 30 * DAY, dtype=np.int64)
        if community is None:
            chosen = rng.choice(self.communities, size=count, p=self._community_weight).astype(np.int32)
        else:
            chosen = np.broadcast_to(np.asarray(community, dtype=np.int32), (count,)).copy()
        language = self.community_language[chosen]
        if region is None:
            where = np.empty(count, dtype=np.int32)
            for lang in range(4):
                here = np.flatnonzero(language == lang)
                where[here] = rng.choice(self._regions_of[lang], size=len(here))
        else:
            where = np.full(count, region, dtype=np.int32)
        reach, posting = self._authors(rng, count)
        new: dict[str, NDArray[Any]] = {
            "created": created,
            "joined": joined,
            "language": language,
            "zone": self._zone_of_region[where],
            "region": where,
            "community": chosen,
            # A circle of friends: about forty people of one community.
            "circle": (chosen * 4096 + rng.integers(0, 4096, size=count)).astype(np.int32),
            "activity": np.minimum(rng.lognormal(0.0, 1.1, size=count), 25.0),
            "reach": reach,
            "posting": posting,
            "sharing": rng.gamma(0.8, 1.25, size=count),
            "talking": rng.gamma(0.7, 1.43, size=count),
            "following": rng.gamma(1.2, 0.83, size=count),
            "devices": self._devices(rng, count, where),
            "home": self.places.homes(rng, where, fresh=fresh),
            "office": self.places.offices(rng, where),
            "entity": self.new_entities(rng, count),
        }
        for f in fields(People):
            if f.name in new:
                column = getattr(p, f.name)
                setattr(p, f.name, np.concatenate([column, new[f.name].astype(column.dtype)]))
        p.ids.extend(random_ids(rng, count, 10))
        p.names.extend(self._names.make(rng, language.tolist()))
        return np.arange(first, first + count, dtype=np.int32)

    @staticmethod
    def _authors(rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
        """Reach and posting rate: most write now and then, few are widely read, those post more."""
        writes = rng.random(count) < 0.3
        reach = np.where(writes, (1.0 - rng.random(count)) ** (-1 / 1.05), 0.3)
        reach = np.minimum(reach, 3_000.0) * rng.lognormal(0.0, 0.3, size=count)
        posting = np.where(writes, np.minimum(reach, 60.0) ** 0.6 * rng.lognormal(0.0, 0.7, size=count), 0.02)
        return reach, posting

    def _devices(self, rng: np.random.Generator, count: int, region: Ints) -> Ints:
        owned = 1 + (rng.random(count) < 0.45).astype(np.int64) + (rng.random(count) < 0.15)
        devices = np.empty((count, 3), dtype=np.int32)
        for k in range(3):
            devices[:, k] = self.places.new_devices(rng, count)
        devices[:, 1] = np.where(owned >= 2, devices[:, 1], devices[:, 0])
        devices[:, 2] = np.where(owned >= 3, devices[:, 2], devices[:, 0])
        # A family's tablet, a second-hand phone: some devices are used by two.
        shared = np.flatnonzero(rng.random(count) < 0.04)
        if count > 50 and len(shared):
            devices[shared, 2] = devices[rng.integers(0, count, size=len(shared)), 0]
        return devices

    def new_entities(self, rng: np.random.Generator, count: int) -> Ints:
        """Verified persons or companies that stood behind no account so far."""
        first = len(self.entities)
        self.entities.extend(random_ids(rng, count, 14))
        return np.arange(first, first + count, dtype=np.int32)

    def new_name(self, rng: np.random.Generator, language: int) -> str:
        """A display name that nobody has."""
        return self._names.make(rng, [language])[0]

    def where(
        self, rng: np.random.Generator, actor: NDArray[np.integer], ts: NDArray[np.int64]
    ) -> tuple[Ints, Ints]:
        """The address and the device of each account at a moment: at home, at work, on the move."""
        p = self.people
        zone = ZONES[p.zone[actor]]
        hour = local_hour(ts, zone)
        office = p.office[actor]
        at_work = (hour >= 9) & (hour < 18) & ~is_weekend(ts, zone) & (office >= 0)
        u = rng.random(len(actor))
        moving = np.where(at_work, u < 0.3, u < 0.38)
        ip = np.where(at_work & (u > 0.42), office, p.home[actor])
        ip = np.where(moving, self.places.mobile(rng, p.region[actor]), ip).astype(np.int32)
        v = rng.random(len(actor))
        column = np.where(v < 0.72, 0, np.where(v < 0.92, 1, 2))
        return ip, p.devices[actor, column]
