"""Greetings and one-word comments: hundreds of the same under a well-known author's post, within minutes."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import MINUTE
from detector.simulate.stage import Stage
from detector.simulate.texts.lexicon import LEXICONS


def stage(stage: Stage) -> None:
    """A live event: those who watch write "first", "haha", "good morning", some of them several times."""
    rng = stage.rng
    author = stage.target(5, 400)
    start = stage.moment(3, attack=False)
    innocent, label = stage.innocent("greetings", start, 2, subjects=[author])
    content = int(stage.publish(np.array([author], dtype=np.int32), np.array([start]), label)[0])
    innocent.contents = [content]
    scale = min(1.0, len(stage.world.base) / 30_000)
    fans = np.unique(
        stage.crowd(
            max(30, int(rng.uniform(150, 500) * scale)), community=int(stage.people.community[author])
        )
    )
    ts = start + 30_000 + np.minimum(rng.exponential(14 * MINUTE, len(fans)), 70 * MINUTE).astype(np.int64)
    ip, device = stage.world.society.where(rng, fans, ts)
    stage.look(fans, ts, content, label, share=0.95, ip=ip, device=device)
    again = np.concatenate([np.arange(len(fans)), np.flatnonzero(rng.random(len(fans)) < 0.4)])
    words = []
    for language, u, v in zip(
        stage.people.language[fans[again]].tolist(),
        rng.random(len(again)),
        rng.random(len(again)),
        strict=True,
    ):
        lexicon = LEXICONS[language]
        pool = lexicon.greetings if u < 0.3 else lexicon.short
        words.append(pool[int(v**2.5 * len(pool))])
    later = ts[again] + rng.integers(0, 5 * MINUTE, size=len(again))
    stage.comment(fans[again], later, content, label, words, ip=ip[again], device=device[again])
