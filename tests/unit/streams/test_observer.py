"""What the pipeline tells becomes metrics and readiness."""

from __future__ import annotations

import json

import pytest

from detector.cases.rules import Rule
from detector.engine.cases import Cases
from streams.metrics import Metrics
from streams.observer import DeadLetterWatch, MetricsObserver
from streams.pipeline.observe import Observer
from streams.web import Readiness


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Watched:
    def __init__(self) -> None:
        self.clock, self.wall = Clock(100.0), Clock(2_000_000.0)
        self.metrics, self.ready = Metrics(), Readiness(clock=self.clock, commit_within=60.0)
        self.excess = 0
        letters = DeadLetterWatch(0.01, 0.5, self.count_excess, span=1000)
        self.observer = MetricsObserver(self.metrics, self.ready, letters, self.clock, self.wall)

    def count_excess(self) -> None:
        self.excess += 1

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"detector_{name}", labels)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_every_hook_is_taken_up() -> None:
    hooks = {name for name in vars(Observer) if not name.startswith("_")}
    assert hooks <= set(vars(MetricsObserver))


def test_counts(watched: Watched) -> None:
    watched.observer.events("click", 5)
    watched.observer.invalid("json", 2)
    watched.observer.late(1)
    watched.observer.duplicates(3)
    watched.observer.repeated("subjects", 4)
    watched.observer.lost("subjects", 0, 2)
    watched.observer.paused(2)
    watched.observer.batch("intake", 500, 0.02)
    assert watched.value("events_total", type="click") == 5
    assert watched.value("events_invalid_total", reason="json") == 2
    assert watched.value("events_late_total") == 1
    assert watched.value("events_duplicate_total") == 3
    assert watched.value("repeated_rows_total", stage="subjects") == 4
    assert watched.value("lost_records_total", stage="subjects") == 2
    assert watched.value("paused_partitions") == 2
    assert watched.value("batch_records_sum", stage="intake") == 500
    assert watched.value("stage_duration_seconds_sum", stage="intake") == 0.02


def test_flags_and_their_delay_by_first_revisions(watched: Watched) -> None:
    ts = int((watched.wall.now - 30) * 1000)
    flags = [{"kind": "lockstep", "ts": ts, "status": "open", "revision": revision} for revision in (0, 1)]
    watched.observer.flags([json.dumps(flag).encode() for flag in flags])
    assert watched.value("flags_total", kind="lockstep", status="open") == 2
    assert watched.value("flag_delay_seconds_count", kind="lockstep") == 1
    assert watched.value("flag_delay_seconds_sum", kind="lockstep") == 30


def test_ages_grow_between_the_calls(watched: Watched) -> None:
    watched.observer.assigned(1, {"actors/1": object()})
    watched.observer.watermark("actors", 1, int((watched.wall.now - 100) * 1000))
    watched.observer.state("actors", 1, 10, 2000)
    watched.wall.now += 5
    watched.clock.now += 7
    shard = {"stage": "actors", "shard": "1"}
    assert watched.value("watermark_lag_seconds", **shard) == 105
    assert watched.value("checkpoint_age_seconds", **shard) == 7
    watched.observer.checkpoint("actors", 1, 4096, 0.1)
    assert watched.value("checkpoint_age_seconds", **shard) == 0
    assert watched.value("checkpoint_bytes", **shard) == 4096
    assert watched.value("state_bytes", **shard) == 2000


def test_shards_that_went_elsewhere_are_forgotten(watched: Watched) -> None:
    watched.observer.assigned(1, {"actors/1": object()})
    watched.observer.state("actors", 1, 10, 2000)
    watched.observer.assigned(3, {"actors/2": object()})
    assert watched.value("state_rows", stage="actors", shard="1") is None
    assert watched.value("checkpoint_age_seconds", stage="actors", shard="2") == 0
    assert watched.value("checkpoint_age_seconds", stage="actors", shard="1") is None
    assert watched.value("assigned_partitions") == 3


def test_readiness(watched: Watched) -> None:
    assert watched.ready.reasons()
    watched.observer.assigned(2, {})
    assert watched.ready.reasons() == []
    watched.observer.events("click", 1)
    watched.clock.now += 61
    watched.observer.committed(False)
    assert watched.ready.reasons() == ["no commit for 61 s"]
    assert watched.value("commit_age_seconds") == 61
    watched.observer.committed(True)
    assert watched.ready.reasons() == []
    assert watched.value("commits_total", outcome="ok") == 1
    assert watched.value("commits_total", outcome="refused") == 1
    watched.observer.assigned(0, {})
    assert watched.ready.reasons()


def test_too_many_dead_letters_stop_once(watched: Watched) -> None:
    watched.observer.events("click", 1000)
    watched.observer.invalid("json", 100)
    assert watched.excess == 0
    for _ in range(5):
        watched.observer.invalid("json", 1000)
    assert watched.excess == 1


def test_a_few_records_are_no_ratio() -> None:
    def never() -> None:
        raise AssertionError

    watch = DeadLetterWatch(0.01, 0.5, never, span=1000)
    watch.count(50, 0)
    assert watch.ratio == 0.0


def test_a_stage_that_warms_up_says_so(watched: Watched) -> None:
    class Stage:
        warming_up = True

    stage = Stage()
    watched.observer.assigned(2, {"subjects/1": stage, "actors/0": object()})
    labels = {"stage": "subjects", "shard": "1"}
    assert watched.value("warming_up", **labels) == 1
    stage.warming_up = False
    assert watched.value("warming_up", **labels) == 0
    assert watched.value("warming_up", stage="actors", shard="0") is None


def test_what_the_cases_say_of_a_kind(watched: Watched) -> None:
    cases = Cases(60_000, rules={"lockstep": Rule("shadow")})
    watched.observer.assigned(1, {"cases/0": cases})
    assert watched.value("flag_threshold_decades", kind="lockstep") == 6.0
    cases.raised["lockstep"], cases.shadowed["lockstep"], cases.decided["lockstep"] = 0.5, 3, [4, 1]
    assert watched.value("flag_threshold_decades", kind="lockstep") == 6.5
    assert watched.value("shadow_flags", kind="lockstep") == 3
    assert watched.value("flags_decided", kind="lockstep", outcome="stands") == 4
    assert watched.value("flags_decided", kind="lockstep", outcome="falls") == 1
