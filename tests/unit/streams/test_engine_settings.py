"""The settings' defaults are the engine's own."""

from __future__ import annotations

from config.settings import Settings
from detector.engine.engine import Settings as EngineSettings
from streams.engine import engine_settings


def test_defaults_agree() -> None:
    # Flag ids depend on them: who calls the engine from Python gets the flags of the command line.
    assert engine_settings(Settings()) == EngineSettings()


def test_units() -> None:
    engine = engine_settings(Settings(shards=2, tick_seconds=30, lateness_seconds=5, false_alarm_budget=3.0))
    assert (engine.shards, engine.tick_ms, engine.lateness_ms, engine.budget) == (2, 30_000, 5_000, 3.0)
