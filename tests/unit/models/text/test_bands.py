"""Look-up by bands: what was entered last is found, and what is full forgets the oldest."""

from typing import Any

import numpy as np
import pytest
from numba import njit

from models.memory import Block, at_address, carray, length, pointer
from models.text.bands import BANDS, ENTRIES, band_hash, bucket_at, enter, entry_of, room

CAPACITY = 64


@njit
def _places(buckets: Any, words: Any, band: Any, out: Any) -> Any:
    h = band_hash(words, band)
    bucket = carray(at_address(bucket_at(buckets, CAPACITY, band, h)), ENTRIES, np.uint32)
    n = 0
    for k in range(ENTRIES):
        if bucket[k] != 0 and bucket[k] & ~(CAPACITY - 1) == entry_of(CAPACITY, h, 0):
            out[n] = bucket[k] & (CAPACITY - 1)
            n += 1
    return n


@njit
def _enter(buckets: Any, words: Any, place: Any) -> None:
    enter(buckets, CAPACITY, words, place)


@njit
def _of(block: Any, k: Any) -> Any:
    return pointer(block, k), length(block, k)


def places(buckets: np.ndarray, words: np.ndarray, band: int) -> list[int]:
    out = np.empty(ENTRIES, np.int64)
    n = _places(buckets.ctypes.data, words.ctypes.data, band, out)
    found: list[int] = out[:n].tolist()
    return found


def test_what_shares_a_band_is_found_there_and_only_there() -> None:
    buckets = room(CAPACITY)
    random = np.random.default_rng(3)
    one, other = random.integers(0, 1 << 32, (2, 2 * BANDS), dtype=np.uint32)
    other[6:8] = one[6:8]
    _enter(buckets.ctypes.data, one.ctypes.data, 5)
    _enter(buckets.ctypes.data, other.ctypes.data, 9)
    assert places(buckets, one, 3) == [9, 5]
    assert places(buckets, one, 4) == [5]
    assert places(buckets, other, 4) == [9]


def test_a_bucket_keeps_the_newest() -> None:
    buckets, words = room(CAPACITY), np.arange(2 * BANDS, dtype=np.uint32)
    for place in range(1, 21):
        _enter(buckets.ctypes.data, words.ctypes.data, place)
    assert places(buckets, words, 0) == list(range(20, 20 - ENTRIES, -1))


def test_no_bucket_lies_on_two_cache_lines() -> None:
    assert room(CAPACITY).ctypes.data % 64 == 0


def test_a_block_knows_its_arrays() -> None:
    arrays = np.zeros(3), np.zeros(7, np.uint8)
    block = Block(*arrays)
    assert _of(block.address, 1) == (arrays[1].ctypes.data, 7)
    with pytest.raises(ValueError, match="contiguous"):
        Block(np.zeros((4, 4))[:, 1])
