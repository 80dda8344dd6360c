"""Bulk registration: many accounts in a few hours that share an entity, devices, a line, a name pattern."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR
from detector.simulate.stage import Stage
from detector.simulate.traffic import LOGIN, REGISTER


def stage(stage: Stage) -> None:
    """One or two of the four traces, seldom more."""
    rng = stage.rng
    count = stage.number(20, 90)
    hours = float(rng.uniform(0.5, 6.0))
    start = stage.moment(hours)
    campaign, label = stage.campaign(
        "bulk_registration", ("bulk_registration",), start, hours, also=("entity_cap", "lockstep")
    )
    created = np.sort(stage.burst(count, start, hours))
    bots = stage.world.society.add(rng, count, created=created, joined=created, fresh=True)
    campaign.participants = bots.tolist()
    traces = rng.permutation(np.array(["entity", "device", "address", "name"]))[
        : int(rng.integers(1, 3))
    ].tolist()
    campaign.note = "shared: " + ", ".join(sorted(traces))
    people = stage.people
    if "entity" in traces:
        # A few straw men, under the cap each, or one company.
        men = stage.world.society.new_entities(rng, int(rng.integers(1, 4)))
        people.entity[bots] = men[rng.integers(0, len(men), size=count)]
        campaign.entities = men.tolist()
    if "device" in traces:
        phones = stage.world.places.new_devices(rng, max(1, count // 15))
        people.devices[bots] = phones[rng.integers(0, len(phones), size=count)][:, None]
    if "name" in traces:
        stem = stage.world.society.new_name(rng, int(people.language[bots[0]]))
        first = int(rng.integers(1, 5_000))
        for k, bot in enumerate(bots.tolist()):
            people.names[bot] = f"{stem}{first + k * int(rng.integers(1, 3)):04d}"
    rows = stage.daily.account_rows(bots, created, REGISTER, label=label, named=1.0)
    if "address" in traces:
        line = stage.world.places.new_address(rng, int(people.region[bots[0]]))
        rows["ip"][:] = line
    stage.add(rows)
    later = created + (rng.exponential(12.0, size=count) * HOUR).astype(np.int64)
    some = np.flatnonzero(rng.random(count) < 0.3)
    stage.add(stage.daily.account_rows(bots[some], later[some], LOGIN, label=label))
