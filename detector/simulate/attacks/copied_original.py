"""Copies that claim to be original: one account takes others' posts, hours later, hardly changed."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR, MINUTE
from detector.simulate.stage import Stage
from detector.simulate.texts.mutate import edited


def stage(stage: Stage) -> None:
    """Five to fifteen posts over a day or two."""
    rng = stage.rng
    copier = stage.target(0.0, 30)
    language = int(stage.people.language[copier])
    hours = min(float(rng.uniform(10, 48)), stage.hours * 0.5)
    start = stage.moment(hours)
    hours = stage.hours_left(start, hours)
    known = np.array([c for c in stage.text_of if stage.contents.ts[c] < start - HOUR])
    known = known[stage.people.language[stage.contents.author[known]] == language] if len(known) else known
    least = 45 if language == 0 else 90
    sources = [c for c in rng.permutation(known).tolist()[:400] if len(stage.words_of(c)) >= least]
    sources = sources[: int(rng.integers(5, 16))]
    campaign, label = stage.campaign(
        "copied_original", ("copied_original",), start, hours, pace="slow", accounts=[copier], solo=True
    )
    ts = np.sort(start + (rng.random(len(sources)) * hours * HOUR).astype(np.int64)) + 5 * MINUTE
    texts = [edited(rng, stage.words_of(c), language, float(rng.uniform(0, 0.08))) for c in sources]
    extras: list[dict[str, object]] = [{"original": True} for _ in sources]
    copies = stage.publish(np.full(len(sources), copier, dtype=np.int32), ts, label, texts, extras)
    campaign.contents = copies.tolist()
    campaign.note = "copies of " + " ".join(stage.contents.ids[c] for c in sources)
    stage.readers(copies, 3.0)
