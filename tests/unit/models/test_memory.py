"""Marks of many bytes and words at once agree with looking at them one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from models.hashing import mix
from models.memory import (
    WIDE,
    Block,
    agreeing,
    alike,
    byte,
    fold,
    load,
    newlines,
    ones,
    special,
    store,
    zeros,
)
from models.text.profile import _sharing


@njit
def _looks(at: Any) -> Any:
    return special(at), newlines(at), byte(at), load(at + 3)


@njit
def _compared(a: Any, b: Any, mask: Any, value: Any) -> Any:
    return agreeing(a, b), alike(a, np.uint32(mask), np.uint32(value))


@njit
def _words(a: Any, b: Any) -> Any:
    return zeros(a), ones(a), fold(a, b), mix(a, b)


@njit
def _put(at: Any, word: Any) -> None:
    store(at, word)


_marks = st.sampled_from([*b'"\\\n\r\t az\x1f\x20\x7f\x80\xff\0']) | st.integers(0, 255)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(_marks, min_size=WIDE + 3, max_size=WIDE + 3), st.integers(0, 2))
def test_bytes_are_marked_one_by_one(values: list[int], at: int) -> None:
    data = np.array(values + [0] * 8, np.uint8)
    marked, lines, first, word = _looks(data.ctypes.data + at)
    for k, value in enumerate(values[at : at + WIDE]):
        assert (marked >> k) & 1 == (value < 0x20 or value >= 0x80 or value in b'"\\')
        assert (lines >> k) & 1 == (value == 0x0A)
    assert marked >> WIDE == lines >> WIDE == 0
    assert first == values[at]
    assert word == int.from_bytes(data[at + 3 : at + 11].tobytes(), "little")


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2 * WIDE, max_size=2 * WIDE), st.integers(0, 3))
def test_words_are_compared_one_by_one(values: list[int], value: int) -> None:
    a, b = np.array(values, np.uint32).reshape(2, WIDE) << 30
    same, like = _compared(a.ctypes.data, b.ctypes.data, 3 << 30, value << 30)
    assert same == int((a == b).sum())
    assert [like >> k & 1 for k in range(9)] == [*(a[:8] == value << 30), 0]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_words(a: int, b: int) -> None:
    zero_bits, set_bits, folded, mixed = _words(np.uint64(a), np.uint64(b))
    assert zero_bits == ((a & -a).bit_length() - 1 if a else 64)
    assert set_bits == a.bit_count()
    assert folded == mixed


def test_a_word_is_stored_anywhere() -> None:
    data = np.zeros(12, np.uint8)
    _put(data.ctypes.data + 3, np.uint64(0x0807060504030201))
    assert data.tolist() == [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0]


def test_a_block_takes_no_array_with_holes() -> None:
    with pytest.raises(ValueError, match="contiguous"):
        Block(np.zeros((4, 4))[:, 0])


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 5) | st.integers(0, 2**64 - 1), max_size=60))
def test_values_that_repeat_one_before_them(values: list[int]) -> None:
    known = [value for value in values if value]
    found = _sharing(np.array([*values, 7], np.uint64), len(values))
    assert found == (len(known) - len(set(known)), len(known))
