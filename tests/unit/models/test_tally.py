"""Counts in a table that a stamp empties."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tally import BITS, WORD, bump, counted, place, room_for, tally

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


def test_the_front_of_a_table_serves_few_values() -> None:
    table = tally(1 << 10)
    assert [len(room_for(table, n)) for n in (1, 32, 33, 100, 5000)] == [64, 64, 128, 256, 1 << 10]
    few = room_for(table, 3)
    assert bump(few, 1, 2, np.uint64(16)) == 1
    # What the front has counted is gone with its stamp.
    assert counted(table, 2, 2, np.uint64(16)) == 0


def test_marks_stay_with_their_value() -> None:
    table = tally(64)
    at = place(table, 5, 1, np.uint64(32))
    assert table[at, WORD] == 5 << BITS
    table[at, WORD] |= 9
    assert place(table, 5, 1, np.uint64(32)) == at
    assert place(table, 5, 2, np.uint64(32)) != at
    assert counted(table, 5, 1, np.uint64(32)) == 9
