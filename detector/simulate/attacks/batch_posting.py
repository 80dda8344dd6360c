"""One text posted by many accounts, a tenth to a fifth of it changed each time."""

from __future__ import annotations

import numpy as np

from detector.simulate.ids import random_ids
from detector.simulate.stage import Stage
from detector.simulate.texts.compose import paragraph
from detector.simulate.texts.mutate import disguised, edited


def stage(stage: Stage) -> None:
    """Advertising or a rumour in one language, within hours; some carry the same link or picture."""
    rng = stage.rng
    count = stage.number(20, 140)
    hours = float(rng.uniform(0.5, 6.0))
    start = stage.moment(hours + 0.3)
    campaign, label = stage.campaign(
        "batch_posting", ("batch_posting",), start, hours, also=("lockstep", "topic_inflation")
    )
    fresh = rng.random() < 0.4
    bots = stage.recruit(count, start, 300.0, label) if fresh else stage.rent(count, stage.tongue())
    language = int(np.bincount(stage.people.language[bots]).argmax())
    text = paragraph(rng, language, int(rng.integers(2, 7)))
    name, picture = random_ids(rng, 2, 16)
    link = f"https://s{rng.integers(0, 50)}.example/a/{name[:8]}"
    with_link, with_picture = rng.random() < 0.3, rng.random() < 0.3
    texts, extras = [], []
    twice = rng.random(len(bots)) < 0.15
    authors = np.concatenate([bots, bots[twice]])
    for _ in range(len(authors)):
        version = edited(rng, text, language, float(rng.uniform(0.08, 0.2)))
        texts.append(disguised(rng, version, strength=0.2))
        extra: dict[str, object] = {}
        if with_link and rng.random() < 0.8:
            extra["links"] = [link]
        if with_picture and rng.random() < 0.8:
            extra["media"] = [picture]
        extras.append(extra)
    posts = stage.publish(authors, stage.burst(len(authors), start, hours), label, texts, extras)
    campaign.contents = posts.tolist()
    campaign.participants = bots.tolist()
    stage.readers(posts, 0.4)
