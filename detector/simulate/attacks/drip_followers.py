"""Followers fed drop by drop over a day or two, at three to six times the target's own rate."""

from __future__ import annotations

from detector.simulate.config import HOUR
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """Fresh accounts for one target, or aged ones that are sold twice."""
    rng = stage.rng
    twice = rng.random() < 0.5
    hours = min(float(rng.uniform(24, 48)), stage.hours * 0.6)
    start = stage.moment(hours)
    hours = stage.hours_left(start, hours)
    factor = float(rng.uniform(3, 6))
    targets = [stage.target(max(1.0, 4 * stage.size), max(8.0, 45 * stage.size)) for _ in range(1 + twice)]
    days = stage.hours / 24
    rate = max(float(stage.followed[t]) / days for t in targets)
    count = max(20, min(400, round(rate * factor * hours / 24)))
    crew = stage.rent(count) if twice else None
    for target in targets:
        campaign, label = stage.campaign(
            "drip_followers",
            ("follower_jump",),
            start,
            hours,
            also=("lockstep", "bulk_registration"),
            pace="slow",
            accounts=[target],
            note=f"{'aged' if twice else 'fresh'}, {factor:.1f} times the own rate",
        )
        if crew is None:
            when = start + (rng.random(count) * hours * HOUR).astype("int64")
            bots = stage.recruit(count, when, 200.0, label)
            ts = when
        else:
            bots, ts = crew, stage.drip(crew, start, hours)
        campaign.participants = bots.tolist()
        stage.subscribe(bots, ts, target, label)
