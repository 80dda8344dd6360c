"""The settings' defaults are the engine's own."""

from __future__ import annotations

from dataclasses import replace

from config.settings import Settings
from detector.engine.engine import Settings as EngineSettings
from streams.engine import engine_settings


def test_defaults_agree() -> None:
    # But for the rule packs, which only the program that is put together knows.
    made = engine_settings(Settings())
    assert replace(made, rules={}) == EngineSettings()
    assert made.rules


def test_units() -> None:
    engine = engine_settings(Settings(shards=2, tick_seconds=30, lateness_seconds=5, false_alarm_budget=3.0))
    assert (engine.shards, engine.tick_ms, engine.lateness_ms, engine.budget) == (2, 30_000, 5_000, 3.0)
