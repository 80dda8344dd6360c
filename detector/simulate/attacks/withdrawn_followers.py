"""Followers bought for a few days and withdrawn at once: the seller takes them away for the next customer."""

from __future__ import annotations

from detector.simulate.config import HOUR
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """The purchase, and the withdrawal some hours or days later; each is found by itself."""
    count = stage.number(25, 300)
    hours = float(stage.rng.uniform(0.4, 4.0))
    start = stage.moment(hours + min(30.0, stage.hours * 0.4))
    target = stage.target(0.3, 60)
    bought, label = stage.campaign(
        "withdrawn_followers_in",
        ("follower_jump",),
        start,
        hours,
        also=("lockstep", "follower_drop", "bulk_registration"),
        accounts=[target],
    )
    fresh = stage.rng.random() < 0.5
    bots = stage.recruit(count, start, 240.0, label) if fresh else stage.rent(count)
    bought.participants = bots.tolist()
    stage.subscribe(bots, stage.burst(len(bots), start, hours), target, label)

    left = (stage.end - start) / HOUR - hours
    gone = int(start + (hours + stage.rng.uniform(0.25, 0.8) * min(left, 72.0)) * HOUR)
    quick = float(stage.rng.uniform(0.1, 1.0))
    withdrawn, label = stage.campaign(
        "withdrawn_followers_out",
        ("follower_drop",),
        gone,
        quick,
        also=("lockstep", "follower_jump"),
        accounts=[target],
    )
    leavers = bots[: max(20, round(len(bots) * stage.rng.uniform(0.88, 1.0)))]
    withdrawn.participants = leavers.tolist()
    stage.unsubscribe(leavers, stage.burst(len(leavers), gone, quick), target, label)
