"""What the platform reports of impressions: the denominators of honest clicks."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR
from detector.simulate.traffic import CLICK, EXPOSURE, PROFILE, QR, Rows, concat, rows, take
from detector.simulate.world import World

_REPORT = 6 * HOUR
_CLICKS = 20


def exposures(world: World, traffic: Rows) -> Rows:
    """Counts of impressions by content, sent every twenty clicks or every six hours.

    Bots' clicks that came with no impression have none here.
    """
    rng = world.rng
    which = np.flatnonzero(
        (traffic["type"] == CLICK)
        & (traffic["label"] < 0)
        & (traffic["source"] != PROFILE)
        & (traffic["source"] != QR)
    )
    content, ts = traffic["content"][which].astype(np.int64), traffic["ts"][which]
    order = np.lexsort((ts, content))
    content, ts = content[order], ts[order]
    period = (ts - world.start) // _REPORT
    starts = np.flatnonzero(
        np.concatenate([[True], (content[1:] != content[:-1]) | (period[1:] != period[:-1])])
    )
    rank = np.arange(len(content)) - np.repeat(starts, np.diff(np.append(starts, len(content))))
    first = np.flatnonzero((rank % _CLICKS) == 0)
    clicks = np.diff(np.append(first, len(content)))
    last = np.append(first[1:], len(content)) - 1
    # A content's own click rate, around the platform's.
    rate = np.clip(world.rates.click_rate * rng.lognormal(0.0, 0.5, size=len(world.contents)), 0.005, 0.6)
    seen = rng.negative_binomial(clicks, rate[content[first]]) + clicks
    sent = ts[last] + rng.integers(0, 60_000, size=len(first))
    unread = rng.integers(0, max(1, len(world.contents)), size=len(first) // 6)
    late = world.contents.ts[unread] + (rng.exponential(8.0, size=len(unread)) * HOUR).astype(np.int64)
    quiet = rows(
        len(unread), type=EXPOSURE, ts=late, content=unread, count=rng.geometric(0.12, size=len(unread))
    )
    read = rows(len(first), type=EXPOSURE, ts=sent, content=content[first], count=seen)
    out = concat([read, quiet])
    return take(out, (out["ts"] >= world.start) & (out["ts"] < world.end))
