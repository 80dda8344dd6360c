"""Bought followers inside a genuine viral moment of the same account."""

from __future__ import annotations

from detector.simulate.config import HOUR
from detector.simulate.innocents import viral_post
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """The purchase starts when the post is being shared most."""
    rng = stage.rng
    count = stage.number(40, 260)
    hours = float(rng.uniform(0.5, 3.0))
    start = stage.moment(hours + 6)
    author = stage.target(0.5, 20)
    viral_post.go(stage, "viral_post", author, start - int(rng.uniform(0.5, 3.0) * HOUR))
    campaign, label = stage.campaign(
        "viral_cover",
        ("follower_jump",),
        start,
        hours,
        also=("lockstep", "bulk_registration"),
        accounts=[author],
    )
    bots = stage.recruit(count, start, 240.0, label) if rng.random() < 0.5 else stage.rent(count)
    campaign.participants = bots.tolist()
    stage.subscribe(bots, stage.burst(len(bots), start, hours), author, label)
