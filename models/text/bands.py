# mypy: allow-untyped-defs, allow-untyped-calls
"""Which of the last texts share two given values of their signatures: look-up by bands.

A band is two of the 32 MinHash values (Indyk and Motwani 1998; Leskovec, Rajaraman, Ullman, "Mining of
Massive Datasets", 3.4). Each band has buckets of eight entries, the newest first; a text is entered in one of
each band, and the oldest entry drops out: what many texts share says little, and is looked at no deeper. An
entry is the text's place in its ring below some bits of the band's hash, so that a look-up of an unknown text
touches one cache line a band and no text. Entries of texts that the ring has forgotten are found out when the
text is compared. Derived from the ring: fill it anew in its order.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.memory import at_address, carray, fetch, load
from models.text.signature import WORDS

BANDS = WORDS // 2
ENTRIES = 8


def room(capacity: int) -> np.ndarray:
    """Empty buckets for texts of a ring of `capacity`, a power of two."""
    size = BANDS * max(1, capacity // 4) * ENTRIES
    raw = np.zeros(size + 16, np.uint32)
    begin = (-raw.ctypes.data % 64) // 4  # so that no bucket lies on two cache lines
    return raw[begin : begin + size]


@njit
def band_hash(words, band):
    """The hash of a band of the signature at address `words`."""
    h = load(words + 8 * band) * np.uint64(0x9E3779B97F4A7C15)
    return h ^ (h >> np.uint64(29))


@njit
def bucket_at(buckets, capacity, band, h):
    """The address of the bucket of a band's hash; `buckets` is the address of `room(capacity)`."""
    number = np.int64(h >> np.uint64(32)) & ((capacity >> 2) - 1)
    return buckets + (band * (capacity >> 2) + number) * (4 * ENTRIES)


@njit
def entry_of(capacity, h, place):
    """The entry of a text at `place` of the ring; at place 0 it is the tag that all entries of `h` have."""
    return (np.uint32(h) & np.uint32(~(capacity - 1))) | np.uint32(place)


@njit
def enter(buckets, capacity, words, place):
    """Enters the text with the signature at address `words` that stands at `place` of the ring."""
    for band in range(BANDS):
        h = band_hash(words, band)
        bucket = carray(at_address(bucket_at(buckets, capacity, band, h)), ENTRIES, np.uint32)
        for k in range(ENTRIES - 1, 0, -1):
            bucket[k] = bucket[k - 1]
        bucket[0] = entry_of(capacity, h, place)


@njit
def expect(buckets, capacity, words):
    """Begins to load the buckets of a signature."""
    for band in range(BANDS):
        fetch(bucket_at(buckets, capacity, band, band_hash(words, band)))
