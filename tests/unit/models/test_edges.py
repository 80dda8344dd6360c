"""The edge score: a batch is no more than its edges, and a long flood does not become usual."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.edges import EdgeScore

EDGE = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 90))


@settings(max_examples=50, derandomize=True, deadline=None)
@given(st.lists(EDGE, min_size=1, max_size=60), st.integers(0, 59))
def test_batches_do_not_matter(edges: list[tuple[int, int, int]], cut: int) -> None:
    source, destination, gap = np.array(edges, np.int64).T
    minute = np.cumsum(gap) + 1
    whole = EdgeScore(10).score_learn(source, destination, minute)
    model = EdgeScore(10)
    parts = [
        model.score_learn(source[part], destination[part], minute[part])
        for part in (slice(None, cut), slice(cut, None))
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_flood_that_lasts_for_a_day_is_still_one() -> None:
    model = EdgeScore(3)
    quiet = model.score_learn(np.zeros(200, int), np.ones(200, int), np.arange(1, 12_001, 60))
    minutes = np.repeat(np.arange(12_001, 12_001 + 1440), 100)
    flood = model.score_learn(np.full(len(minutes), 2), np.ones(len(minutes), int), minutes)
    assert flood[-1] > quiet.max() + 1.0
