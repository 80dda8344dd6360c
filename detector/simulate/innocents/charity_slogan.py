"""A charity's slogan that hundreds repeat, in posts, reposts and comments, over a day or two."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR, MINUTE
from detector.simulate.stage import Stage
from detector.simulate.texts.lexicon import LEXICONS


def stage(stage: Stage) -> None:
    """People of all circles that speak the language; most read the charity's post before."""
    rng = stage.rng
    charity = stage.target(1, 100)
    language = int(stage.people.language[charity])
    lexicon = LEXICONS[language]
    slogan = lexicon.slogans[int(rng.integers(0, len(lexicon.slogans)))]
    hours = min(float(rng.uniform(12, 40)), stage.hours * 0.5)
    start = stage.moment(hours, attack=False)
    innocent, label = stage.innocent("charity_slogan", start, hours, subjects=[charity])
    first = stage.publish(
        np.array([charity], dtype=np.int32), np.array([start - 3 * MINUTE]), label, [slogan]
    )
    content = int(first[0])
    scale = min(1.0, len(stage.world.base) / 30_000)
    people = stage.crowd(max(40, int(rng.uniform(200, 700) * scale)))
    people = np.unique(people[stage.people.language[people] == language])
    innocent.accounts = people.tolist()
    ts = start + np.minimum(rng.gamma(1.5, hours / 4, len(people)) * HOUR, hours * HOUR).astype(np.int64)
    stage.look(people, ts, content, label, share=0.8)
    said = [
        slogan if u < 0.65 else slogan + lexicon.joiner + lexicon.short[int(v * len(lexicon.short))]
        for u, v in rng.random((len(people), 2)).tolist()
    ]
    way = rng.random(len(people))
    for kind, low, high in (("post", 0.0, 0.4), ("repost", 0.4, 0.7), ("comment", 0.7, 1.0)):
        which = np.flatnonzero((way >= low) & (way < high))
        texts = [said[k] for k in which.tolist()]
        if kind == "post":
            innocent.contents = [content, *stage.publish(people[which], ts[which], label, texts).tolist()]
        elif kind == "repost":
            stage.repost(people[which], ts[which], content, label, text=stage.contents.write(texts))
        else:
            stage.comment(people[which], ts[which], content, label, texts)
