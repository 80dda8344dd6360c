"""Carrier-grade NAT: a region reads and follows its local news, all behind one or two addresses."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """A power cut: those who live there look for news on their phones."""
    rng = stage.rng
    news = stage.target(0.5, 60)
    region = int(stage.people.region[news])
    start = stage.moment(5, attack=False)
    innocent, label = stage.innocent("carrier_nat", start, 5, subjects=[news])
    content = stage.recent(news, start)
    innocent.contents = [content]
    base = stage.world.base
    near = base[(stage.people.region[base] == region) & (stage.people.joined[base] < stage.start)]
    count = min(len(near), max(25, int(len(near) * rng.uniform(0.05, 0.15))))
    people = rng.choice(near, size=count, replace=False)
    innocent.accounts = people.tolist()
    lines = np.unique(stage.world.places.mobile(rng, np.full(2, region, dtype=np.int32)))
    ts = start + (rng.beta(1.2, 3.0, size=count) * 4 * HOUR).astype(np.int64)
    line = lines[rng.integers(0, len(lines), size=count)]
    device = stage.people.devices[people, 0]
    stage.look(people, ts, content, label, share=0.9, ip=line, device=device)
    follows = rng.random(count) < 0.45
    stage.subscribe(people[follows], ts[follows], news, label, ip=line[follows], device=device[follows])
    shares = rng.random(count) < 0.2
    stage.repost(people[shares], ts[shares] + 7_000, content, label, ip=line[shares], device=device[shares])
    talks = rng.random(count) < 0.3
    stage.comment(people[talks], ts[talks] + 30_000, content, label, ip=line[talks], device=device[talks])
