"""The sketch never undercounts until it halves, then by half."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.sketch import Sketch, estimate, increment

QUICK = settings(max_examples=80, derandomize=True, deadline=None)


def add(sketch: Sketch, key: int) -> int:
    return int(increment(sketch.table.rows, sketch.table.dirty, sketch.added, np.uint64(key)))


def count(sketch: Sketch, key: int) -> int:
    return int(estimate(sketch.table.rows, np.uint64(key)))


@QUICK
@given(st.lists(st.integers(1, 1 << 63), max_size=64) | st.lists(st.integers(1, 20), max_size=64))
def test_never_below_the_truth(keys: list[int]) -> None:
    sketch, truth = Sketch("s", 64), Counter()
    for key in keys:
        truth[key] += 1
        now = add(sketch, key)
        assert now >= truth[key]
        assert now == count(sketch, key)
    assert all(count(sketch, key) >= n for key, n in truth.items())
    assert sketch.added.tolist() == [len(keys), len(keys)]


def test_exact_where_there_is_room() -> None:
    sketch, random = Sketch("s", 1 << 14), np.random.default_rng(3)
    keys = random.zipf(1.5, 8000) % 1000
    for key in keys.tolist():
        add(sketch, key + 1)
    wrong = [key for key, n in Counter(keys.tolist()).items() if count(sketch, key + 1) != n]
    assert len(wrong) < 5


def test_old_counts_are_halved() -> None:
    sketch = Sketch("s", 8)
    for _ in range(8):
        add(sketch, 1)
    sketch.table.dirty[:] = 0
    assert add(sketch, 1) == 5
    assert sketch.added.tolist() == [1, 5]
    assert sketch.table.dirty.all(), "all counters have changed"


def test_counts_stop_at_their_most() -> None:
    sketch = Sketch("s", 1 << 10)
    sketch.table.rows[:] = 65_535
    assert add(sketch, 1) == 65_535
    assert count(sketch, 1) == 65_535
