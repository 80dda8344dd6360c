"""A ring: 20 to 50 accounts that repost the same authors within minutes, now and then."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR, MINUTE
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """About half of the ring each time; most of them click first, as people do."""
    rng = stage.rng
    count = max(20, int(rng.integers(20, 51) * min(1.0, stage.size * 2)))
    ring = stage.rent(count)
    authors = [stage.target(0.3, 80) for _ in range(int(rng.integers(1, 4)))]
    times = int(rng.integers(6, 15))
    hours = stage.hours_left(0, max(8.0, stage.hours * 0.6))
    start = stage.moment(hours)
    hours = stage.hours_left(start, hours)
    campaign, label = stage.campaign(
        "repost_ring",
        ("lockstep", "repost_inflation"),
        start,
        hours,
        pace="slow",
        accounts=authors,
        participants=ring.tolist(),
    )
    moments = np.sort(start + (rng.random(times) * hours * HOUR).astype(np.int64))
    moments[0] = start
    for moment in moments.tolist():
        author = authors[int(rng.integers(0, len(authors)))]
        content = stage.recent(author, moment)
        if content in campaign.contents:
            # What they have pushed already they do not push again.
            when = np.array([moment - int(rng.uniform(2, 40) * MINUTE)])
            content = int(stage.publish(np.array([author], dtype=np.int32), when)[0])
        campaign.contents.append(content)
        crew = ring[rng.random(count) < rng.uniform(0.4, 0.6)]
        within = rng.uniform(2, 9) * MINUTE
        ts = moment + (rng.random(len(crew)) * within).astype(np.int64)
        looks = rng.random(len(crew)) < 0.7
        stage.click(crew[looks], ts[looks] - rng.integers(3_000, 60_000, int(looks.sum())), content, label)
        stage.repost(crew, ts, content, label)
