"""The k-core: what is left when those with too few neighbours leave, one after another."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.circles import core

NODES = 12
PAIRS = st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)).filter(lambda pair: pair[0] < pair[1])


@settings(max_examples=200, derandomize=True, deadline=None)
@given(edges=st.sets(PAIRS, max_size=40), least=st.integers(1, 4))
def test_it_is_what_is_left(edges: set[tuple[int, int]], least: int) -> None:
    left = set(range(NODES))
    while True:
        degree = {v: sum(v in edge and set(edge) <= left for edge in edges) for v in left}
        leaving = {v for v in left if degree[v] < least}
        if not leaving:
            break
        left -= leaving
    ends = np.array(sorted(edges), np.int64).reshape(-1, 2)
    found = core(ends[:, 0].copy(), ends[:, 1].copy(), NODES, least)
    assert set(np.flatnonzero(found).tolist()) == left


def test_nobody() -> None:
    none = np.zeros(0, np.int64)
    assert core(none, none, 0, 2).tolist() == []
    assert core(none, none, 2, 1).tolist() == [False, False]
