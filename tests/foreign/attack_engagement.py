"""Clicks, reposts and comments that nobody meant."""

from __future__ import annotations

import numpy as np

from tests.foreign import log as ev
from tests.foreign.stage import DAY, HOUR, MINUTE, Stage


def click_farm(s: Stage, n: int) -> None:
    """Many accounts, few devices."""
    length = s.rng.uniform(1, 8) * HOUR
    start = s.when(length)
    target = s.author(0.3, 20)
    contents = s.posts(target, start - 2 * DAY, start)[-int(s.rng.integers(1, 5)) :]
    who = s.rent(n, start) if s.rng.random() < 0.5 else s.fresh(n, start)
    who = who[who != target]
    total = int(len(who) + s.rng.poisson(max(3.0, 250 / n), len(who)).sum())
    ts = s.spread(total, start, length)
    clicks = s.shift_of(who, ts)
    few = max(2, int(n / s.rng.uniform(10, 30)))
    # A device is the other's old phone: numbered like any, and used by nobody else.
    device = (s.people.total + s.rng.integers(0, few, len(clicks)) + 100 * len(s.campaigns)) * 8
    lines = s.lines(max(1, few // 3), start)
    s.log.add(
        ev.CLICK,
        ts,
        clicks,
        s.rng.choice(contents, len(clicks)),
        device=device,
        ip=s.rng.choice(lines, len(clicks)),
        fake=True,
    )
    _inflated(s, "click_farm", ["click_inflation"], ts, target, contents, who)


def distributed_clicks(s: Stage, n: int) -> None:
    """As many devices as people; they read like people, and do nothing else here."""
    length = s.rng.uniform(2, 20) * HOUR
    start = s.when(length)
    target = s.author(0.3, 15)
    contents = s.posts(target, start - 3 * DAY, start)[-int(s.rng.integers(1, 4)) :]
    total = int(max(300, n * s.rng.uniform(2, 4)))
    ts = s.spread(total, start, length)
    if s.plan.anonymous > 0 and s.rng.random() < 0.5:
        # Visitors who are not logged in.
        ghosts = s.people.crowd(min(total, s.plan.people // 2), start)
        ghosts = np.resize(ghosts, total)
        ip, device = s.people.place(ghosts, ts)
        device = (s.people.total * 2 + s.rng.permutation(total) + 100_000 * len(s.campaigns)) * 8
        s.log.add(
            ev.CLICK,
            ts,
            -1,
            s.rng.choice(contents, total),
            ip=ip,
            device=device,
            dwell=s.log.dwell(ghosts, contents[:1]),
            fake=True,
        )
        _inflated(s, "clicks_distributed", ["click_inflation"], ts, target, contents, who=ghosts[:0], size=n)
        return
    half = n // 2
    who = np.concatenate([s.rent(n - half, start), s.fresh(half, start)])
    who = who[who != target]
    clicks = s.shift_of(who, ts)
    s.log.add(ev.CLICK, ts, clicks, s.rng.choice(contents, total), fake=True)
    _inflated(s, "clicks_distributed", ["click_inflation"], ts, target, contents, who)


def reposts_bought(s: Stage, n: int) -> None:
    """Rented accounts pass one author's posts on for some hours; nobody passes it on from them."""
    length = s.rng.uniform(0.5, 5) * HOUR
    start = s.when(length)
    target = s.author(0.3, 15)
    contents = s.posts(target, start - 2 * DAY, start)[-int(s.rng.integers(1, 4)) :]
    repost_by(s, s.rent(n, start, [target]), target, contents, start, length, "reposts_bought")


def repost_by(
    s: Stage, who: np.ndarray, target: int, contents: np.ndarray, start: int, length: float, name: str
) -> None:
    """These accounts pass these contents on, most of them each."""
    n = len(who)
    ts, whom, what = [], [], []
    for content in contents:
        some = s.rng.permutation(who)[: max(min(20, n), int(n * s.rng.uniform(0.6, 1)))]
        ts.append(s.spread(len(some), start, length))
        whom.append(s.rng.permutation(some))
        what.append(np.full(len(some), content))
    t, w, c = np.concatenate(ts), np.concatenate(whom), np.concatenate(what)
    s.read_first(w, t, c, float(s.rng.uniform(0, 0.8)), True)
    s.log.add(ev.REPOST, t, w, c, text=s.life.words(w, 0.3), fake=True)
    _inflated(s, name, ["repost_inflation"], t, target, contents, np.unique(w))


def ring(s: Stage, n: int) -> None:
    """The same accounts pass on the same authors within minutes, now and then, half of them each time."""
    n = min(n, int(s.rng.integers(20, 51)))
    start = s.when(3 * DAY, DAY)
    # The authors belong to it, or pay it.
    targets = [s.author(0.2, 15) for _ in range(int(s.rng.integers(2, 5)))]
    who = s.rent(n, start, targets)
    times = int(s.rng.integers(8, 19))
    last = min(s.plan.end - 3 * HOUR, start + s.rng.uniform(3, 9) * DAY)
    # A post of one of the targets each time; made for it where there was none.
    moments = np.sort(s.rng.uniform(start, last, times)).astype(np.int64)
    done, contents, took = [], [], []
    for moment in moments:
        target = targets[int(s.rng.integers(0, len(targets)))]
        fresh, at = s.life.shelf.of(target, int(moment) - 5 * HOUR, int(moment) + 5 * HOUR)
        if len(fresh):
            content, ts = int(fresh[0]), int(at[0])
        else:
            (content,) = s.post(target, moment, [s.writer.post(int(s.people.circle[target]))])
            ts = int(moment)
            s.attention(np.array([content]), np.array([ts]), 6)
        if content in contents:
            continue
        half = s.rng.permutation(who)[: int(n * s.rng.uniform(0.4, 0.65))]
        when = ts + MINUTE + s.spread(len(half), 0, s.rng.uniform(3, 14) * MINUTE)
        s.log.add(ev.REPOST, when, s.rng.permutation(half), content, text=s.life.words(half, 0.3), fake=True)
        contents.append(content)
        done.append(when)
        took.append(half)
    ts = np.concatenate(done)
    s.campaign(
        "repost_ring",
        ["lockstep", "repost_inflation"],
        int(ts.min()),
        int(ts.max()),
        subjects=[s.aid(t) for t in targets],
        who=np.unique(np.concatenate(took)),
        contents=s.cids(contents),
        pace="slow",
    )


def comment_flood(s: Stage, n: int) -> None:
    """A few templates under one author's posts, words swapped, dressed up against a comparison."""
    length = s.rng.uniform(0.4, 4) * HOUR
    start = s.when(length)
    target = s.author(0.3, 25)
    contents = s.posts(target, start - 2 * DAY, start)[-int(s.rng.integers(1, 3)) :]
    who = s.rent(n, start, [target]) if s.rng.random() < 0.7 else s.fresh(n, start)
    flood_by(s, who, target, contents, start, length, "comment_flood")


def flood_by(
    s: Stage, who: np.ndarray, target: int, contents: np.ndarray, start: int, length: float, name: str
) -> None:
    """These accounts comment on these contents."""
    circle = int(s.people.circle[target])
    templates = [s.writer.long(circle, 30) for _ in range(int(s.rng.integers(2, 6)))]
    writers = s.rng.permutation(np.repeat(who, 1 + s.rng.binomial(2, 0.35, len(who))))
    ts = s.spread(len(writers), start, length)
    texts = []
    for _ in writers:
        text = s.writer.edited(
            templates[int(s.rng.integers(0, len(templates)))], float(s.rng.uniform(0.04, 0.18))
        )
        texts.append(s.writer.disguised(text) if s.rng.random() < 0.6 else text)
    what = s.rng.choice(contents, len(writers))
    s.read_first(writers, ts, what, float(s.rng.uniform(0.2, 0.9)), True)
    rows = s.log.add(ev.COMMENT, ts, writers, what, text=texts, fake=True)
    s.campaign(
        name,
        ["comment_inflation", "batch_posting"],
        int(ts[0]),
        int(ts[-1]),
        also=["lockstep"],
        subjects=[s.aid(target), *s.cids(contents)],
        who=who,
        contents=[s.log.event_id(int(r)) for r in rows],
    )


def _inflated(
    s: Stage,
    name: str,
    kinds: list[str],
    ts: np.ndarray,
    target: int,
    contents: np.ndarray,
    who: np.ndarray,
    size: int = 0,
) -> None:
    pace = "burst" if ts.max() - ts.min() <= 8 * HOUR else "slow"
    s.campaign(
        name,
        kinds,
        int(ts.min()),
        int(ts.max()),
        also=["lockstep"],
        subjects=[s.aid(target), *s.cids(contents)],
        who=who,
        contents=s.cids(contents),
        pace=pace,
        size=size,
    )
