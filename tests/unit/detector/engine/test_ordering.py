"""Rows are in order of time and id, however they came, and keep what belongs to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.engine.ordering import in_order, merged
from detector.engine.rows import EVENT, Batch

TIMES = st.integers(0, 12) | st.integers(946_684_800_000, 4_102_444_799_999)
ROWS = st.lists(st.tuples(TIMES, st.integers(1, 5) | st.integers(2**63, 2**64 - 1)), max_size=60)


def batch(keys: list[tuple[int, int]], first: int = 0) -> Batch:
    """Rows of a time and an id; each has one to three words of the heap, and each of them is its number."""
    rows = np.zeros(len(keys), EVENT)
    rows["ts"] = [ts for ts, _ in keys]
    rows["id"] = np.array([key for _, key in keys], np.uint64)
    rows["offset"] = np.arange(first, first + len(keys))
    rows["items"] = rows["offset"][:, None] + np.arange(4)
    words = rows["offset"] % 3 + 1
    rows["heap_len"] = 8 * words
    rows["heap_at"] = 8 * (np.cumsum(words) - words)
    return Batch(rows, np.repeat(rows["offset"], words).view(np.uint8))


def content(batch: Batch) -> list[tuple[int, int, int]]:
    for row in batch.rows:
        owned = batch.heap[row["heap_at"] : row["heap_at"] + row["heap_len"]].view(np.int64)
        assert len(owned) == row["offset"] % 3 + 1
        assert (owned == row["offset"]).all(), "a row has lost its heap"
        assert (row["items"] == row["offset"] + np.arange(4)).all()
    return list(
        zip(
            *(batch.rows[name].tolist() for name in ("ts", "id", "offset")),
            strict=True,
        )
    )


@settings(derandomize=True, deadline=None, max_examples=200)
@given(ROWS)
def test_order_is_by_time_then_id_then_arrival(keys: list[tuple[int, int]]) -> None:
    one = batch(keys)
    expected = sorted(content(one))
    ordered = in_order(one)
    assert content(ordered) == expected
    assert in_order(ordered) is ordered


def test_many_rows_of_one_time() -> None:
    keys = [(7, k * 7919 % 1009 + 1) for k in range(5000)]
    one = batch(keys)
    assert content(in_order(one)) == sorted(content(one))


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(ROWS, max_size=12))
def test_merging_is_joining_and_ordering(parts: list[list[tuple[int, int]]]) -> None:
    batches, first = [], 0
    for keys in parts:
        batches.append(in_order(batch(keys, first)))
        first += len(keys)
    whole = merged(batches)
    assert content(whole) == sorted(row for one in batches for row in content(one))
    if sum(map(bool, parts)) > 1:
        assert (np.diff(whole.rows["heap_at"].astype(np.int64)) > 0).all()
        assert int(whole.rows["heap_len"].sum()) == len(whole.heap)


@pytest.mark.parametrize("n", [2, 3, 9])
def test_parts_of_one_batch_keep_its_heap(n: int) -> None:
    one = in_order(batch([(k % 7, k + 1) for k in range(100)]))
    parts = [one.take(np.arange(k, 100, n)) for k in range(n)]
    whole = merged(parts)
    assert whole.heap is one.heap
    assert content(whole) == content(one)


def test_nothing() -> None:
    assert len(merged([])) == len(merged([Batch.empty()] * 3)) == len(in_order(Batch.empty())) == 0
