"""A click farm: a few devices behind a few addresses, many accounts, many clicks."""

from __future__ import annotations

import numpy as np

from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """Clicks on one or two contents of an author; dwell as long as people's."""
    rng = stage.rng
    accounts = stage.number(25, 120)
    clicks = max(120, round(accounts * rng.uniform(8, 20)))
    hours = float(rng.uniform(1.0, 8.0))
    start = stage.moment(hours)
    author = stage.target(0.3, 60)
    contents = np.array([stage.recent(author, start)])
    campaign, label = stage.campaign(
        "click_farm", ("click_inflation",), start, hours, also=("lockstep",), accounts=[author]
    )
    campaign.contents = contents.tolist()
    crew = stage.rent(accounts)
    devices = stage.world.places.new_devices(rng, max(3, accounts // 8))
    lines = [
        stage.world.places.new_address(rng, int(stage.people.region[crew[0]]))
        for _ in range(max(2, accounts // 25))
    ]
    campaign.participants = crew.tolist()
    actor = crew[rng.integers(0, len(crew), size=clicks)]
    slot = actor % len(devices)
    stage.click(
        actor,
        stage.burst(clicks, start, hours),
        contents[rng.integers(0, len(contents), size=clicks)],
        label,
        device=devices[slot],
        ip=np.array(lines)[slot % len(lines)],
    )
