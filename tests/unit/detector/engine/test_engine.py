"""The engine in one process."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from detector.engine.engine import Engine, Settings
from detector.engine.rows import Batch
from detector.suspicions.settings import Follows
from tests.unit.detector.made import Made
from tests.unit.detector.worlds import arrived

SETTINGS = Settings(shards=2, recent_ids=1 << 12, follows_logged=1 << 14)


def test_every_setting_that_changes_results_changes_the_rules() -> None:
    versions = SETTINGS.versions
    assert versions.keys() == {"detector", "rules", "model"}
    assert replace(SETTINGS).versions == versions
    for changed in (
        replace(SETTINGS, shards=3),
        replace(SETTINGS, budget=2.0),
        replace(SETTINGS, follows=Follows(least=6)),
    ):
        assert changed.versions["rules"] != versions["rules"]


def test_stages_follow_the_settings() -> None:
    settings = replace(SETTINGS, tick_ms=30_000, budget=10.0)
    stages = (
        settings.actors(),
        settings.subjects()["follows"],
        settings.subjects()["engagement"],
        settings.contents(),
        settings.company()["company"],
        settings.company()["accounts"],
        settings.cases(),
    )
    assert all(stage.tick_ms == 30_000 for stage in stages)
    assert settings.cases().threshold == 5.0
    assert len({stage.schema for stage in stages}) == len(stages)


@pytest.mark.parametrize("shards", [1, 3])
def test_any_number_of_shards_finds_the_campaigns(shards: int) -> None:
    engine, batch = Engine(replace(SETTINGS, shards=shards)), arrived()
    flags = engine.push(batch.take(np.arange(len(batch)))) + engine.finish()
    kinds = {msgspec.json.decode(flag)["kind"] for _, flag in flags}
    assert kinds >= {"follower_jump", "batch_posting", "lockstep"}
    assert engine.nbytes > 100_000


def test_late_events_are_moved_and_counted() -> None:
    made = Made()
    for minute in (0, 10, 20, 3):
        made.click(minute, "u", author="a")
    order = np.argsort([int(i[1:]) for i in ids(made.batch())])
    engine = Engine(SETTINGS)
    assert engine.push(made.batch().take(order)) == []
    assert engine.finish() == []
    assert engine.late == 1
    assert engine.duplicates == 0


def test_nothing_gives_nothing() -> None:
    engine = Engine(SETTINGS)
    assert engine.push(Batch.empty()) == []
    assert engine.finish() == []


def ids(batch: Batch) -> list[str]:
    return [batch.strings(i)["id"] for i in range(len(batch))]
