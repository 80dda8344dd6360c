"""The platform purges dead accounts: many authors lose followers at once."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import MINUTE
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """Inactive accounts are made to unfollow all they followed, within an hour."""
    rng = stage.rng
    start = stage.moment(2, attack=False)
    innocent, label = stage.innocent("purge", start, 1.5)
    base = stage.world.base
    quiet = base[(stage.active[base] <= 2) & (stage.people.joined[base] < stage.start)]
    gone = rng.choice(quiet, size=min(len(quiet), max(30, len(base) // 150)), replace=False)
    count = rng.integers(2, 9, size=len(gone))
    actor = np.repeat(gone, count)
    target = stage.daily.catalogue.authors(rng, stage.people.community[actor])
    ts = start + (rng.random(len(actor)) * 55 * MINUTE).astype(np.int64)
    stage.unsubscribe(actor, ts, target, label, ip=-1, device=-1, source=-1)
    innocent.subjects = target.tolist()
