"""The index against a dict."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from models.index import Index, add, find
from models.state import Table

ROW = np.dtype([("key", "u8"), ("n", "i8")])
# Keys that share their upper half or their first slot, besides any.
KEYS = st.integers(1, (1 << 64) - 1) | st.integers(1, 6) | st.sampled_from([1 << 40, 1 << 41, (1 << 40) + 1])


@njit
def add_all(slots, keys, used, wanted, rows):
    for i in range(len(wanted)):
        rows[i], used = add(slots, keys, used, wanted[i])
    return used


@njit
def find_all(slots, keys, wanted, rows):
    for i in range(len(wanted)):
        rows[i] = find(slots, keys, wanted[i])


def added(index: Index, keys: list[int]) -> list[int]:
    wanted, rows = np.array(keys, np.uint64), np.empty(len(keys), np.int64)
    index.reserve(len(keys))
    index.table.used = add_all(index.slots, index.table.rows["key"], index.table.used, wanted, rows)
    return rows.tolist()


def found(index: Index, keys: list[int]) -> list[int]:
    wanted, rows = np.array(keys, np.uint64), np.empty(len(keys), np.int64)
    find_all(index.slots, index.table.rows["key"], wanted, rows)
    return rows.tolist()


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(st.lists(KEYS, min_size=1, max_size=40), max_size=6), KEYS)
def test_rows_are_those_of_a_dict(batches: list[list[int]], other: int) -> None:
    index, truth = Index(Table("rows", ROW, 1000)), {}
    for batch in batches:
        assert added(index, batch) == [truth.setdefault(key, len(truth)) for key in batch]
    assert index.table.used == len(truth)
    index.rebuild()
    assert found(index, [*truth, other]) == [*truth.values(), truth.get(other, -1)]


def test_it_grows_and_is_rebuilt_from_the_table() -> None:
    random = np.random.default_rng(1)
    keys = random.integers(1, 1 << 63, 5000, np.uint64).tolist()
    index = Index(Table("rows", ROW, 5000))
    for at in range(0, 5000, 700):
        added(index, keys[at : at + 700])
    assert len(index.slots) * 2 / 3 >= 5000
    assert index.nbytes == 8 * len(index.slots)
    other = Index(index.table)
    other.rebuild()
    assert found(other, keys) == list(range(5000))


def test_a_full_table_is_refused() -> None:
    index = Index(Table("rows", ROW, 4))
    added(index, [1, 2, 3])
    with pytest.raises(MemoryError, match="table rows holds 4 rows, 5 are needed"):
        index.reserve(2)
