"""A flood of comments from a few templates: words swapped, emoji, invisible and look-alike characters."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import MINUTE
from detector.simulate.stage import Stage
from detector.simulate.texts.compose import filled
from detector.simulate.texts.lexicon import LEXICONS
from detector.simulate.texts.mutate import disguised, reordered


def stage(stage: Stage) -> None:
    """Praise or chatter under one or two contents of an author, each account once to three times."""
    crew = stage.rent(stage.number(20, 130), stage.tongue())
    flood(stage, crew, stage.target(0.3, 80), stage.moment(4), float(stage.rng.uniform(0.3, 3.5)))


def flood(stage: Stage, crew: np.ndarray, author: int, start: int, hours: float) -> None:
    """Stage a flood by a given crew."""
    rng = stage.rng
    content = stage.recent(author, start)
    _, label = stage.campaign(
        "comment_flood",
        ("comment_inflation", "batch_posting"),
        start,
        hours,
        also=("lockstep",),
        accounts=[author],
        about=[content],
        comments=True,
        participants=crew.tolist(),
    )
    actor = np.concatenate([crew, crew[rng.random(len(crew)) < 0.4], crew[rng.random(len(crew)) < 0.15]])
    language = int(np.bincount(stage.people.language[crew]).argmax())
    lexicon = LEXICONS[language]
    said = lexicon.praise if rng.random() < 0.6 else [*lexicon.sentences, *lexicon.comments]
    templates = rng.permutation(np.array([s for s in said if "{n}" in s], dtype=object))
    templates = templates[: int(rng.integers(2, 5))]
    # The goods are the same everywhere; what is said of them varies.
    fixed = {"n": lexicon.nouns[int(rng.integers(0, len(lexicon.nouns)))]}
    strength = float(rng.uniform(0.15, 0.9))
    texts = []
    for _ in range(len(actor)):
        picked = rng.integers(0, len(templates), size=int(rng.integers(1, 3)))
        parts = [filled(rng, language, str(templates[k]), fixed) for k in np.unique(picked).tolist()]
        text = reordered(rng, parts, lexicon.joiner or "，") if len(parts) > 1 else parts[0]
        texts.append(disguised(rng, text, strength=strength))
    ts = stage.burst(len(actor), start, hours)
    stage.look(actor, ts, content, label, share=0.5)
    stage.comment(actor, ts, content, label, texts)
    stage.audience(content, 12, start - 30 * MINUTE, 6.0)
