"""Batches keep rows and what stands in the heap for them together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.engine.rows import EVENT, HEAD, HEAD_AT, Batch
from tests.unit.detector.made import Made

QUICK = settings(max_examples=60, derandomize=True, deadline=None)


@pytest.fixture(scope="module")
def batch() -> Batch:
    made = Made()
    for n in range(12):
        made.click(n, f"u{n}-字" * (n % 3 + 1), author=f"a{n}")
        made.add("comment", n, actor=f"u{n}", content=f"c{n}", author="a", text="word " * (n + 1))
        links = [f"https://example.org/{k}" for k in range(n % 3)]
        made.add("post", n, actor=f"u{n}", content=f"c{n}", text="so it is", links=links)
    return made.batch()


def content(batch: Batch) -> list[tuple[int, dict[str, str]]]:
    return [(int(batch.rows["ts"][i]), batch.strings(i)) for i in range(len(batch))]


@QUICK
@given(st.lists(st.integers(0, 35), max_size=40))
def test_rows_that_are_taken_keep_their_strings(batch: Batch, index: list[int]) -> None:
    taken = batch.take(np.array(index, np.int64))
    assert taken.heap is batch.heap
    every = content(batch)
    assert content(taken) == [every[i] for i in index]
    small = taken.compact()
    assert content(small) == content(taken)
    assert len(small.heap) == int(taken.rows["heap_len"].sum())


@QUICK
@given(st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 35), max_size=6)), max_size=5))
def test_batches_are_joined(batch: Batch, parts: list[tuple[bool, list[int]]]) -> None:
    batches = []
    for compact, index in parts:
        part = batch.take(np.array(index, np.int64))
        batches.append(part.compact() if compact else part)
    every = content(batch)
    assert content(Batch.concat(batches)) == [every[i] for _, index in parts for i in index]


@QUICK
@given(st.lists(st.integers(0, 35), max_size=20))
def test_bytes_and_back(batch: Batch, index: list[int]) -> None:
    taken = batch.take(np.array(index, np.int64))
    packed = taken.pack()
    assert len(packed) == 8 + 128 * len(index) + int(taken.rows["heap_len"].sum())
    again = Batch.unpack(memoryview(packed))
    assert content(again) == content(taken)
    assert again.rows.flags.writeable
    assert again.pack() == packed


@pytest.mark.parametrize("keep", [0, 7, 8, 100, 8 + 128 * 36, 8 + 128 * 36 + 20])
def test_bytes_cut_short_are_refused(batch: Batch, keep: int) -> None:
    with pytest.raises(ValueError, match=r"short|buffer|offset|size"):
        Batch.unpack(batch.pack()[:keep])


def test_layout() -> None:
    assert EVENT.itemsize == 128
    assert [HEAD_AT[name] for name in ("id", "actor", "items", "signature")] == [0, 2, 12, 18]
    assert HEAD.itemsize == 24
