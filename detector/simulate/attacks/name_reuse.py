"""A closed account's name is registered again, or imitated with look-alike characters."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR
from detector.simulate.stage import Stage
from detector.simulate.texts.mutate import imitated
from detector.simulate.traffic import CLOSE, REGISTER


def stage(stage: Stage) -> None:
    """Some hours or days after the closing, by somebody else."""
    rng = stage.rng
    old = np.array([stage.target(0.5, 40)], dtype=np.int32)
    closing = stage.moment(stage.hours * 0.25)
    stage.add(stage.daily.account_rows(old, np.array([closing]), CLOSE))
    left = (stage.end - closing) / HOUR
    when = int(closing + rng.uniform(0.1, 0.85) * min(left, 72.0) * HOUR)
    created = np.array([when])
    community = stage.people.community[old]
    thief = stage.world.society.add(rng, 1, created=created, joined=created, fresh=True, community=community)
    name = stage.people.names[int(old[0])]
    same = rng.random() < 0.4
    stage.people.names[int(thief[0])] = name if same else imitated(rng, name)
    campaign, label = stage.campaign(
        "name_reuse",
        ("name_reuse",),
        when,
        1.0,
        accounts=thief.tolist(),
        solo=True,
        note="the same name" if same else "an imitation",
    )
    campaign.end = stage.end
    stage.add(stage.daily.account_rows(thief, created, REGISTER, label=label, named=1.0))
    stage.live(thief, when + HOUR, 2.0, label)
