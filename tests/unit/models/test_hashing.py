"""Hashes: against a plain rendering in Python's integers, and against chance."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from models.hashing import hash_bytes, hash_text, pair

QUICK = settings(max_examples=150, derandomize=True, deadline=None)
M1, M2, M3 = 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x9E3779B97F4A7C15


def mixed(a: int, b: int) -> int:
    product = a * b
    return (product ^ product >> 64) & (1 << 64) - 1


def plain(data: bytes) -> int:
    if not data:
        return 0
    h = len(data) * M3 & (1 << 64) - 1
    for at in range(0, len(data) // 8 * 8 + 1, 8):
        h = mixed(h ^ M1, int.from_bytes(data[at : at + 8], "little") ^ M2)
    return mixed(h ^ M3, M1) or M3


@njit
def pairs(a, b):
    return pair(a, b)


@QUICK
@given(st.binary(max_size=40), st.binary(max_size=9), st.binary(max_size=9))
def test_the_hash_is_what_its_text_says_wherever_it_lies(data: bytes, before: bytes, after: bytes) -> None:
    joined = np.frombuffer(before + data + after, np.uint8)
    assert int(hash_bytes(joined, len(before), len(before) + len(data))) == plain(data)


@QUICK
@given(st.text(max_size=20))
def test_the_twin_for_strings(text: str) -> None:
    assert hash_text(text) == plain(text.encode())


@QUICK
@given(st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 64) - 1))
def test_pairs(a: int, b: int) -> None:
    assert int(pairs(np.uint64(a), np.uint64(b))) == (mixed(a ^ M1, b ^ M2) or M3)


def test_many_names_do_not_collide() -> None:
    hashes = np.array([hash_text(f"user-{n}") for n in range(20_000)], np.uint64)
    assert len(np.unique(hashes)) == len(hashes)
    # Shards are chosen by the lowest bits, prints by the highest.
    for bits in (hashes % np.uint64(16), hashes >> np.uint64(60)):
        assert np.bincount(bits.astype(np.int64), minlength=16).min() > 0.9 * len(hashes) / 16
