"""The engine's settings, from those of the process; the worker and the replay must have the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import time_ns
from typing import TYPE_CHECKING, cast

from config.load import ConfigError
from config.packs import load, set_parameters
from config.settings import Settings

if TYPE_CHECKING:
    from detector.engine.engine import Settings as EngineSettings


def latest_allowed(settings: Settings) -> Callable[[], int] | None:
    """Gives the greatest `ts` of an event that is taken now, ms; None where any is."""
    ahead_ms = settings.max_ahead_days * 86_400_000
    return (lambda: time_ns() // 1_000_000 + ahead_ms) if ahead_ms else None


def engine_settings(settings: Settings) -> EngineSettings:
    """What the engine's results depend on.

    Raises:
        ConfigError: a rule pack says what it cannot.
    """
    # Here, since it brings in all the kernels.
    from detector.cases.rules import Rule, Status
    from detector.engine.engine import PARAMETERS
    from detector.engine.engine import Settings as EngineSettings

    packs = load(settings.rules_dir)
    made = EngineSettings(
        shards=settings.shards,
        tick_ms=settings.tick_seconds * 1000,
        lateness_ms=settings.lateness_seconds * 1000,
        budget=settings.false_alarm_budget,
        blast_radius=settings.blast_radius,
        rules={
            kind: Rule(cast(Status, pack.status), tuple(pack.legal_basis)) for kind, pack in packs.items()
        },
        recent_ids=settings.duplicate_horizon,
    )
    given: dict[tuple[str, str], float] = {}
    for kind, pack in packs.items():
        name = PARAMETERS[kind]
        group = set_parameters(getattr(made, name), pack.parameters, f"rule {kind}")
        for parameter, value in pack.parameters.items():
            if given.setdefault((name, parameter), value) != value:
                raise ConfigError(f"rule {kind}: parameters: {parameter}: a kind that shares it sets another")
        made = replace(made, **{name: group})
    return made
