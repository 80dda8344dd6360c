"""A celebrity joins: a new account that thousands find by search within hours."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR, MINUTE
from detector.simulate.stage import Stage
from detector.simulate.traffic import FEED, LOGIN, PROFILE, REGISTER, SEARCH, SHARE, SUBSCRIBE, SUBSCRIPTION


def stage(stage: Stage) -> None:
    """Followers come from search and the feed, most without a click before; the posts are read, too."""
    rng = stage.rng
    scale = min(1.0, len(stage.world.base) / 30_000)
    start = stage.moment(26, attack=False)
    created = np.array([start - 30 * MINUTE])
    star = stage.world.society.add(rng, 1, created=created, joined=created)
    stage.people.reach[star] = 2_000
    innocent, label = stage.innocent("celebrity", start, 30, subjects=star.tolist())
    stage.add(stage.daily.account_rows(star, created, REGISTER, label=label, named=1.0))
    stage.add(stage.daily.account_rows(star, created + 4 * HOUR, LOGIN, label=label))
    contents = stage.publish(
        np.repeat(star, 3), start + np.array([0, 5 * HOUR, 20 * HOUR]) + rng.integers(0, HOUR, 3), label
    )
    innocent.contents = contents.tolist()
    stage.contents.spread[contents] = 4.0
    community = int(stage.people.community[star[0]])
    fans = np.unique(
        stage.crowd(max(60, int(rng.uniform(700, 1_800) * scale)), community=community, share=0.5)
    )
    ts = stage.drip(fans, start, stage.hours_left(start, float(rng.uniform(10, 24))))
    ways = np.array([SEARCH, PROFILE, FEED, SHARE])
    stage.act(
        SUBSCRIPTION,
        fans,
        ts,
        target=int(star[0]),
        action=SUBSCRIBE,
        label=label,
        source=ways[rng.choice(4, size=len(fans), p=[0.5, 0.25, 0.15, 0.1])],
    )
    for content in contents.tolist():
        stage.audience(
            content,
            max(30, int(500 * scale)),
            int(stage.contents.ts[content]) + MINUTE,
            14.0,
            label,
            cascade=max(200, int(1_000 * scale)),
        )
