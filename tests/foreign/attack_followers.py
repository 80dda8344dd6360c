"""Followers bought, withdrawn, forced."""

from __future__ import annotations

import numpy as np

from tests.foreign import log as ev
from tests.foreign.stage import DAY, HOUR, MINUTE, Stage


def burst_fresh(s: Stage, n: int, name: str = "followers_fresh", role: str | None = None) -> None:
    """New accounts follow one target within minutes or hours."""
    length = s.rng.uniform(12, 150) * MINUTE
    start = s.when(length)
    target = s.author(0.2, max(2.0, n / 6 * DAY / max(length, HOUR)))
    who = s.fresh(n, start)
    buy(s, name, who, target, start, length, role, ["lockstep", "bulk_registration"])
    if n >= 30 and s.rng.random() < 0.6:
        _withdraw(s, who, target, start + length)


def framing(s: Stage, n: int) -> None:
    """The same for a rival who knows nothing of it."""
    if s.rng.random() < 0.5:
        burst_fresh(s, n, "framing", "target")
        return
    length = s.rng.uniform(15, 120) * MINUTE
    start = s.when(length)
    target = s.author(0.2, max(2.0, n / 6 * DAY / max(length, HOUR)))
    buy(s, "framing", s.rent(n, start), target, start, length, "target", ["lockstep"])


def burst_rented(s: Stage, n: int) -> None:
    """Aged accounts, sold to several targets hours apart."""
    sales = int(s.rng.integers(2, 5))
    length = s.rng.uniform(15, 180) * MINUTE
    whole = sales * 6 * HOUR
    start = s.when(whole)
    who = s.rent(n, start)
    for _ in range(sales):
        target = s.author(0.2, max(2.0, n / 6 * DAY / max(length, HOUR)))
        some = s.rng.permutation(who)[: max(20, int(n * s.rng.uniform(0.75, 1)))]
        buy(s, "followers_rented", some, target, start, length, None, ["lockstep"])
        start += int(length + s.rng.uniform(1, 5) * HOUR)


def drip_fresh(s: Stage, n: int) -> None:
    """New accounts over a day or two, at some times the target's own rate."""
    days = s.rng.uniform(1, 2)
    target, count = _customer(s, n, days)
    start = s.when(days * DAY)
    who = s.fresh(count, start + int(0.3 * DAY))
    late = s.people.joined[who] > start
    _drip(s, "drip_fresh", who, target, start, days, ["lockstep", "bulk_registration"], late)


def drip_rented(s: Stage, n: int) -> None:
    """Aged accounts over a day or two, sold to two targets."""
    days = s.rng.uniform(1, 2)
    start = s.when(days * DAY + 10 * HOUR)
    sales = [_customer(s, n, days) for _ in range(2)]
    crew = s.rent(max(count for _, count in sales), start, [target for target, _ in sales])
    for target, count in sales:
        some = s.rng.permutation(crew)[:count]
        _drip(s, "drip_rented", some, target, start, days, ["lockstep"], np.zeros(len(some), dtype=bool))
        start += int(s.rng.uniform(2, 9) * HOUR)


def _customer(s: Stage, n: int, days: float) -> tuple[int, int]:
    """A target for about `n` followers, and how many they are: 3 to 6 times its own over these days."""
    times = s.rng.uniform(3, 6)
    target = s.author(0.6 * n / days / times, 1.4 * n / days / times)
    return target, int(np.clip(times * s.follows[target] * days, 20, 450))


def in_viral(s: Stage, n: int) -> None:
    """Followers bought in the hour in which a post of the same account really goes round."""
    length = s.rng.uniform(30, 180) * MINUTE
    start = s.when(length + 12 * HOUR)
    target = s.author(1.0, max(4.0, n / 12 * DAY / max(length, HOUR)))
    circle = int(s.people.circle[target])
    (content,) = s.post(target, start, [s.writer.post(circle)])
    seeds = max(12, n // 4)
    s.life.cascade(int(content), start, seeds, 0.75, circle=circle, most=n, clicks=4, follows=0.25)
    at = start + int(s.rng.uniform(0.5, 3) * HOUR)
    who = s.rent(n, at) if s.rng.random() < 0.6 else s.fresh(n, at)
    buy(s, "followers_in_viral", who, target, at, length, None, ["lockstep", "bulk_registration"])


def forced(s: Stage, n: int) -> None:
    """People find that they follow somebody: no visit, no click, at any hour of theirs."""
    length = s.rng.uniform(2, 20) * HOUR
    start = s.when(length + DAY)
    target = s.author(0.2, max(2.0, n / 8 * DAY / length))
    here = (s.done >= 2) & (s.people.gone > s.plan.end) & (np.arange(s.people.total) < s.plan.people)
    here[target] = False
    who = s.rng.permutation(np.flatnonzero(here))[:n]
    ts = s.spread(n, start, length)
    mostly = np.where(s.rng.random(n) < 0.85, ev.AUTOFOLLOW, s.log.roads(ev.SUBSCRIPTION, n))
    s.follow(who, ts, target, fake=True, source=mostly)
    annoyed = s.rng.random(n) < s.rng.uniform(0.1, 0.4)
    leave = s.people.moments(
        who, np.minimum((ts - s.plan.start) // DAY + s.rng.integers(0, 3, n), s.plan.days - 1)
    )
    annoyed &= leave > ts
    s.log.add(ev.SUBSCRIPTION, leave[annoyed], who[annoyed], target, action=ev.UNSUBSCRIBE, source=ev.PROFILE)
    # Where the source is not told, only the followers without any visit remain to be seen.
    kinds = ["forced_subscription", "follower_jump"] if not s.plan.has_source else ["forced_subscription"]
    s.campaign(
        "forced_subscription",
        kinds,
        start,
        int(ts[-1]),
        also=["follower_jump", "follower_drop", "lockstep"],
        subjects=[s.aid(target)],
        # Those who were made to follow take no part in it.
        size=n,
        pace="slow",
    )


def buy(
    s: Stage,
    name: str,
    who: np.ndarray,
    target: int,
    start: int,
    length: float,
    role: str | None,
    also: list[str],
) -> None:
    """These accounts follow the target within `length` ms."""
    who = who[who != target]
    ts = s.spread(len(who), start, length)
    contents = s.posts(target, start - 2 * DAY, start)
    s.read_first(who, ts, s.rng.choice(contents, len(who)), float(s.rng.uniform(0, 0.7)), True)
    s.follow(who, ts, target, fake=True)
    s.campaign(
        name,
        ["follower_jump"],
        int(ts[0]),
        int(ts[-1]),
        also=also,
        subjects=[s.aid(target)],
        who=who,
        role=role,
    )


def _withdraw(s: Stage, who: np.ndarray, target: int, after: float) -> None:
    length = s.rng.uniform(8, 70) * MINUTE
    start = int(after + s.rng.uniform(0.5, 3) * DAY)
    if start + length > s.plan.end - 2 * HOUR:
        return
    ts = s.spread(len(who), start, length)
    s.log.add(ev.SUBSCRIPTION, ts, s.rng.permutation(who), target, action=ev.UNSUBSCRIBE, fake=True)
    s.campaign(
        "followers_withdrawn",
        ["follower_drop"],
        int(ts[0]),
        int(ts[-1]),
        also=["lockstep", "follower_jump"],
        subjects=[s.aid(target)],
        who=who,
    )


def _drip(
    s: Stage,
    name: str,
    who: np.ndarray,
    target: int,
    start: int,
    days: float,
    also: list[str],
    late: np.ndarray,
) -> None:
    who = who[who != target] if not late.any() else who
    late = late[: len(who)]
    # Each at an hour of its own day, where it can be.
    base = np.full(len(who), start)
    ts = base + (s.rng.random(len(who)) * days * DAY).astype(np.int64)
    for _ in range(6):
        asleep = s.rng.random(len(who)) > s.people.awake(who, ts) * 2
        ts[asleep] = start + (s.rng.random(int(asleep.sum())) * days * DAY).astype(np.int64)
    ts = np.where(late, np.maximum(ts, s.people.joined[who] + 10 * MINUTE), ts)
    contents = s.posts(target, start - 2 * DAY, start)
    s.read_first(who, ts, s.rng.choice(contents, len(who)), float(s.rng.uniform(0, 0.6)), True)
    s.follow(who, ts, target, fake=True)
    s.campaign(
        name,
        ["follower_jump"],
        int(ts.min()),
        int(ts.max()),
        also=also,
        subjects=[s.aid(target)],
        who=who,
        pace="drip",
    )
