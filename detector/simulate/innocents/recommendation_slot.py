"""A recommendation slot: for some hours the platform shows an author to everybody."""

from __future__ import annotations

from detector.simulate.stage import Stage
from detector.simulate.traffic import RECOMMEND


def stage(stage: Stage) -> None:
    """Many impressions, many clicks from one way, followers from all circles."""
    rng = stage.rng
    author = stage.target(0.3, 40)
    hours = float(rng.uniform(2, 6))
    start = stage.moment(hours + 1, attack=False)
    content = stage.recent(author, start)
    innocent, label = stage.innocent("recommendation_slot", start, hours + 2, subjects=[author])
    innocent.contents = [content]
    scale = min(1.0, len(stage.world.base) / 30_000)
    stage.audience(
        content,
        max(80, int(rng.uniform(700, 2_200) * scale)),
        start,
        hours,
        label,
        zeal=float(rng.uniform(0.8, 1.8)),
        share=0.3,
        source=RECOMMEND,
        cascade=max(100, int(800 * scale)),
    )
