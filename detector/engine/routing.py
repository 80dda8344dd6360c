# mypy: allow-untyped-defs, allow-untyped-calls
"""Which rows each stage is handed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import njit

from detector.engine.actors import WATCHED
from detector.engine.rows import ACCOUNT, COMMENT, ECHO, EVENT, HAS_TEXT, HEAD_AT, POST, REPOST, Batch
from models.memory import load, move

_LINKS, _MEDIA = HEAD_AT["links"], HEAD_AT["media"]

ACTORS_BY, SUBJECTS_BY = "actor", "subject"
assert EVENT.fields is not None
_ROW = EVENT.itemsize
_AT = {name: EVENT.fields[name][1] for name in ("id", ACTORS_BY, SUBJECTS_BY)}
_ID = _AT["id"]


def split(batch: Batch, column: str, shards: int) -> list[Batch]:
    """The rows of each shard in their order, by the hash in a column; by the event's id where that is 0."""
    if shards == 1 or not len(batch):
        return [batch] * shards
    rows = np.empty(len(batch), EVENT)
    ends = np.zeros(shards + 1, np.int64)
    source = np.ascontiguousarray(batch.rows)
    _scatter(source.ctypes.data, len(source), _AT[column], ends, rows.ctypes.data)
    return [Batch(rows[begin:end], batch.heap) for begin, end in pairwise(ends.tolist())]


@njit(cache=True)
def _scatter(source, n, column, ends, target):
    """Copies `n` rows to the places of their shards; `ends` receives where each shard's rows end."""
    shards = np.uint64(len(ends) - 1)
    shard = np.empty(n, np.int64)
    for i in range(n):
        key = load(source + _ROW * i + column)
        if key == 0:
            key = load(source + _ROW * i + _ID)
        shard[i] = np.int64(key % shards)
        ends[shard[i] + 1] += 1
    for k in range(1, len(ends)):
        ends[k] += ends[k - 1]
    at = ends[:-1].copy()
    for i in range(n):
        move(source + _ROW * i, target + _ROW * at[shard[i]])
        at[shard[i]] += 1


def with_contents(batch: Batch) -> Batch:
    """The rows with text, links or media, for the contents' stage."""
    if not len(batch):
        return batch
    return batch.take(_with_contents(batch.rows, batch.heap))


def with_company(batch: Batch) -> Batch:
    """The posts, reposts and comments, for the company's stage; for the accounts' stage, too, the account
    events and the days on which accounts were used."""
    return batch.take(_with_company(batch.rows))


@njit(cache=True)
def _with_contents(rows, heap):
    chosen = np.empty(len(rows), np.int64)
    n = 0
    for i in range(len(rows)):
        at = np.int64(rows[i].heap_at)
        said = rows[i].flags & HAS_TEXT != 0 or heap[at + _LINKS] | heap[at + _MEDIA] != 0
        if said and rows[i].flags & ECHO == 0:
            chosen[n] = i
            n += 1
    return chosen[:n]


@njit(cache=True)
def _with_company(rows):
    chosen = np.empty(len(rows), np.int64)
    n = 0
    for i in range(len(rows)):
        acts = rows[i].type in (POST, REPOST, COMMENT, ACCOUNT)
        if acts or (rows[i].marks & WATCHED != 0 and rows[i].flags & ECHO == 0):
            chosen[n] = i
            n += 1
    return chosen[:n]
