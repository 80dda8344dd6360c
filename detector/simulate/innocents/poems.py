"""Quoted poems on the evening of a festival."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR
from detector.simulate.stage import Stage
from detector.simulate.texts.lexicon import LEXICONS


def stage(stage: Stage) -> None:
    """A few well-known ones, by people who do not know each other."""
    rng = stage.rng
    language = int(rng.integers(0, 4))
    lexicon = LEXICONS[language]
    start = stage.moment(8, attack=False)
    innocent, label = stage.innocent("poems", start, 8)
    scale = min(1.0, len(stage.world.base) / 30_000)
    people = stage.crowd(max(60, int(rng.uniform(200, 500) * scale)))
    people = np.unique(people[stage.people.language[people] == language])
    innocent.accounts = people.tolist()
    ts = start + (rng.beta(2, 2, size=len(people)) * 7 * HOUR).astype(np.int64)
    draws = rng.random((len(people), 3)).tolist()
    texts = []
    for which, greets, g in draws:
        poem = lexicon.poems[int(which**1.5 * len(lexicon.poems))]
        greeting = lexicon.greetings[int(g * len(lexicon.greetings))] + lexicon.joiner
        texts.append(greeting + poem if greets < 0.25 else poem)
    posts = stage.publish(people, ts, label, texts)
    innocent.contents = posts.tolist()
    stage.readers(posts, 2.0)
