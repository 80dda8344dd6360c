"""A package: one crew of rented accounts follows, comments and clicks for the same customer within hours."""

from __future__ import annotations

import numpy as np

from detector.simulate.attacks.comment_flood import flood
from detector.simulate.config import HOUR
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """Overlapping campaigns on one author, each found by itself."""
    rng = stage.rng
    crew = stage.rent(stage.number(25, 140), stage.tongue())
    start = stage.moment(8)
    author = stage.target(0.3, 50)
    hours = float(rng.uniform(0.5, 3.0))
    campaign, label = stage.campaign(
        "package_followers", ("follower_jump",), start, hours, also=("lockstep",), accounts=[author]
    )
    campaign.participants = crew.tolist()
    stage.subscribe(crew, stage.burst(len(crew), start, hours), author, label)
    talkers = crew[rng.random(len(crew)) < 0.8]
    if len(talkers) < 20:
        talkers = crew
    flood(stage, talkers, author, start + int(rng.uniform(0.2, 2.5) * HOUR), float(rng.uniform(0.5, 2.0)))
    content = stage.recent(author, start)
    begun = start + int(rng.uniform(0.5, 4.0) * HOUR)
    hours = stage.hours_left(begun, float(rng.uniform(1.0, 4.0)))
    campaign, label = stage.campaign(
        "package_clicks", ("click_inflation",), begun, hours, also=("lockstep",), accounts=[author]
    )
    campaign.contents = [content]
    more = max(80, len(crew) * 3)
    actor = np.concatenate([crew, crew[rng.integers(0, len(crew), size=more)]])
    campaign.participants = crew.tolist()
    stage.click(actor, stage.burst(len(actor), begun, hours), content, label)
