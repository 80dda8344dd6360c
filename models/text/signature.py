# mypy: allow-untyped-defs, allow-untyped-calls
"""MinHash signatures of texts: 32 numbers, of which two texts share the share of 3-grams that they share.

Source: Broder, "On the resemblance and containment of documents" (1997). Each 3-gram of the folded text is
hashed once to 32 bits (two ideographs are a gram by themselves: they say as much as a word); the 32 orders of
the grams are ``a_k * h + b_k mod 2^32`` with odd ``a_k``. A text of one or two characters has itself as its
only gram; an empty one has a signature of all ones and length 0.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.text.folding import ENTRIES, PAGES, POOL, fold_text

WORDS = 32
_SEED = 0x7E87


def _orders() -> tuple[np.ndarray, np.ndarray]:
    words = np.arange(2 * WORDS, dtype=np.uint64) + np.uint64(_SEED)  # splitmix64: the same everywhere
    words = words * np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    words = (words ^ (words >> np.uint64(31))).astype(np.uint32)
    return words[:WORDS] | np.uint32(1), words[WORDS:]


FACTORS, TERMS = _orders()


@njit(inline="always")
def _ideograph(point):
    return (0x3400 <= point < 0xA000) or (0xF900 <= point < 0xFB00) or (0x20000 <= point < 0x32000)


@njit(inline="always")
def _gram(a, b, c):
    """32 bits of a hash of three code points, or of the first two where these are ideographs."""
    if _ideograph(a) and _ideograph(b):
        c = np.uint32(0)
    h = (np.uint64(a) * np.uint64(0x9E3779B97F4A7C15)) ^ (np.uint64(b) * np.uint64(0xC2B2AE3D27D4EB4F))
    h = (h ^ (h >> np.uint64(29)) ^ np.uint64(c)) * np.uint64(0xBF58476D1CE4E5B9)
    return np.uint32((h ^ (h >> np.uint64(31))) >> np.uint64(16))


@njit
def sign(data, start, end, pages, entries, pool, points, out):
    """Writes the signature of UTF-8 ``data[start:end]`` to `out` (32 x uint32); returns the folded length.

    `points` is room for the folded text, see `fold_text`; the tables are `models.text.folding`'s.
    """
    n = fold_text(data, start, end, pages, entries, pool, points)
    out[:] = np.uint32(0xFFFFFFFF)
    if n == 0:
        return 0
    grams = n - 2
    if n < 3:
        points[0] = _gram(points[0], points[1] if n == 2 else np.uint32(0), np.uint32(0))
        grams = 1
    else:
        for i in range(grams):  # in place: gram i needs nothing before point i
            points[i] = _gram(points[i], points[i + 1], points[i + 2])
    for i in range(grams):
        h = points[i]
        for k in range(WORDS):
            v = np.uint32(FACTORS[k] * h + TERMS[k])
            out[k] = min(v, out[k])
    return n


@njit(cache=True)
def _signatures(data, offsets, pages, entries, pool):
    n = len(offsets) - 1
    longest = 0
    for i in range(n):
        longest = max(longest, offsets[i + 1] - offsets[i])
    points = np.empty(6 * longest + 2, np.uint32)
    out = np.empty((n, WORDS), np.uint32)
    lengths = np.empty(n, np.uint32)
    for i in range(n):
        lengths[i] = sign(data, offsets[i], offsets[i + 1], pages, entries, pool, points, out[i])
    return out, lengths


def signatures(texts: bytes | np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signatures of many texts.

    Args:
        texts: the UTF-8 of all texts, joined (bytes or uint8). Bytes that are no UTF-8 are passed over.
        offsets: shape (n + 1,), int64; text ``i`` is ``texts[offsets[i] : offsets[i + 1]]``.

    Returns:
        uint32 (n, 32) signatures; uint32 (n,) characters of the folded texts.

    >>> a, b = "Buy now, best price!", "BUY now; best рrice"
    >>> words, lengths = signatures((a + b).encode(), np.array([0, len(a), len(a.encode() + b.encode())]))
    >>> bool((words[0] == words[1]).all()), lengths.tolist()
    (True, [15, 15])
    """
    data = np.frombuffer(texts, np.uint8) if isinstance(texts, (bytes, bytearray, memoryview)) else texts
    words, lengths = _signatures(data, np.ascontiguousarray(offsets, np.int64), PAGES, ENTRIES, POOL)
    return words, lengths


def similarity(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The estimated share of common 3-grams of signatures ``(..., 32)``, 0..1; standard error at most .09."""
    return np.asarray((a == b).mean(axis=-1))
