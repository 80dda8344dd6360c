"""Recent ids against plain sets."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.duplicates import RecentIds, seen


def known(ids: RecentIds, key: int) -> bool:
    return bool(seen(ids.table.rows, ids.table.dirty, ids.position, ids.limit, np.uint64(key)))


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.integers(1, 12), st.lists(st.integers(1, 40), max_size=120))
def test_two_generations(limit: int, keys: list[int]) -> None:
    ids = RecentIds(limit)
    younger: set[int] = set()
    older: set[int] = set()
    for key in keys:
        assert known(ids, key) == (key in younger or key in older)
        if key not in younger | older:
            if len(younger) == limit:
                younger, older = set(), younger
            younger.add(key)


def test_the_last_ids_are_surely_known() -> None:
    ids, keys = RecentIds(100), np.random.default_rng(2).integers(1, 1 << 63, 1000).tolist()
    for at, key in enumerate(keys):
        assert not known(ids, key)
        assert all(known(ids, old) for old in keys[max(0, at - 99) : at + 1])


def test_what_changes_is_marked() -> None:
    ids = RecentIds(50)
    copy = ids.table.rows.copy()
    for key in range(1, 400):
        known(ids, key)
        changed = ids.table.dirty == 1
        copy[changed] = ids.table.rows[changed]
        ids.table.dirty[:] = 0
    assert np.array_equal(copy, ids.table.rows)
