"""Forced subscriptions: an app or a page makes its visitors follow an account they never asked for."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR
from detector.simulate.stage import Stage
from detector.simulate.traffic import AUTOFOLLOW, CARD


def stage(stage: Stage) -> None:
    """Marked as automatic; or within a blink of reading somebody else. Many leave when they notice."""
    rng = stage.rng
    count = stage.number(60, 350)
    hours = float(rng.uniform(3, 20))
    start = stage.moment(hours)
    hours = stage.hours_left(start, hours)
    target = stage.target(0.3, 40)
    marked = rng.random() < 0.5
    _, label = stage.campaign(
        "forced_subscription",
        ("forced_subscription",),
        start,
        hours,
        also=("follower_jump", "follower_drop"),
        accounts=[target],
        pace="slow",
        solo=True,
        note="automatic source" if marked else "within a blink of a click elsewhere",
    )
    victims = stage.members(count)
    ts = stage.drip(victims, start, hours)
    if marked:
        stage.subscribe(victims, ts, target, label, source=AUTOFOLLOW, log_in=False)
    else:
        host = stage.recent(stage.target(1, 200, fresh=False), start)
        read = stage.click(victims, ts, host, -1)
        blink = ts + rng.integers(40, 400, size=len(victims))
        stage.subscribe(
            victims, blink, target, label, source=CARD, ip=read["ip"], device=read["device"], log_in=False
        )
    notice = np.flatnonzero(rng.random(len(victims)) < 0.35)
    later = ts[notice] + (rng.exponential(10.0, size=len(notice)) * HOUR).astype(np.int64)
    stage.unsubscribe(victims[notice], later, target, -1)
