"""Bare arrays are the same memory, and nobody counts who refers to them."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from models.bare import bare


class _State(NamedTuple):
    rows: np.ndarray
    numbers: np.ndarray
    least: int


@njit
def _double(state: Any, single: Any) -> Any:
    state, single = bare(state), bare(single)
    for k in range(len(state.numbers)):
        state.numbers[k] *= 2
        state.rows[k].ts += state.least
        single[0] += 1
    return state.numbers.sum()


def test_what_is_written_is_written_to_the_same_memory() -> None:
    state = _State(np.zeros(3, np.dtype([("ts", "i8")])), np.arange(3), 5)
    single = np.zeros(1)
    assert _double(state, single) == 6
    assert state.numbers.tolist() == [0, 2, 4]
    assert state.rows["ts"].tolist() == [5, 5, 5]
    assert single[0] == 3


def test_no_reference_is_left_over() -> None:
    state, single = _State(np.zeros(3, np.dtype([("ts", "i8")])), np.arange(3), 5), np.zeros(1)
    _double(state, single)
    before = sys.getrefcount(state.numbers), sys.getrefcount(single)
    for _ in range(5):
        _double(state, single)
    assert (sys.getrefcount(state.numbers), sys.getrefcount(single)) == before
