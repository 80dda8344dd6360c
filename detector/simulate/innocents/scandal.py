"""A scandal drives followers away."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR, MINUTE
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """Thousands read what is said, argue, and some of them leave: old followers, at home, one by one."""
    rng = stage.rng
    author = stage.target(8, 400)
    hours = float(rng.uniform(5, 18))
    start = stage.moment(hours, attack=False)
    hours = stage.hours_left(start, hours)
    innocent, label = stage.innocent("scandal", start, hours, subjects=[author])
    content = stage.recent(author, start)
    innocent.contents = [content]
    scale = min(1.0, len(stage.world.base) / 30_000)
    community = int(stage.people.community[author])
    stage.audience(
        content, max(40, int(500 * scale)), start, hours, label, zeal=0.8, cascade=max(100, int(900 * scale))
    )
    leavers = np.unique(
        stage.crowd(max(30, int(rng.uniform(150, 600) * scale)), community=community, share=0.8)
    )
    ts = start + np.minimum(rng.gamma(1.4, hours / 4, len(leavers)), hours).astype(float) * HOUR
    moment = ts.astype(np.int64)
    ip, device = stage.world.society.where(rng, leavers, moment)
    stage.look(leavers, moment, content, label, share=0.5, ip=ip, device=device)
    stage.unsubscribe(
        leavers,
        moment,
        author,
        label,
        ip=ip,
        device=device,
    )
    talks = np.flatnonzero(rng.random(len(leavers)) < 0.3)
    stage.comment(leavers[talks], moment[talks] - MINUTE, content, label, ip=ip[talks], device=device[talks])
