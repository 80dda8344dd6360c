"""A company at the cap: fifteen live accounts or fewer, though more were registered over time."""

from __future__ import annotations

import numpy as np

from detector.simulate.stage import Stage
from detector.simulate.traffic import CLOSE


def stage(stage: Stage) -> None:
    """Some are closed before new ones are opened."""
    rng = stage.rng
    first, closed, second = int(rng.integers(9, 15)), int(rng.integers(3, 7)), int(rng.integers(2, 6))
    second = min(second, 15 - first + closed)
    moments = np.sort(rng.integers(stage.start, stage.end - 60_000, size=first + closed + second))
    opened = np.concatenate([moments[:first], moments[first + closed :]])
    shops = stage.world.society.add(rng, len(opened), created=opened, joined=opened, fresh=True)
    stage.people.entity[shops] = stage.people.entity[shops[0]]
    innocent, label = stage.innocent("entity_at_cap", stage.start, stage.hours, subjects=shops.tolist())
    innocent.entities = [int(stage.people.entity[shops[0]])]
    stage.register(shops, label)
    gone = shops[:first][:closed]
    # Each closing names the entity, so that its count goes down.
    rows = stage.daily.account_rows(gone, moments[first : first + closed], CLOSE, label=label)
    name = stage.world.society.entities[innocent.entities[0]]
    rows["extra"] = np.array(
        [stage.contents.attach({"entity": name, "name": stage.people.names[a]}) for a in gone.tolist()],
        dtype=np.int32,
    )
    stage.add(rows)
