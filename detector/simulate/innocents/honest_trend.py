"""An honest trend: hundreds who do not know each other write of one thing under a new tag."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR
from detector.simulate.stage import Stage
from detector.simulate.texts.compose import posts


def stage(stage: Stage) -> None:
    """It grows, has its peak, and ebbs away; what is written is read, shared and talked about."""
    rng = stage.rng
    hours = min(float(rng.uniform(8, 30)), stage.hours * 0.5)
    start = stage.moment(hours, attack=False)
    tag = f"t{int(rng.integers(10_000, 99_999))}"
    innocent, label = stage.innocent("honest_trend", start, hours, topics=[tag])
    scale = min(1.0, len(stage.world.base) / 30_000)
    writers = stage.crowd(max(30, int(rng.uniform(120, 450) * scale)))
    innocent.accounts = np.unique(writers).tolist()
    ts = start + (rng.beta(2.0, 3.5, size=len(writers)) * hours * HOUR).astype(np.int64)
    texts = posts(rng, stage.people.language[writers].tolist())
    extras: list[dict[str, object]] = [{"topic": tag} for _ in texts]
    made = stage.publish(writers, ts, label, texts, extras)
    innocent.contents = made.tolist()
    stage.contents.spread[made] = 2.0
    popular = rng.choice(made, size=min(len(made), 12), replace=False)
    for content in popular.tolist():
        stage.audience(
            content, max(10, int(60 * scale)), int(stage.contents.ts[content]), 8.0, label, cascade=200
        )
    stage.readers(made, 4.0)
