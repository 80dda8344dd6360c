"""Students follow their school from one address, in one lesson."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import MINUTE
from detector.simulate.stage import Stage
from detector.simulate.traffic import QR, SEARCH


def stage(stage: Stage) -> None:
    """The teacher shows a code; all have phones of their own, a third are new on the platform."""
    rng = stage.rng
    school = stage.target(0.3, 15)
    start = stage.moment(2, attack=False)
    innocent, label = stage.innocent("school_address", start, 2, subjects=[school])
    region = int(stage.people.region[school])
    near = np.flatnonzero(
        (stage.people.region == region)
        & (stage.people.joined < stage.start)
        & (np.arange(len(stage.people)) < len(stage.world.base))
    )
    count = int(rng.integers(30, 110))
    old = rng.choice(near, size=min(len(near), count * 2 // 3), replace=False).astype(np.int32)
    created = start - rng.integers(2 * MINUTE, 40 * MINUTE, size=count // 3)
    new = stage.world.society.add(
        rng, len(created), created=created, joined=created, region=region, fresh=True
    )
    line = stage.world.places.new_address(rng, region)
    stage.register(new, label, ip=line)
    pupils = np.concatenate([old, new])
    innocent.accounts = pupils.tolist()
    ts = start + (rng.beta(1.2, 2.5, size=len(pupils)) * 45 * MINUTE).astype(np.int64)
    source = np.where(rng.random(len(pupils)) < 0.6, QR, SEARCH)
    stage.subscribe(pupils, ts, school, label, ip=line, source=source)
    content = stage.recent(school, start)
    reads = rng.random(len(pupils)) < 0.5
    stage.click(pupils[reads], ts[reads] + 20_000, content, label, ip=line)
    stage.live(new, start + 60 * MINUTE, 3.0, label)
