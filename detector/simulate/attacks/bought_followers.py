"""Followers bought in a burst: fresh accounts, each registered on its own in the days before."""

from __future__ import annotations

import numpy as np

from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """One order for one author; a third of them are small."""
    small = stage.rng.random() < 0.33
    count = stage.number(20, 40) if small else stage.number(80, 450)
    hours = float(stage.rng.uniform(0.3, 3.0))
    start = stage.moment(hours + 0.5)
    target = stage.target(0.3, 60)
    campaign, label = stage.campaign(
        "bought_followers",
        ("follower_jump",),
        start,
        hours,
        also=("lockstep", "bulk_registration"),
        accounts=[target],
    )
    bots = stage.recruit(count, start, float(np.exp(stage.rng.uniform(np.log(12), np.log(500)))), label)
    campaign.participants = bots.tolist()
    stage.subscribe(bots, stage.burst(count, start, hours), target, label)
