"""The engine's settings, from those of the process; the worker and the replay must have the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from time import time_ns
from typing import TYPE_CHECKING, Any, cast

from config.load import ConfigError
from config.packs import Pack, load, set_parameters
from config.settings import Settings

if TYPE_CHECKING:
    from detector.engine.engine import Settings as EngineSettings


def latest_allowed(settings: Settings) -> Callable[[], int] | None:
    """Gives the greatest `ts` of an event that is taken now, ms; None where any is."""
    ahead_ms = round(settings.max_ahead_days * 86_400_000)
    return (lambda: time_ns() // 1_000_000 + ahead_ms) if ahead_ms else None


def engine_settings(settings: Settings, packs: Mapping[str, Pack] | None = None) -> EngineSettings:
    """What the engine's results depend on.

    Args:
        packs: the rules, where they have been read already.

    Raises:
        ConfigError: a rule pack says what it cannot.
    """
    # Here, since it brings in all the kernels.
    from detector.cases.rules import Rule, Status
    from detector.engine.engine import PARAMETERS
    from detector.engine.engine import Settings as EngineSettings

    packs = load(settings.rules_dir) if packs is None else packs
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
        changed = set_parameters(groups_of(made, kind), pack.parameters, f"rule {kind}")
        shared = "/".join(PARAMETERS[kind].values())
        for parameter, value in pack.parameters.items():
            if given.setdefault((shared, parameter), value) != value:
                raise ConfigError(f"rule {kind}: parameters: {parameter}: a kind that shares it sets another")
        made = replace(made, **{PARAMETERS[kind][prefix]: group for prefix, group in changed.items()})
    return made


def groups_of(made: EngineSettings, kind: str) -> dict[str, Any]:
    """The parameters of a kind's suspicions, as `config.packs` takes them."""
    from detector.engine.engine import PARAMETERS

    return {prefix: getattr(made, name) for prefix, name in PARAMETERS[kind].items()}
