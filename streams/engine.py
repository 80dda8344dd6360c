"""The engine's settings, from those of the process; the worker and the replay must have the same."""

from __future__ import annotations

from collections.abc import Callable
from time import time_ns
from typing import TYPE_CHECKING

from config.settings import Settings

if TYPE_CHECKING:
    from detector.engine.engine import Settings as EngineSettings


def latest_allowed(settings: Settings) -> Callable[[], int] | None:
    """Gives the greatest `ts` of an event that is taken now, ms; None where any is."""
    ahead_ms = settings.max_ahead_days * 86_400_000
    return (lambda: time_ns() // 1_000_000 + ahead_ms) if ahead_ms else None


def engine_settings(settings: Settings) -> EngineSettings:
    """What the engine's results depend on."""
    # Here, since it brings in all the kernels.
    from detector.engine.engine import Settings as EngineSettings

    return EngineSettings(
        shards=settings.shards,
        tick_ms=settings.tick_seconds * 1000,
        lateness_ms=settings.lateness_seconds * 1000,
        budget=settings.false_alarm_budget,
        recent_ids=settings.duplicate_horizon,
    )
