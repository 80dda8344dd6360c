"""Walks through the log of engagement: fast ones find what slow ones do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.engine.engagement_log import ENTRY
from detector.engine.engagement_walk import retrace, trail, walk

SIZE = 64
# Of two contents, so that chains have gaps; then how far back a walk goes, and how many it may find.
STEPS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(0, 90), st.integers(1, 40)), max_size=150
)


class _Log:
    """A ring with two chains of contents, which are chains of authors as well."""

    def __init__(self) -> None:
        self.rows = np.zeros(SIZE, ENTRY)
        self.trail = trail(SIZE)
        self.written, self.ends = 0, [0, 0]
        self.times: list[tuple[int, int]] = []

    def enter(self, chain: int, ts: int) -> None:
        back = self.written + 1 - self.ends[chain]
        back = back if self.ends[chain] and back < SIZE else 0
        entry, link = self.rows[self.written % SIZE], self.trail.links[self.written % SIZE]
        for name, value in (("ts", ts), ("back", back), ("beside", back)):
            entry[name] = link[name] = value
        self.times.append((chain, ts))
        self.ends[chain] = self.written = self.written + 1

    def found(self, chain: int, since: int, most: int, *, beside: bool) -> list[int]:
        found = np.empty(most + 2, np.int64)
        key, end = np.uint64(chain + 1 << 20), self.ends[chain]
        n = walk(self.rows, self.trail, key, end, self.written, since, found, 2, beside)
        return [int(one) for one in found[2:n]]

    def expected(self, chain: int, since: int, most: int) -> list[int]:
        kept = range(max(0, self.written - SIZE), self.written)
        own = [at for at in kept if self.times[at][0] == chain]
        # A link that would reach out of the ring is none.
        out = [at for at in reversed(own) if self.times[at][1] >= since]
        return out[:most]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps=STEPS, beside=st.booleans())
def test_walks_find_what_is_in_the_chain(steps: list[tuple[int, int, int, int]], beside: bool) -> None:
    log, ts = _Log(), 0
    for chain, later, back, most in steps:
        ts += later
        log.enter(chain, ts)
        for one in (chain, 1 - chain):
            assert log.found(one, ts - back, most, beside=beside) == log.expected(one, ts - back, most)


@pytest.mark.parametrize("kept", [0, 5])
def test_a_loaded_log_is_walked_from_its_entries(kept: int) -> None:
    log = _Log()
    for ts in range(20):
        log.enter(ts % 2, ts)
    before = log.found(1, kept, 30, beside=False)
    log.trail.links[:] = 0
    retrace(log.rows, log.trail)
    assert log.found(1, kept, 30, beside=False) == before == log.expected(1, kept, 30)
