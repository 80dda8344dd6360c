# mypy: allow-untyped-defs, allow-untyped-calls
"""Which clusters a text fits: looked up by bands, verified on all of its signature."""

from __future__ import annotations

import numpy as np
from numba import njit

from models.memory import agreeing, alike, fetch, load, pointer, zeros
from models.text.bands import BANDS, ENTRIES, band_hash, bucket_at, entry_of
from models.text.layout import (
    CLUSTER_BYTES,
    CLUSTERS_AT,
    TEXT_BYTES,
    TEXTS_AT,
    VALUES,
    buckets_of,
    clusters_of,
    counts_of,
    root_of,
    texts_of,
    words_at,
)
from models.text.rarity import odds_of
from models.text.signature import WORDS

# Up to this size any member speaks for a cluster, beyond it only the consensus and texts as close as `CLOSE`.
YOUNG, CLOSE = 8, 20
# The odds that a pair needs beyond the number of texts.
ODDS = 1000.0
# How many more of 32 values have to agree to be more than chance: 1.8 standard errors of a half.
BEYOND = 5
# What `near` needs to put down what it finds.
ROOM = 4 + BANDS * ENTRIES


@njit
def _candidates(state, words_address, found):
    """Which texts have a band in common with a text: ``place * BANDS + band`` to `found`; returns how many.

    What is known of them begins to be loaded.
    """
    texts_address = pointer(state, TEXTS_AT)
    buckets, capacity = buckets_of(state)
    mask = np.uint32(capacity - 1)
    n = 0
    for band in range(BANDS):
        h = band_hash(words_address, band)
        bucket = bucket_at(buckets, capacity, band, h)
        hits = alike(bucket, np.uint32(~mask), np.uint32(entry_of(capacity, h, 0)))
        while hits != 0:
            at = np.int64(load(bucket + 4 * zeros(hits)) & np.uint64(mask))
            hits &= hits - np.uint64(1)
            text = texts_address + at * TEXT_BYTES
            fetch(text)
            fetch(text + 64)
            fetch(text + TEXT_BYTES - 8)
            found[n] = at * BANDS + band
            n += 1
    return n


@njit
def _living(state, words_address, since, found, n):
    """Keeps of the first `n` candidates those that are no older and share their band in fact; how many."""
    texts, texts_address = texts_of(state), pointer(state, TEXTS_AT)
    clusters_address = pointer(state, CLUSTERS_AT)
    kept = 0
    for k in range(n):
        at, band = found[k] // BANDS, found[k] % BANDS
        text = texts[at]
        if text.seq == 0 or text.ts < since:
            continue
        if load(texts_address + at * TEXT_BYTES + 8 * band) != load(words_address + 8 * band):
            continue
        cluster = clusters_address + np.int64(text.cluster) * CLUSTER_BYTES
        for line in range(0, CLUSTER_BYTES, 64):
            fetch(cluster + line)
        found[kept] = found[k]
        kept += 1
    return kept


@njit
def near(state, words_address, since, least, found):
    """The clusters that a text fits.

    Writes to `found` (int64, ROOM): the best cluster or -1, its agreement of 32, the second or -1 (only if it
    fits hardly less well), and the number of the newest text of the best that is the very same, or 0. Where a
    text is nearer to a single one than to what that one's large cluster has in common, by more than chance,
    there is no best: something else begins within a loose company.
    """
    texts, clusters = texts_of(state), clusters_of(state)
    texts_address, clusters_address = pointer(state, TEXTS_AT), pointer(state, CLUSTERS_AT)
    words = words_at(words_address)
    found[0], found[1], found[2], found[3] = -1, least - 1, -1, 0
    second, lone = least - 1, np.int64(0)
    needed = ODDS * (np.float64(counts_of(state)[VALUES]) + 1.0)
    candidates = found[4:]
    n = _living(state, words_address, since, candidates, _candidates(state, words_address, candidates))
    last = np.int64(0)
    for k in range(n):
        at, band = candidates[k] // BANDS, candidates[k] % BANDS
        if band != last and found[3] > 0:  # nothing can be nearer
            break
        last = band
        row = texts_address + at * TEXT_BYTES
        c = root_of(clusters, np.int64(texts[at].cluster))
        same = agreeing(words_address, row)
        large = clusters[c].posts > YOUNG
        if (
            large
            and max(lone, least + BEYOND) < same < WORDS
            and odds_of(state, words, words_at(row)) >= needed
        ):
            lone = same
        if same < WORDS and (c == found[0] or c == found[2]):
            continue  # it fits already
        if same < WORDS:
            odds = 0.0
            if same >= least and (not large or same >= CLOSE):
                odds = odds_of(state, words, words_at(row))
            if clusters[c].posts > 2:
                # Of a cluster of some size a member alone is no witness: else texts chain up.
                consensus = clusters_address + c * CLUSTER_BYTES
                whole = min(WORDS - 1, agreeing(words_address, consensus))
                if whole >= least and (whole > same or odds < needed):
                    odds = max(odds, odds_of(state, words, words_at(consensus)))
                    same = max(same, whole)
            if odds < needed:
                continue
        if c == found[0]:
            found[1] = max(found[1], same)
        elif same > found[1] or (same == found[1] and c < found[0]):
            if found[0] >= 0:
                found[2], second = found[0], found[1]
            found[0], found[1], found[3] = c, same, 0
        elif same > second or (same == second and c < found[2]):
            found[2], second = c, same
        if c == found[0] and same == WORDS:
            found[3] = max(found[3], np.int64(texts[at].seq))
    if found[3] == 0 and found[0] >= 0:
        if lone > found[1] + BEYOND:
            found[0], found[2] = -1, -1
        elif found[2] >= 0 and second < found[1] - BEYOND:
            found[2] = -1
