"""State that knows what changed: a reader of the last checkpoints has all of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.state import Blobs, Table, reserve

QUICK = settings(max_examples=100, derandomize=True, deadline=None)
SHARES = 3
WRITES = st.lists(st.tuples(st.integers(0, 15), st.integers(1, 1000)), max_size=8)


@QUICK
@given(st.lists(WRITES, min_size=SHARES, max_size=12))
def test_the_last_shares_hold_every_row(rounds: list[list[tuple[int, int]]]) -> None:
    table, taken = Table("t", np.dtype("i8"), 16), []
    for number, writes in enumerate(rounds):
        for row, value in writes:
            table.rows[row], table.dirty[row] = value, 1
            table.used = max(table.used, row + 1)
        taken.append(table.take_changes(number, SHARES))
    copy = Table("t", np.dtype("i8"), 16)
    for index, rows in taken[-SHARES:]:
        copy.put(index, rows)
    assert copy.used == table.used
    assert copy.rows.tolist() == table.rows.tolist()


def test_changes_are_told_once_and_copied() -> None:
    table = Table("t", np.dtype([("a", "u4"), ("b", "f8", (2,))]), 8)
    table.used = 8
    table.rows[5]["b"], table.dirty[5] = (1.0, 2.0), 1
    index, rows = table.take_changes(0, 1_000)
    assert index.dtype == np.uint32
    assert index.tolist() == [0, 5]
    table.rows[5]["b"] = 0.0
    assert rows[1]["b"].tolist() == [1.0, 2.0]
    assert table.take_changes(1, 1_000)[0].tolist() == [1]
    assert table.nbytes == 8 * 20


def test_nothing_to_put_changes_nothing() -> None:
    table = Table("t", np.dtype("i8"), 4)
    table.put(np.zeros(0, np.uint32), np.zeros(0, "i8"))
    assert table.used == 0


@QUICK
@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.none() | st.binary(max_size=3) | st.just("take")), max_size=30
    )
)
def test_blobs_follow_a_dict(ops: list[tuple[str, bytes | str | None]]) -> None:
    blobs, twin, truth = Blobs("b"), Blobs("b"), {}
    for key, value in [*ops, ("a", "take")]:
        if value == "take":
            changes = dict(blobs.take_changes())
            assert list(changes) == sorted(changes)
            for name, blob in changes.items():
                twin.put(name, blob)
            assert {name: twin[name] for name in twin} == truth
            assert not dict(blobs.take_changes())
        elif isinstance(value, bytes):
            blobs[key] = truth[key] = value
        elif key in truth:
            del blobs[key], truth[key]
        else:
            with pytest.raises(KeyError):
                del blobs[key]
        assert len(blobs) == len(truth)
        assert (key in blobs) == (key in truth)


def test_large_arrays_are_zeroed_and_may_be_written() -> None:
    large = reserve(3_000_001, np.dtype("u8"))
    assert large.shape == (3_000_001,)
    assert not large[::4096].any()
    large[-1] = 7
    assert (large[-1], large[0]) == (7, 0)
    assert reserve(5, np.dtype("u1")).tolist() == [0] * 5
