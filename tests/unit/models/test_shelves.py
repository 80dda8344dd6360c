"""Tables of fixed size that let go of what was not used for longest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.shelves import WAYS, look_up, place, shelf_of, shelves

ROW = np.dtype([("key", "u8"), ("used", "u4"), ("n", "u4")])


def use(rows: np.ndarray, key: int, now: int) -> None:
    at = place(rows["key"], rows["used"], np.uint64(key))
    if rows["key"][at] != key:
        rows[at] = key, 0, 0
    rows["used"][at] = now
    rows["n"][at] += 1


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=120))
def test_each_shelf_keeps_the_last_four(keys: list[int]) -> None:
    rows = shelves("some", ROW, 16).rows
    by_shelf: dict[int, dict[int, int]] = {}
    for now, key in enumerate(keys, 1):
        use(rows, key, now)
        shelf = by_shelf.setdefault(int(shelf_of(rows["key"], np.uint64(key))), {})
        count = shelf.pop(key, 0)
        if not count and len(shelf) == WAYS:
            shelf.pop(next(iter(shelf)))
        shelf[key] = count + 1
    kept = {key: n for shelf in by_shelf.values() for key, n in shelf.items()}
    for key in range(1, 41):
        at = look_up(rows["key"], np.uint64(key))
        assert (int(rows["n"][at]) if at >= 0 else None) == kept.get(key)


def test_only_powers_of_two() -> None:
    with pytest.raises(ValueError, match="12"):
        shelves("some", ROW, 12)
