"""Which rows each stage is handed."""

from __future__ import annotations

import numpy as np

from detector.engine.rows import COMMENT, ECHO, HAS_TEXT, HEAD_AT, POST, REPOST, Batch

_LINKS, _MEDIA = HEAD_AT["links"], HEAD_AT["media"]

ACTORS_BY, SUBJECTS_BY = "actor", "subject"


def split(batch: Batch, column: str, shards: int) -> list[Batch]:
    """The rows of each shard, by the hash in a column; by the event's id where that is 0."""
    if shards == 1 or not len(batch):
        return [batch] * shards
    key = batch.rows[column]
    key = np.where(key == 0, batch.rows["id"], key)
    shard = (key % np.uint64(shards)).astype(np.uint16)
    return [batch.take(np.flatnonzero(shard == number)) for number in range(shards)]


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
    """The posts, reposts and comments, for the company's stage."""
    kind = batch.rows["type"]
    return batch.take(np.flatnonzero((kind == POST) | (kind == REPOST) | (kind == COMMENT)))
