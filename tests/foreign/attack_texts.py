"""Texts many times over, topics that nobody talks about, work of others."""

from __future__ import annotations

import numpy as np

from tests.foreign import log as ev
from tests.foreign.stage import DAY, HOUR, MINUTE, Stage


def batch(s: Stage, n: int) -> None:
    """One text from many accounts, a tenth or two of it changed each time."""
    length = s.rng.uniform(0.5, 8) * HOUR
    start = s.when(length)
    who = s.rent(n, start) if s.rng.random() < 0.6 else s.fresh(n, start)
    text = s.writer.long(int(s.rng.integers(0, s.plan.circles)), int(s.rng.integers(50, 160)))
    ts = s.spread(len(who), start, length)
    texts = [s.writer.edited(text, float(s.rng.uniform(0.1, 0.2))) for _ in who]
    if s.rng.random() < 0.4:
        texts = [s.writer.disguised(t) if s.rng.random() < 0.4 else t for t in texts]
    contents = s.post(s.rng.permutation(who), ts, texts, fake=True)
    s.attention(contents, ts, 1.0)
    s.campaign(
        "batch_posting",
        ["batch_posting"],
        int(ts[0]),
        int(ts[-1]),
        also=["lockstep"],
        who=who,
        contents=s.cids(contents),
    )


def topic(s: Stage, n: int) -> None:
    """A closed circle pushes a tag: each posts in own words, they pass one another on, nobody else does."""
    length = s.rng.uniform(1.5, 8) * HOUR
    start = s.when(length)
    who = s.rent(n, start) if s.rng.random() < 0.6 else s.fresh(n, start)
    circle = int(s.rng.integers(0, s.plan.circles))
    tag = s.writer.coin(circle) + s.writer.coin(circle)
    writers = s.rng.permutation(np.repeat(who, 1 + s.rng.binomial(2, 0.4, len(who))))
    ts = s.spread(len(writers), start, length)
    joint = "" if s.writer.language(circle) == "zh" else " "
    texts = [f"{s.writer.post(circle)}{joint}#{tag}#" for _ in writers]
    contents = s.post(writers, ts, texts, fake=True, topic=tag)
    again = s.rng.integers(0, len(contents), int(len(who) * s.rng.uniform(1.5, 4)))
    fans = s.rng.choice(who, len(again))
    own = fans == writers[again]
    fans, again = fans[~own], again[~own]
    when = ts[again] + s.spread(len(again), 0, 40 * MINUTE)
    s.read_first(fans, when, contents[again], 0.4, True)
    s.log.add(ev.REPOST, when, fans, contents[again], text=s.life.words(fans, 0.3), fake=True)
    s.attention(contents, ts, 0.5)
    s.campaign(
        "topic_pushed",
        ["topic_inflation"],
        int(ts[0]),
        int(ts[-1]),
        also=["lockstep", "batch_posting", "repost_inflation"],
        subjects=[tag],
        who=who,
        contents=s.cids(contents),
    )


def copies(s: Stage, n: int) -> None:
    """An account takes what others wrote, claims it as original, and names nobody."""
    for _ in range(max(1, min(4, n // 40))):
        copier = s.author(0.1, 10)
        count = int(s.rng.integers(1, 5))
        start = s.when(2 * DAY, DAY)
        ts, texts, first = [], [], []
        for k in range(count):
            moment = start + int(k * s.rng.uniform(2, 14) * HOUR)
            if moment > s.plan.end - 3 * HOUR:
                break
            victim = int(s.rng.choice(s.people.public))
            text = s.writer.long(int(s.people.circle[victim]), 90)
            before = max(s.plan.start + HOUR, moment - int(s.rng.uniform(0.2, 40) * HOUR))
            (content,) = s.post(victim, before, [text], original=True)
            first.append(content)
            s.attention(np.array([content]), np.array([before]), 8)
            ts.append(moment)
            texts.append(s.writer.edited(text, float(s.rng.uniform(0.0, 0.1))))
        contents = s.post(copier, np.array(ts), texts, fake=True, original=True)
        s.attention(contents, np.array(ts), 8)
        s.campaign(
            "copied_original",
            ["copied_original"],
            ts[0],
            ts[-1],
            subjects=[s.aid(copier), *s.cids(contents)],
            who=[copier],
            contents=s.cids(contents),
            size=len(contents),
        )
