"""A fan club: it reposts its idol within minutes, every time, after reading; and has a life beside."""

from __future__ import annotations

import numpy as np

from detector.simulate.browsing import visit
from detector.simulate.config import MINUTE
from detector.simulate.sources import repost_sources
from detector.simulate.stage import Stage
from detector.simulate.traffic import FEED, PROFILE


def stage(stage: Stage) -> None:
    """Notifications bring them; most of those who are awake read and repost, some write a comment."""
    rng = stage.rng
    idol = stage.target(10, 300)
    community = int(stage.people.community[idol])
    club = stage.members(max(15, int(rng.integers(25, 90))), community)
    club = club[club != idol]
    innocent, label = stage.innocent(
        "fan_club", stage.start, stage.hours, subjects=[idol], accounts=club.tolist()
    )
    count = max(4, int(rng.uniform(1.0, 2.5) * stage.hours / 24))
    moments = stage.world.rhythm.draw(rng, np.full(count, stage.people.zone[idol]))
    contents = stage.publish(np.full(count, idol, dtype=np.int32), moments)
    innocent.contents = contents.tolist()
    for content, moment in zip(contents.tolist(), moments.tolist(), strict=True):
        awake = rng.random(len(club)) < 0.75 * np.minimum(
            1.0, stage.world.rhythm.wakefulness(np.full(len(club), moment), stage.people.zone[club])
        )
        fans = club[awake]
        ts = moment + 20_000 + rng.exponential(4 * MINUTE, size=len(fans)).astype(np.int64)
        read = visit(
            stage.world,
            fans,
            ts,
            np.full(len(fans), content, dtype=np.int32),
            source=np.where(rng.random(len(fans)) < 0.6, PROFILE, FEED),
            label=label,
        )
        stage.add(read)
        shares = rng.random(len(fans)) < 0.85
        later = ts + read["dwell"] + rng.integers(2_000, 30_000, len(fans))
        stage.repost(
            fans[shares],
            later[shares],
            content,
            label,
            ip=read["ip"][shares],
            device=read["device"][shares],
            source=repost_sources(rng, int(shares.sum())),
        )
        talks = rng.random(len(fans)) < 0.3
        stage.comment(
            fans[talks],
            later[talks] + 9_000,
            content,
            label,
            ip=read["ip"][talks],
            device=read["device"][talks],
        )
        stage.audience(content, 12, moment + MINUTE, 10.0, label)
