"""A manufactured hot topic: a closed circle posts under one tag and reposts one another."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import MINUTE
from detector.simulate.ids import random_ids
from detector.simulate.stage import Stage
from detector.simulate.texts.compose import posts


def stage(stage: Stage) -> None:
    """Every post with words of its own; hardly anybody from outside joins in."""
    rng = stage.rng
    crew = stage.rent(stage.number(20, 90), stage.tongue())
    hours = float(rng.uniform(1.5, 8.0))
    start = stage.moment(hours)
    tag = f"t{int.from_bytes(random_ids(rng, 1, 3)[0].encode()) % 90_000 + 10_000}"
    campaign, label = stage.campaign(
        "hot_topic",
        ("topic_inflation",),
        start,
        hours,
        also=("lockstep", "repost_inflation", "batch_posting"),
        topics=[tag],
        participants=crew.tolist(),
    )
    author = np.concatenate([crew, crew[rng.random(len(crew)) < 0.6]])
    texts = posts(rng, stage.people.language[author].tolist())
    extras: list[dict[str, object]] = [{"topic": tag} for _ in texts]
    made = stage.publish(author, stage.burst(len(author), start, hours), label, texts, extras)
    campaign.contents = made.tolist()
    count = len(crew) * int(rng.integers(3, 7))
    content = made[rng.integers(0, len(made), size=count)]
    actor = crew[rng.integers(0, len(crew), size=count)]
    own = stage.contents.author[content] == actor
    content, actor = content[~own], actor[~own]
    ts = stage.contents.ts[content] + rng.exponential(25 * MINUTE, size=len(actor)).astype(np.int64) + 20_000
    stage.look(actor, ts, content, label, share=0.6)
    stage.repost(actor, ts, content, label)
    stage.readers(made, 0.3)
