"""An agency's text, run by dozens of media within hours, with credit."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import MINUTE
from detector.simulate.stage import Stage
from detector.simulate.texts.compose import paragraph
from detector.simulate.texts.lexicon import LEXICONS


def stage(stage: Stage) -> None:
    """A few stories a day of one agency; each house runs some, now and then under its own headline."""
    rng = stage.rng
    people, known = stage.people, stage.authors()
    known = known[(stage.wrote[known] > 0) & (people.reach[known] > 3)]
    language = int(np.bincount(people.language[known]).argmax()) if rng.random() < 0.5 else 1
    houses = known[people.language[known] == language]
    houses = rng.choice(houses, size=min(len(houses), int(rng.integers(15, 50))), replace=False)
    agency = int(houses[0])
    credit = people.names[agency]
    lexicon = LEXICONS[language]
    innocent, label = stage.innocent(
        "syndication", stage.start, stage.hours, subjects=houses.tolist(), accounts=houses.tolist()
    )
    for _ in range(max(2, int(stage.hours / 30))):
        moment = stage.moment(6, attack=False)
        body = paragraph(rng, language, int(rng.integers(4, 9)))
        run = np.concatenate([[agency], houses[1:][rng.random(len(houses) - 1) < 0.6]]).astype(np.int32)
        ts = moment + (rng.exponential(50.0, size=len(run)) * MINUTE).astype(np.int64)
        ts[0] = moment
        texts = []
        for k in range(len(run)):
            headline = paragraph(rng, language, 1) + lexicon.joiner if k and rng.random() < 0.4 else ""
            texts.append(headline + body)
        extras: list[dict[str, object]] = [{} if k == 0 else {"credit": credit} for k in range(len(run))]
        posts = stage.publish(run, ts, label, texts, extras)
        innocent.contents += posts.tolist()
        stage.readers(posts, 3.0)
