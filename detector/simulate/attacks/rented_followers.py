"""Followers that are aged, rented accounts on ordinary addresses, sold to several targets hours apart."""

from __future__ import annotations

from detector.simulate.config import HOUR
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """One seller, two to four customers; most of the crew serves each of them."""
    rng = stage.rng
    count = stage.number(25, 220)
    crew = stage.rent(count)
    customers = int(rng.integers(2, 5))
    gaps = rng.uniform(2.0, 9.0, size=customers)
    start = stage.moment(min(float(gaps.sum()), stage.hours * 0.5) + 1)
    for k in range(customers):
        hours = float(rng.uniform(0.4, 3.0))
        if start + hours * HOUR > stage.end:
            break
        target = stage.target(0.3, 60)
        campaign, label = stage.campaign(
            "rented_followers", ("follower_jump",), start, hours, also=("lockstep",), accounts=[target]
        )
        hired = rng.choice(
            crew, size=max(min(20, len(crew)), round(len(crew) * rng.uniform(0.8, 1))), replace=False
        )
        campaign.participants = hired.tolist()
        stage.subscribe(hired, stage.burst(len(hired), start, hours), target, label)
        start += int(gaps[k] * HOUR)
