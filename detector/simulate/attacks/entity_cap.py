"""More live accounts than the cap for one person or company, gathered slowly."""

from __future__ import annotations

import numpy as np

from detector.simulate.stage import Stage
from detector.simulate.traffic import LOGIN, REGISTER

CAP = 15


def stage(stage: Stage) -> None:
    """Some are old and seen by their logins, some registered in the window; none does anything odd."""
    rng = stage.rng
    total = int(rng.integers(CAP + 2, 31))
    old = int(rng.integers(4, 12))
    entity = int(stage.world.society.new_entities(rng, 1)[0])
    begin = stage.moment(stage.hours * 0.4)
    moments = np.sort(rng.integers(begin, stage.end - 60_000, size=total))
    veterans = stage.world.society.add(rng, old, region=None)
    created = moments[old:]
    fresh = stage.world.society.add(rng, total - old, created=created, joined=created, fresh=True)
    stage.people.entity[veterans] = entity
    stage.people.entity[fresh] = entity
    campaign, label = stage.campaign(
        "entity_cap",
        ("entity_cap",),
        int(moments[CAP]),
        0.0,
        also=("bulk_registration",),
        pace="slow",
        entities=[entity],
    )
    campaign.end = stage.end
    campaign.participants = [*veterans.tolist(), *fresh.tolist()]
    campaign.accounts = []
    for who, when, action in ((veterans, moments[:old], LOGIN), (fresh, created, REGISTER)):
        rows = stage.daily.account_rows(who, when, action, label=label, named=1.0)
        name = stage.world.society.entities[entity]
        # Names as often as with anybody; the entity always, or the platform could not count.
        shown = [action == REGISTER or k % 2 == 0 for k in range(len(who))]
        rows["extra"] = np.array(
            [
                stage.contents.attach({"entity": name, **({"name": stage.people.names[a]} if s else {})})
                for a, s in zip(who.tolist(), shown, strict=True)
            ],
            dtype=np.int32,
        )
        stage.add(rows)
