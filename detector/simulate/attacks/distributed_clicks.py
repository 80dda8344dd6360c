"""Distributed clicks: thousands of ordinary devices, dwell and pacing as people's, and nothing follows."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR
from detector.simulate.innocents import viral_post
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """On one to three contents of an author; now and then inside a genuine viral moment of his."""
    rng = stage.rng
    count = stage.number(250, 1_600, floor=120)
    hours = float(rng.uniform(2.0, 14.0))
    start = stage.moment(hours)
    hours = stage.hours_left(start, hours)
    author = stage.target(0.3, 60)
    contents = [stage.recent(author, start)]
    if rng.random() < 0.3:
        contents = [viral_post.go(stage, "viral_post", author, start - int(0.5 * HOUR))[0]]
    campaign, label = stage.campaign(
        "distributed_clicks", ("click_inflation",), start, hours, also=("lockstep",), accounts=[author]
    )
    campaign.contents = contents
    half = stage.rent(count // 2)
    crew = np.concatenate([half, stage.recruit(count - len(half), start, 24 * 20.0, label, look=0.0)])
    campaign.participants = crew.tolist()
    again = rng.random(len(crew)) < 0.25
    actor = np.concatenate([crew, crew[again]])
    stage.click(
        actor,
        stage.drip(actor, start, hours),
        np.array(contents)[rng.integers(0, len(contents), size=len(actor))],
        label,
    )
