"""Several campaigns for one account at once, while it has its moment."""

from __future__ import annotations

import numpy as np

from tests.foreign.attack_engagement import flood_by, repost_by
from tests.foreign.attack_followers import buy
from tests.foreign.stage import HOUR, MINUTE, Stage


def everything(s: Stage, n: int) -> None:
    """A post really goes round; followers, reposts and comments are bought on top by crews that overlap."""
    n = max(40, min(n, 160))
    length = s.rng.uniform(40, 150) * MINUTE
    start = s.when(length + 12 * HOUR)
    target = s.author(0.5, 20)
    circle = int(s.people.circle[target])
    content = s.post(target, start, [s.writer.post(circle)])
    s.life.cascade(int(content[0]), start, n // 4, 0.75, circle=circle, most=n, clicks=4, follows=0.25)
    at = start + int(s.rng.uniform(0.5, 3) * HOUR)
    crew = s.rent(n + n // 2, at, [target])

    def part() -> np.ndarray:
        return s.rng.permutation(crew)[:n]

    buy(s, "mixed_followers", part(), target, at, length, None, ["lockstep"])
    repost_by(s, part(), target, content, at + int(s.rng.uniform(0, 40)) * MINUTE, length, "mixed_reposts")
    flood_by(s, part(), target, content, at + int(s.rng.uniform(0, 40)) * MINUTE, length, "mixed_comments")
