"""The first day of a new author: everything is above a baseline that is not there yet."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR, MINUTE
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """He registers, posts, friends read and follow, some readers share."""
    rng = stage.rng
    start = stage.moment(24, attack=False)
    created = np.array([start])
    author = stage.world.society.add(rng, 1, created=created, joined=created)
    innocent, label = stage.innocent("new_account", start, 24, subjects=author.tolist())
    stage.register(author, label)
    count = int(rng.integers(2, 5))
    ts = start + np.cumsum(rng.integers(10 * MINUTE, 6 * HOUR, size=count))
    ts = ts[ts < stage.end]
    for content in stage.publish(np.repeat(author, len(ts)), ts, label).tolist():
        innocent.contents.append(content)
        stage.contents.spread[content] = 3.0
        stage.audience(
            content,
            int(rng.integers(25, 160)),
            int(stage.contents.ts[content]) + MINUTE,
            8.0,
            label,
            zeal=3.0,
            cascade=300,
        )
