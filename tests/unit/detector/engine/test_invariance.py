"""The same events give the same flags, byte for byte, however they are cut and shuffled."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.engine.engine import Engine, Settings
from detector.engine.rows import Batch
from tests.unit.detector import made, reading

SETTINGS = Settings(shards=2, recent_ids=1 << 12, follows_logged=1 << 14, engagements_logged=1 << 14)
KINDS = {
    "follower_jump", "follower_drop", "batch_posting", "lockstep", "topic_inflation",
    "click_inflation", "repost_inflation", "comment_inflation",
    "entity_cap", "name_reuse", "account_transfer", "bulk_registration",
}  # fmt: skip
THOROUGH = settings(max_examples=10, deadline=None, derandomize=True)

Flags = list[tuple[str, bytes]]


@pytest.fixture(scope="module")
def events() -> Batch:
    """Ordinary days with a campaign of every kind in them, in order of time."""
    stream = made.world()
    reading.sold(stream)
    return stream.batch()


def flags_of(batch: Batch, cuts: list[int]) -> Flags:
    engine = Engine(SETTINGS)
    flags: Flags = []
    bounds = sorted({0, len(batch), *(cut % len(batch) for cut in cuts)})
    for begin, end in pairwise(bounds):
        flags += engine.push(batch.take(np.arange(begin, end)))
    assert engine.late == 0
    return flags + engine.finish()


@pytest.fixture(scope="module")
def expected(events: Batch) -> Flags:
    flags = flags_of(events, [])
    assert {msgspec.json.decode(flag)["kind"] for _, flag in flags} == KINDS
    assert len(flags) >= 10
    return flags


@THOROUGH
@given(cuts=st.lists(st.integers(0, 1 << 16), max_size=40))
def test_batch_boundaries_do_not_matter(events: Batch, expected: Flags, cuts: list[int]) -> None:
    assert flags_of(events, cuts) == expected


@THOROUGH
@given(seed=st.integers(0, 1 << 16), spread=st.integers(1, SETTINGS.lateness_ms), step=st.integers(20, 2_000))
def test_disorder_within_the_lateness_does_not_matter(
    events: Batch, expected: Flags, seed: int, spread: int, step: int
) -> None:
    delay = np.random.default_rng(seed).integers(0, spread, len(events), endpoint=True)
    arrival = np.argsort(events.rows["ts"] + delay, kind="stable")
    assert flags_of(events.take(arrival), list(range(0, len(events), step))) == expected


@pytest.mark.parametrize("share", [0.66, 0.75, 0.85, 0.95])
def test_flags_up_to_a_time_do_not_depend_on_what_comes_later(
    events: Batch, expected: Flags, share: float
) -> None:
    end = int(events.rows["ts"][int(len(events) * share)]) // SETTINGS.tick_ms * SETTINGS.tick_ms
    past = flags_of(events.take(np.flatnonzero(events.rows["ts"] < end)), [])
    # A later revision has the `ts` of its first, but comes after all that is known at the end.
    assert past == expected[: len(past)]
    rest = [msgspec.json.decode(flag) for _, flag in expected[len(past) :]]
    assert all(flag["ts"] > end for flag in rest if flag["revision"] == 1)


def test_a_second_event_with_the_same_id_changes_nothing(events: Batch, expected: Flags) -> None:
    again = events.take(np.repeat(np.arange(len(events)), 2))
    engine = Engine(SETTINGS)
    flags: Flags = []
    for at in range(0, len(again), 501):
        flags += engine.push(again.take(np.arange(at, min(at + 501, len(again)))))
    assert flags + engine.finish() == expected
    assert engine.duplicates == len(events)
