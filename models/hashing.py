# mypy: allow-untyped-defs, allow-untyped-calls
"""64-bit hashes of byte strings and of pairs, for kernels."""

import numpy as np
from numba import njit

_M1 = np.uint64(0xA0761D6478BD642F)
_M2 = np.uint64(0xE7037ED1A0B428DB)
_M3 = np.uint64(0x9E3779B97F4A7C15)
_S32 = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@njit(inline="always")
def mix(a, b):
    """Both halves of the 128-bit product of ``a`` and ``b``, folded (as wyhash does)."""
    a = np.uint64(a)
    b = np.uint64(b)
    al, ah = a & _LOW, a >> _S32
    bl, bh = b & _LOW, b >> _S32
    ll, lh, hl, hh = al * bl, al * bh, ah * bl, ah * bh
    cross = (ll >> _S32) + (lh & _LOW) + (hl & _LOW)
    high = hh + (lh >> _S32) + (hl >> _S32) + (cross >> _S32)
    return (a * b) ^ high


# Cached too, since it is called from Python as well.
@njit(inline="always", cache=True)
def pair(a, b):
    """A hash of an ordered pair of 64-bit values; never 0."""
    h = mix(np.uint64(a) ^ _M1, np.uint64(b) ^ _M2)
    return h if h != np.uint64(0) else _M3


@njit(cache=True)
def hash_bytes(data, start, end):
    """The hash of ``data[start:end]`` (uint8 array); 0 for the empty string and for it alone."""
    n = end - start
    if n <= 0:
        return np.uint64(0)
    h = np.uint64(n) * _M3
    i = start
    while i + 8 <= end:
        w = np.uint64(0)
        for k in range(8):
            w |= np.uint64(data[i + k]) << np.uint64(8 * k)
        h = mix(h ^ _M1, w ^ _M2)
        i += 8
    w = np.uint64(0)
    k = 0
    while i < end:
        w |= np.uint64(data[i]) << np.uint64(8 * k)
        i += 1
        k += 1
    h = mix(h ^ _M1, w ^ _M2)
    h = mix(h ^ _M3, _M1)
    return h if h != np.uint64(0) else _M3


def hash_text(text: str) -> int:
    """The hash of a string's UTF-8 bytes, as an int; the Python twin of `hash_bytes` for single look-ups."""
    data = np.frombuffer(text.encode(), np.uint8)
    return int(hash_bytes(data, 0, len(data)))
