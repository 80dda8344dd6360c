"""Six months of silence: accounts whose last sign of life is older than that."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import DAY
from detector.simulate.stage import Stage
from detector.simulate.traffic import LOGIN

_SIX_MONTHS = 183 * DAY


def stage(stage: Stage) -> None:
    """Some accounts fall silent; as many logged in as long ago, but again since then."""
    history = stage.world.config.history_days
    if history * DAY < _SIX_MONTHS + 12 * DAY:
        return
    rng = stage.rng
    base = stage.world.base
    created = stage.start - (history + 30 + rng.random(2) * 900) * DAY
    gone = stage.world.society.add(rng, 2, created=created.astype(np.int64))
    last = stage.start - (rng.uniform(186, history - 1, size=2) * DAY).astype(np.int64)
    for k, account in enumerate(gone.tolist()):
        _, label = stage.campaign(
            "dormant_account",
            ("dormant_account",),
            int(last[k]) + 180 * DAY,
            0.0,
            accounts=[account],
            pace="slow",
            solo=True,
        )
        stage.world.labels.campaigns[-1].end = stage.end
        rows = stage.daily.account_rows(gone[k : k + 1], last[k : k + 1], LOGIN, label=label)
        stage.world.traffic.add(rows)
    old = base[(stage.active[base] >= 4) & (stage.people.joined[base] < stage.start)]
    old = old[stage.people.created[old] < stage.start - (history + 5) * DAY]
    seldom = rng.choice(old, size=min(len(old), 40), replace=False)
    _, label = stage.innocent("seldom_user", stage.start - history * DAY, stage.hours + history * 24)
    innocent = stage.world.labels.innocents[-1]
    innocent.end = stage.end
    innocent.subjects = seldom.tolist()
    for low, high in ((history * 0.75, history - 1), (60, 110), (1, 30)):
        when = stage.start - (rng.uniform(low, high, size=len(seldom)) * DAY).astype(np.int64)
        stage.world.traffic.add(stage.daily.account_rows(seldom, when, LOGIN, label=label))
    # They are seen in the window, too, whatever else was trimmed.
    when = stage.world.rhythm.draw(rng, stage.people.zone[seldom])
    stage.world.traffic.add(stage.daily.account_rows(seldom, when, LOGIN, label=label))
