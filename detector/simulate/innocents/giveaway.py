"""A giveaway: hundreds follow, repost and comment with one long fixed phrase, as the rules ask."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR, MINUTE
from detector.simulate.stage import Stage
from detector.simulate.texts.lexicon import LEXICONS


def stage(stage: Stage) -> None:
    """Most copy the phrase as it stands, some add a word or a friend's name."""
    rng = stage.rng
    host = stage.target(2, 120)
    language = int(stage.people.language[host])
    lexicon = LEXICONS[language]
    phrase = lexicon.giveaways[int(rng.integers(0, len(lexicon.giveaways)))]
    hours = min(float(rng.uniform(12, 40)), stage.hours * 0.5)
    start = stage.moment(hours, attack=False)
    innocent, label = stage.innocent("giveaway", start, hours, subjects=[host])
    post = stage.publish(np.array([host], dtype=np.int32), np.array([start - 5 * MINUTE]), label, [phrase])
    content = int(post[0])
    innocent.contents = [content]
    scale = min(1.0, len(stage.world.base) / 30_000)
    community = int(stage.people.community[host])
    players = np.unique(stage.crowd(max(40, int(rng.uniform(150, 500) * scale)), community=community))
    ts = start + np.minimum(rng.exponential(hours / 3, len(players)) * HOUR, hours * HOUR).astype(np.int64)
    ip, device = stage.world.society.where(rng, players, ts)
    stage.look(players, ts, content, label, share=0.92, ip=ip, device=device)
    said = [
        phrase if u < 0.7 else phrase + lexicon.joiner + lexicon.short[int(v * len(lexicon.short))]
        for u, v in rng.random((len(players), 2)).tolist()
    ]
    text = stage.contents.write(said)
    stage.repost(players, ts + 4_000, content, label, text=text, ip=ip, device=device)
    follows = rng.random(len(players)) < 0.75
    wait = rng.integers(5_000, 60_000, size=len(players))
    stage.subscribe(
        players[follows], (ts + wait)[follows], host, label, ip=ip[follows], device=device[follows]
    )
    talks = np.flatnonzero(rng.random(len(players)) < 0.5)
    stage.comment(
        players[talks],
        (ts + 2 * wait)[talks],
        content,
        label,
        [said[k] for k in talks.tolist()],
        ip=ip[talks],
        device=device[talks],
    )
