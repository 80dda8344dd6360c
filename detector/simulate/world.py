"""A world: its people, places, contents, habits, and the traffic so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.simulate.config import DAY, SimulateConfig
from detector.simulate.contents import Contents
from detector.simulate.labels import Labels
from detector.simulate.people import ZONES, People, Society
from detector.simulate.places import Places
from detector.simulate.rhythm import Rhythm
from detector.simulate.traffic import Rows, Traffic, rows

# Contents this old still circulate when the window opens.
PREROLL = 3 * DAY


@dataclass(frozen=True)
class Rates:
    """Habits of a platform, each per click unless said otherwise; ranges are what `draw` draws from."""

    repost: float = 0.036
    comment: float = 0.06
    subscribe: float = 0.026
    direct_subscribe: float = 0.008
    churn: float = 0.12  # of new followers who leave again
    posts: float = 0.034
    login: float = 0.2  # a session
    session: float = 6.0  # clicks
    newcomers: float = 0.022  # of the accounts, a day
    friends: float = 1.2  # readers a repost brings
    click_rate: float = 0.08  # clicks an impression
    dwell: float = 16_000.0  # ms, median

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Rates:
        """Another platform, within a factor of about 1.6 of the middle."""
        middle = cls()
        names = tuple(cls.__dataclass_fields__)
        factors = np.exp(np.clip(rng.normal(0.0, 0.22, size=len(names)), -0.47, 0.47))
        return cls(**{n: getattr(middle, n) * f for n, f in zip(names, factors.tolist(), strict=True)})


class World:
    """Everything that is known of a world while it is being made."""

    def __init__(self, config: SimulateConfig) -> None:
        self.config = config
        self.rng = np.random.default_rng(config.seed)
        rng = self.rng
        self.start, self.end = config.start, config.end
        self.rates = Rates.draw(rng) if config.vary else Rates()
        population = config.population
        places = Places(rng, max(4, min(40, population // 800)), population)
        communities = max(6, int(population / 450))
        self.society = Society(rng, places, communities, config.start)
        self.places = places
        self.rhythm = Rhythm(rng, self.start, self.end, ZONES)
        self.contents = Contents()
        self.traffic = Traffic()
        self.labels = Labels()
        self.base: NDArray[np.int32] = np.empty(0, dtype=np.int32)

    @property
    def people(self) -> People:
        """All accounts."""
        return self.society.people

    def by_weight(
        self, among: NDArray[np.int32], weight: NDArray[np.floating], count: int
    ) -> NDArray[np.int32]:
        """Some accounts, one as often as its weight says."""
        sums = np.cumsum(weight)
        return np.asarray(among[np.searchsorted(sums, self.rng.random(count) * sums[-1])])

    def placed(self, kind: int, actor: NDArray[np.int32], ts: NDArray[np.int64], **columns: Any) -> Rows:
        """Rows of one type from where each account is at the moment, unless the columns say where."""
        ip, device = self.society.where(self.rng, actor, ts)
        return rows(len(actor), type=kind, ts=ts, actor=actor, **{"ip": ip, "device": device, **columns})

    def settle(self) -> None:
        """Bring in the ordinary accounts, and those who will join in the window."""
        rng, config = self.rng, self.config
        self.society.add(rng, config.population)
        count = int(config.population * self.rates.newcomers * config.days)
        zone = rng.integers(0, len(ZONES), size=count)
        joined = self.rhythm.draw(rng, zone)
        self.society.add(rng, count, created=joined, joined=joined)
        self.base = np.arange(len(self.people), dtype=np.int32)
