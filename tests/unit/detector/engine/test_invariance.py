"""The same events give the same flags, byte for byte, however they are cut and shuffled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.engine.engine import Engine, Settings
from detector.engine.rows import Batch
from detector.events.decode import Decoder
from detector.simulate import SimulateConfig, generate, stream

SETTINGS = Settings(shards=2, recent_ids=1 << 12, follows_logged=1 << 14)
EVENTS = 12_000


@pytest.fixture(scope="module")
def events() -> Batch:
    """A world with campaigns in it, in order of time."""
    config = SimulateConfig(seed=5, events=EVENTS, days=2.0, fake_share=0.04, disorder_ms=0)
    records = [record for _, _, record in stream(generate(config))]
    decoded = Decoder().decode(records)
    assert not decoded.invalid
    return decoded.batch.take(np.lexsort((decoded.batch.rows["id"], decoded.batch.rows["ts"])))


def flags_of(batch: Batch, cuts: list[int]) -> list[tuple[str, bytes]]:
    engine, flags = Engine(SETTINGS), []
    bounds = sorted({0, len(batch), *(cut % len(batch) for cut in cuts)})
    for begin, end in zip(bounds, bounds[1:], strict=False):
        flags += engine.push(batch.take(np.arange(begin, end)))
    assert engine.late == 0
    return flags + engine.finish()


@pytest.fixture(scope="module")
def expected(events: Batch) -> list[tuple[str, bytes]]:
    flags = flags_of(events, [])
    assert len({flag.split(b'"', 4)[3] for _, flag in flags}) >= 3, "the world has too little to find"
    return flags


@settings(max_examples=8, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(0, EVENTS), max_size=40))
def test_batch_boundaries_do_not_matter(events, expected, cuts):
    assert flags_of(events, cuts) == expected


@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 1 << 16), spread=st.integers(1, SETTINGS.lateness_ms), step=st.integers(50, 5_000))
def test_disorder_within_the_lateness_does_not_matter(events, expected, seed, spread, step):
    delay = np.random.default_rng(seed).integers(0, spread, len(events), endpoint=True)
    arrival = np.argsort(events.rows["ts"] + delay, kind="stable")
    assert flags_of(events.take(arrival), list(range(0, EVENTS, step))) == expected


def test_flags_up_to_a_time_do_not_depend_on_what_comes_later(events, expected):
    end = int(events.rows["ts"][len(events) * 3 // 4]) // SETTINGS.tick_ms * SETTINGS.tick_ms
    past = flags_of(events.take(np.flatnonzero(events.rows["ts"] < end)), [])
    times = [int(flag.split(b'"ts":', 1)[1].split(b",", 1)[0]) for _, flag in expected]
    assert past == [flag for flag, ts in zip(expected, times, strict=True) if ts <= end]


def test_a_second_event_with_the_same_id_changes_nothing(events, expected):
    again = events.take(np.repeat(np.arange(len(events)), 2))
    engine = Engine(SETTINGS)
    flags = [flag for at in range(0, len(again), 1000) for flag in engine.push(again.take(np.arange(at, min(at + 1000, len(again)))))]
    assert flags + engine.finish() == expected
    assert engine.duplicates == len(events)
