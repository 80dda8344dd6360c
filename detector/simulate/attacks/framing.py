"""Framing: somebody buys followers for a rival, to have him punished."""

from __future__ import annotations

from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """One burst, once; the rival gains nothing by it, before or after."""
    rng = stage.rng
    count = stage.number(40, 260)
    hours = float(rng.uniform(0.3, 2.0))
    start = stage.moment(hours + 0.5)
    rival = stage.target(3, 80)
    campaign, label = stage.campaign(
        "framing",
        ("follower_jump",),
        start,
        hours,
        also=("lockstep", "bulk_registration"),
        accounts=[rival],
        role="target",
    )
    bots = stage.recruit(count, start, 200.0, label) if rng.random() < 0.6 else stage.rent(count)
    campaign.participants = bots.tolist()
    stage.subscribe(bots, stage.burst(len(bots), start, hours), rival, label)
