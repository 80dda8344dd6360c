"""One person's five accounts, on one phone: work, hobby, the dog; they share one another's posts."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import MINUTE
from detector.simulate.stage import Stage
from detector.simulate.traffic import LOGIN


def stage(stage: Stage) -> None:
    """Three to five accounts of one entity; the others repost what one of them posts."""
    rng = stage.rng
    count = int(rng.integers(3, 6))
    community = int(rng.integers(0, stage.world.society.communities))
    mine = stage.world.society.add(rng, count, community=community)
    people = stage.people
    people.devices[mine] = people.devices[mine[0]]
    people.home[mine], people.office[mine] = people.home[mine[0]], people.office[mine[0]]
    people.region[mine], people.zone[mine] = people.region[mine[0]], people.zone[mine[0]]
    people.entity[mine] = people.entity[mine[0]]
    innocent, label = stage.innocent(
        "five_accounts", stage.start, stage.hours, subjects=mine.tolist(), accounts=mine.tolist()
    )
    posts = max(3, int(stage.hours / 24 * rng.uniform(1, 3)))
    author = mine[rng.integers(0, count, size=posts)]
    ts = stage.world.rhythm.draw(rng, people.zone[author])
    contents = stage.publish(author, ts, label)
    innocent.contents = contents.tolist()
    stage.add(stage.daily.account_rows(author, ts - 3 * MINUTE, LOGIN, label=label))
    for content, who, moment in zip(contents.tolist(), author.tolist(), ts.tolist(), strict=True):
        others = mine[(mine != who) & (rng.random(count) < 0.7)]
        after = moment + np.cumsum(rng.integers(20_000, 4 * MINUTE, size=len(others)))
        stage.look(others, after, content, label, share=0.5)
        stage.repost(others, after, content, label)
    stage.readers(contents, 5.0)
    stage.live(mine, stage.start, stage.hours / 24, label)
