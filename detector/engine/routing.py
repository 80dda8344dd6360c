# mypy: allow-untyped-defs, allow-untyped-calls
"""Which rows each stage is handed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import njit

from detector.engine.actors import WATCHED
from detector.engine.rows import ACCOUNT, COMMENT, ECHO, EVENT, HAS_TEXT, HEAD_AT, POST, REPOST, Batch

_LINKS, _MEDIA = HEAD_AT["links"], HEAD_AT["media"]

ACTORS_BY, SUBJECTS_BY = "actor", "subject"
assert EVENT.fields is not None
_WORD = {name: EVENT.fields[name][1] // 8 for name in ("id", ACTORS_BY, SUBJECTS_BY)}


def split(batch: Batch, column: str, shards: int) -> list[Batch]:
    """The rows of each shard in their order, by the hash in a column; by the event's id where that is 0."""
    if shards == 1 or not len(batch):
        return [batch] * shards
    rows = np.empty(len(batch), EVENT)
    ends = np.zeros(shards + 1, np.int64)
    words = np.ascontiguousarray(batch.rows).view(np.uint64)
    _scatter(words, _WORD[column], _WORD["id"], ends, rows.view(np.uint64))
    return [Batch(rows[begin:end], batch.heap) for begin, end in pairwise(ends.tolist())]


@njit(cache=True)
def _scatter(source, column, fallback, ends, target):
    """Copies rows of 16 words to the places of their shards; `ends` receives where each shard's rows end."""
    n, shards = len(source) // 16, np.uint64(len(ends) - 1)
    shard = np.empty(n, np.int64)
    for i in range(n):
        key = source[16 * i + column]
        if key == 0:
            key = source[16 * i + fallback]
        shard[i] = np.int64(key % shards)
        ends[shard[i] + 1] += 1
    for k in range(1, len(ends)):
        ends[k] += ends[k - 1]
    at = ends[:-1].copy()
    for i in range(n):
        to = 16 * at[shard[i]]
        at[shard[i]] += 1
        for k in range(16):
            target[to + k] = source[16 * i + k]


def with_contents(batch: Batch) -> Batch:
    """The rows with text, links or media, for the contents' stage."""
    if not len(batch):
        return batch
    at = batch.rows["heap_at"].astype(np.int64)
    marked = (batch.rows["flags"] & HAS_TEXT) != 0
    marked |= (batch.heap[at + _LINKS] | batch.heap[at + _MEDIA]) != 0
    marked &= (batch.rows["flags"] & ECHO) == 0
    return batch.take(np.flatnonzero(marked))


def with_company(batch: Batch) -> Batch:
    """The posts, reposts and comments, for the company's stage; for the accounts' stage, too, the account
    events and the days on which accounts were used."""
    rows = np.ascontiguousarray(batch.rows)
    chosen = np.empty(len(rows), np.int64)
    return batch.take(chosen[: _with_company(rows, chosen)])


@njit(cache=True)
def _with_company(rows, chosen):
    n = 0
    for i in range(len(rows)):
        kind = rows[i].type
        acts = kind in (POST, REPOST, COMMENT, ACCOUNT)
        if acts or (rows[i].marks & WATCHED != 0 and rows[i].flags & ECHO == 0):
            chosen[n] = i
            n += 1
    return n
