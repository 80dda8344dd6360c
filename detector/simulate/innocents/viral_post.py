"""A post goes viral: readers share it, their friends too, and many come to follow its author."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR, MINUTE
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """A small author, for once."""
    go(stage, "viral_post", stage.target(0.3, 8))


def go(stage: Stage, kind: str, author: int, start: int | None = None) -> tuple[int, int]:
    """Make a post of the author viral; its content and when it began."""
    rng = stage.rng
    start = stage.moment(24, attack=False) if start is None else start
    innocent, label = stage.innocent(kind, start, 36, subjects=[author])
    content = int(stage.publish(np.array([author], dtype=np.int32), np.array([start - 10 * MINUTE]))[0])
    innocent.contents = [content]
    stage.contents.spread[content] = rng.uniform(9, 16)
    scale = min(1.0, len(stage.world.base) / 30_000)
    reads = stage.audience(
        content,
        max(40, int(rng.uniform(200, 900) * scale)),
        start,
        float(rng.uniform(2, 6)),
        label,
        zeal=1.3,
        cascade=max(300, int(6_000 * scale)),
    )
    innocent.end = int(min(innocent.end, max(reads["ts"].max(), start + HOUR)))
    return content, start
