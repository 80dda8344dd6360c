"""A table of fixed size whose quiet rows give way."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.index import find
from models.pool import Pool, take

ROW = np.dtype([("key", "u8"), ("last", "u4"), ("n", "i4")])


def touch(pool: Pool, key: int, now: int) -> int:
    pool.reserve(1)
    rows, slots = pool.table.rows, pool.index.slots
    row = int(find(slots, rows["key"], np.uint64(key)))
    if row < 0:
        row = int(take(slots, rows, rows["key"], pool.counters, np.uint64(key)))
        assert rows[row]["n"] == 0, "a row that gave way is empty"
    rows[row]["last"] = now
    rows[row]["n"] += 1
    return row


@settings(max_examples=40, deadline=None, derandomize=True)
@given(keys=st.lists(st.integers(1, 60), max_size=300), capacity=st.integers(1, 40))
def test_every_row_is_found_by_its_key_and_no_other(keys: list[int], capacity: int) -> None:
    pool, there = Pool("rows", ROW, capacity), dict[int, int]()
    for now, key in enumerate(keys):
        row = touch(pool, key, now)
        there = {other: at for other, at in there.items() if at != row} | {key: row}
        assert len(there) <= capacity
        rows = pool.table.rows
        for other in range(1, 61):
            assert find(pool.index.slots, rows["key"], np.uint64(other)) == there.get(other, -1)


def test_what_is_busy_stays() -> None:
    pool = Pool("rows", ROW, 32)
    for now in range(2_000):
        touch(pool, 1, now)
        touch(pool, 2 + now, now)
    assert pool.table.rows[touch(pool, 1, 2_000)]["n"] == 2_001


def test_a_pool_that_was_loaded_goes_on_as_it_was() -> None:
    pool, twin = Pool("rows", ROW, 8), Pool("rows", ROW, 8)
    for now in range(30):
        touch(pool, 1 + now % 11, now)
    twin.table.put(np.arange(pool.counters[0]), pool.table.rows[: pool.counters[0]])
    twin.counters[1] = pool.counters[1]
    twin.rebuild()
    for now in range(30, 60):
        key = 1 + now * now % 23
        assert touch(pool, key, now) == touch(twin, key, now)
