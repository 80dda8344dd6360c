"""Weather and price bulletins: many stations, one template, numbers and places differ."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import DAY, HOUR, MINUTE
from detector.simulate.stage import Stage
from detector.simulate.texts.lexicon import LEXICONS


def stage(stage: Stage) -> None:
    """Each station every morning near the same minute, for its own place."""
    rng = stage.rng
    people, known = stage.people, stage.authors()
    language = int(rng.integers(0, 4))
    local = known[people.language[known] == language]
    stations = rng.choice(local, size=min(len(local), int(rng.integers(8, 30))), replace=False)
    lexicon = LEXICONS[language]
    template = lexicon.bulletins[int(rng.integers(0, len(lexicon.bulletins)))]
    innocent, label = stage.innocent(
        "bulletins", stage.start, stage.hours, subjects=stations.tolist(), accounts=stations.tolist()
    )
    morning = stage.start + int(rng.uniform(0, 24) * HOUR)
    for day in range(max(1, int(stage.hours / 24) + 1)):
        ts = morning - DAY + day * DAY + (rng.random(len(stations)) * 12 * MINUTE).astype(np.int64)
        keep = (ts >= stage.start) & (ts < stage.end)
        texts = [
            template.format(
                place=lexicon.places[int(s) % len(lexicon.places)],
                sky=lexicon.skies[int(rng.integers(0, len(lexicon.skies)))],
                wind=lexicon.winds[int(rng.integers(0, len(lexicon.winds)))],
                a=rng.integers(18, 38),
                b=rng.integers(2, 18),
                c=rng.integers(2, 7),
                d=rng.integers(20, 95),
            )
            for s in stations[keep].tolist()
        ]
        posts = stage.publish(stations[keep], ts[keep], label, texts)
        innocent.contents += posts.tolist()
        stage.readers(posts, 1.0)
