"""The service's own first day: nobody has a history yet."""

from __future__ import annotations

from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """Nothing is staged: a flag of the first day that fell for nothing else fell for this."""
    if any(i.kind == "service_first_day" for i in stage.world.labels.innocents):
        return
    stage.innocent("service_first_day", stage.start, min(24.0, stage.hours * 0.2))
