"""Friends register by invitation and follow the one who invited them, as the link proposes."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR
from detector.simulate.stage import Stage
from detector.simulate.traffic import QR, SHARE


def stage(stage: Stage) -> None:
    """A choir leader, a guild master: dozens come within a day; some follow one another, all stay."""
    rng = stage.rng
    host = int(stage.members(1)[0])
    hours = min(float(rng.uniform(3, 20)), stage.hours * 0.4)
    start = stage.moment(hours, attack=False)
    count = int(rng.integers(15, 60))
    created = start + (rng.beta(1.1, 2.2, size=count) * hours * HOUR).astype(np.int64)
    created = created[created < stage.end - HOUR]
    friends = stage.world.society.add(
        rng,
        len(created),
        created=created,
        joined=created,
        community=int(stage.people.community[host]),
        fresh=True,
    )
    innocent, label = stage.innocent("invitations", start, hours, subjects=[host])
    innocent.accounts = [host, *friends.tolist()]
    stage.register(friends, label)
    ts = created + rng.integers(10_000, 200_000, size=len(friends))
    stage.subscribe(friends, ts, host, label, source=np.where(rng.random(len(friends)) < 0.7, SHARE, QR))
    later = ts + rng.integers(60_000, 5 * HOUR, size=len(friends))
    other = rng.permutation(friends)
    stage.subscribe(friends[::2], later[::2], other[::2], label)
    stage.live(friends, start + int(hours * HOUR / 2), 3.0, label)
