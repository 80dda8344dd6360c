"""Counts in a table that a stamp empties."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tally import bump, counted, tally

VALUES = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 9)), max_size=60)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(rounds=st.lists(VALUES, min_size=1, max_size=4))
def test_counts_are_those_of_a_counter(rounds: list[list[tuple[int, int]]]) -> None:
    table = tally(256)
    for stamp, values in enumerate(rounds, 1):
        truth: Counter[tuple[int, int]] = Counter()
        for kind, value in values:
            truth[kind, value] += 1
            assert bump(table, stamp, kind, np.uint64(value << 4)) == truth[kind, value]
        for kind in range(16):
            for value in range(10):
                assert counted(table, stamp, kind, np.uint64(value << 4)) == truth[kind, value]


def test_large_values_are_told_apart() -> None:
    table = tally(64)
    assert bump(table, 1, 3, np.uint64(2**64 - 16)) == 1
    assert bump(table, 1, 3, np.uint64(2**64 - 32)) == 1
    assert bump(table, 1, 3, np.uint64(2**64 - 16)) == 2
