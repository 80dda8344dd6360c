"""A company's or a school class's first day: all register from one address, follow it and one another."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR, MINUTE
from detector.simulate.stage import Stage
from detector.simulate.traffic import CARD, SEARCH


def stage(stage: Stage) -> None:
    """Everybody has a device and an entity of his own; in the days after they use it as others do."""
    rng = stage.rng
    company = stage.target(0.2, 15)
    start = stage.moment(4, attack=False)
    count = int(rng.integers(20, 80))
    created = start + (rng.beta(1.3, 2.0, size=count) * 70 * MINUTE).astype(np.int64)
    region = int(stage.people.region[company])
    staff = stage.world.society.add(
        rng,
        count,
        created=created,
        joined=created,
        region=region,
        community=int(stage.people.community[company]),
        fresh=True,
    )
    line = stage.world.places.new_address(rng, region)
    stage.people.office[staff] = line
    innocent, label = stage.innocent("first_day", start, 4, subjects=[company, *staff.tolist()])
    innocent.accounts = staff.tolist()
    stage.register(staff, label, ip=line)
    ts = created + rng.integers(30_000, 6 * MINUTE, size=count)
    stage.subscribe(
        staff, ts, company, label, ip=line, source=np.where(rng.random(count) < 0.5, SEARCH, CARD)
    )
    each = min(count - 1, int(rng.integers(5, 14)))
    who = np.repeat(staff, each)
    whom = staff[rng.integers(0, count, size=len(who))]
    stage.subscribe(
        who, np.repeat(ts, each) + rng.integers(20_000, 50 * MINUTE, size=len(who)), whom, label, ip=line
    )
    stage.live(staff, start + 3 * HOUR, 4.0, label)
