"""A quiet night, followed by a morning: hardly anything for hours, then everybody at once."""

from __future__ import annotations

from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """A power cut or a holiday: nine of ten ordinary events fall out for some hours."""
    rng = stage.rng
    hours = min(float(rng.uniform(3, 6)), stage.hours * 0.15)
    start = stage.moment(hours + 5, attack=False)
    innocent, _ = stage.innocent("quiet_night", start, hours, mute=0.9)
    innocent.note = "the hours after it count as well"
