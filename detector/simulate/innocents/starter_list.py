"""A starter list: newcomers follow the same thirty accounts with one touch, within one minute."""

from __future__ import annotations

import numpy as np

from detector.simulate.stage import Stage
from detector.simulate.traffic import CARD, RECOMMEND


def stage(stage: Stage) -> None:
    """Newcomers of some days; each takes nearly the whole list as it stood, then goes on like others."""
    rng = stage.rng
    base, people = stage.world.base, stage.people
    new = base[people.joined[base] >= stage.start]
    takers = new[rng.random(len(new)) < 0.12][: max(40, int(150 * stage.hours / 168))]
    listed = np.unique(
        stage.daily.catalogue.authors(rng, rng.integers(0, stage.world.society.communities, 60))
    )
    listed = rng.permutation(listed)[:30]
    _, label = stage.innocent(
        "starter_list", stage.start, stage.hours, subjects=listed.tolist(), accounts=takers.tolist()
    )
    for taker in takers.tolist():
        chosen = listed[rng.random(len(listed)) < 0.94]
        begin = people.joined[taker] + int(rng.integers(20_000, 400_000))
        ts = begin + np.sort(rng.integers(0, 55_000, size=len(chosen)))
        actor = np.full(len(chosen), taker, dtype=np.int32)
        first = np.full(len(chosen), begin)
        ip, device = stage.world.society.where(rng, actor[:1], first[:1])
        stage.subscribe(
            actor,
            ts,
            chosen,
            label,
            ip=ip[0],
            device=device[0],
            source=np.where(rng.random(len(chosen)) < 0.5, CARD, RECOMMEND),
        )
