"""Scheduled posts: dozens of houses publish at the full hour, to the second."""

from __future__ import annotations

from detector.simulate.config import DAY, HOUR
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """Each day at the same hours; every text is its own."""
    rng = stage.rng
    known = stage.authors()
    known = known[stage.wrote[known] > 0]
    houses = rng.choice(known, size=min(len(known), int(rng.integers(15, 45))), replace=False)
    innocent, label = stage.innocent(
        "scheduled_posts", stage.start, stage.hours, subjects=houses.tolist(), accounts=houses.tolist()
    )
    first = (stage.start // HOUR + int(rng.integers(0, 24))) * HOUR
    for slot in (first, first + int(rng.integers(4, 12)) * HOUR):
        for day in range(max(1, int(stage.hours / 24) + 1)):
            who = houses[rng.random(len(houses)) < 0.7]
            ts = slot + day * DAY + rng.integers(0, 1_500, size=len(who))
            keep = (ts >= stage.start) & (ts < stage.end)
            posts = stage.publish(who[keep], ts[keep], label)
            innocent.contents += posts.tolist()
            stage.readers(posts, 2.0)
