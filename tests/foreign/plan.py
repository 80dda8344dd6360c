"""What a world is like, drawn from the seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.foreign.draw import DAY, HOUR


@dataclass(frozen=True)
class Plan:
    """Parameters of one world.

    Attributes:
        start, end: ms.
        zones: hours from UTC, and the share of people in each.
        people: accounts that live here from the start.
        spread: of the logarithm of activity.
        zipf: exponent of the popularity of public accounts.
        near: share of attention that stays in the own circle.
        session: mean events of a sitting.
        click, repost, comment, follow: shares of what people do in a sitting.
        engagement: factor on reposts and comments.
        chinese: share of circles that write Chinese.
    """

    seed: int
    events: int
    start: int
    days: int
    zones: tuple[tuple[float, float], ...]
    people: int
    public: int
    circles: int
    spread: float
    zipf: float
    near: float
    session: float
    repost: float
    comment: float
    follow: float
    chinese: float
    exposures: bool
    has_ip: bool
    has_device: bool
    has_source: bool
    has_created: bool
    has_entity: bool
    has_dwell: bool
    has_past: bool
    hashed_ip: bool
    missing: float
    anonymous: float
    id_length: int
    dwell: float
    peak: float

    @property
    def end(self) -> int:
        return self.start + self.days * DAY


def draw(seed: int, events: int) -> Plan:
    """The plan of a seed."""
    rng = np.random.default_rng([seed, 0xF0])

    def often(p: float) -> bool:
        return bool(rng.random() < p)

    count = int(rng.integers(1, 6))
    offsets = rng.choice([-8, -5, -3, 0, 1, 2, 3, 5.5, 8, 9], size=count, replace=False)
    shares = rng.dirichlet(np.full(count, 1.5))
    # Seeds that follow one another take turns at what matters most, so that a few of them see all of it.
    # Devices and addresses are never both missing: there would be no anonymous visitor, and little else.
    lacks = ("ip", "created", "nothing", "device", "source")[seed % 5]
    days = int(rng.integers(5, 21))
    people = max(900, int(events / rng.uniform(14, 36)))
    return Plan(
        seed=seed,
        events=events,
        start=1_700_000_000_000 // DAY * DAY + int(rng.integers(0, 900)) * DAY,
        days=days,
        zones=tuple((float(o), float(s)) for o, s in zip(offsets, shares, strict=True)),
        people=people,
        public=max(60, int(people * rng.uniform(0.015, 0.05))),
        circles=int(rng.integers(8, 60)) if events > 100_000 else int(rng.integers(5, 12)),
        spread=float(rng.uniform(0.9, 1.5)),
        zipf=float(rng.uniform(0.7, 1.1)),
        near=float(rng.uniform(0.55, 0.85)),
        session=float(rng.uniform(2.5, 7)),
        repost=float(rng.uniform(0.04, 0.09)),
        comment=float(rng.uniform(0.05, 0.1)),
        follow=float(rng.uniform(0.04, 0.09)),
        chinese=(0.5, 0.0, 1.0)[seed % 3],
        exposures=seed % 2 == 0,
        has_ip=lacks != "ip",
        has_device=lacks != "device",
        has_source=lacks != "source",
        has_created=lacks != "created" and often(0.85),
        has_entity=often(0.8),
        has_dwell=often(0.85),
        has_past=often(0.6),
        hashed_ip=often(0.3),
        missing=float(rng.choice([0.0, rng.uniform(0.01, 0.1)])),
        anonymous=float(rng.choice([0.0, rng.uniform(0.05, 0.3)])),
        id_length=int(rng.integers(10, 17)),
        dwell=float(rng.uniform(7_000, 30_000)),
        peak=float(rng.uniform(0.5, 1.6)),
    )


def clear_of_edges(plan: Plan, rng: np.random.Generator, length: float, first: float = 1.5 * DAY) -> int:
    """A start for something that lasts `length` ms, after the first days and well before the end."""
    latest = plan.end - length - 6 * HOUR
    earliest = plan.start + min(first, 0.3 * plan.days * DAY)
    return int(rng.uniform(earliest, max(earliest + HOUR, latest)))
