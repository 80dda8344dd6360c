"""A media house whose ten accounts repost one another and run one another's stories with credit."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import MINUTE
from detector.simulate.stage import Stage
from detector.simulate.traffic import LOGIN


def stage(stage: Stage) -> None:
    """One company, one office, one desk after another."""
    rng = stage.rng
    count = int(rng.integers(8, 13))
    language_home = int(rng.integers(0, stage.world.society.communities))
    desks = stage.world.society.add(rng, count, community=language_home)
    people = stage.people
    office = stage.world.places.new_address(rng, int(people.region[desks[0]]))
    people.home[desks] = office
    people.office[desks] = office
    people.entity[desks] = people.entity[desks[0]]
    innocent, label = stage.innocent(
        "media_house", stage.start, stage.hours, subjects=desks.tolist(), accounts=desks.tolist()
    )
    stories = max(4, int(stage.hours / 24 * rng.uniform(3, 6)))
    author = desks[rng.integers(0, count, size=stories)]
    ts = stage.world.rhythm.draw(rng, people.zone[author])
    contents = stage.publish(author, ts, label)
    innocent.contents = contents.tolist()
    stage.add(
        stage.daily.account_rows(desks, stage.world.rhythm.draw(rng, people.zone[desks]), LOGIN, label=label)
    )
    for content, who, moment in zip(contents.tolist(), author.tolist(), ts.tolist(), strict=True):
        others = desks[(desks != who) & (rng.random(count) < 0.75)]
        after = moment + 30_000 + rng.exponential(5 * MINUTE, size=len(others)).astype(np.int64)
        stage.look(others, after, content, label, share=0.4)
        stage.repost(others, after, content, label)
        runs = others[:2]
        text = stage.words_of(content)
        credit: list[dict[str, object]] = [{"credit": people.names[who]} for _ in runs]
        copies = stage.publish(runs, after[:2] + 12 * MINUTE, label, [text] * len(runs), credit)
        innocent.contents += copies.tolist()
        stage.audience(content, 15, moment + MINUTE, 12.0, label)
