# mypy: allow-untyped-defs, allow-untyped-calls
"""Near-duplicate texts and exact keys (links, images) gathered into clusters, one row at a time.

A text is looked up among the last texts by bands of its 32 MinHash values (see `models.text.bands`) and
verified on all 32: against the text found and against its cluster's consensus. That holds for each of the 32
places the value that most members agree on (a vote where agreement counts twice, so that a third of the
members suffices): with a few members it is the signature of the text that all of them were made from, and so
nearer to the next copy than any copy is. A text that fits two clusters makes one of them, if they have that
much in common themselves. What is nearer to a single text than to what that one's large cluster has in common
begins something of its own: else one copy after another would vanish in a loose company of frames.

Values that many texts have (every text of a language has its commonest grams, every template its frame) are
weak witnesses: agreement is weighed by how rare the value is (as in record linkage: Fellegi, Sunter 1969).

All is done in the order of the rows, and what dies, dies by age or number: the same rows, the same clusters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from models.memory import Block, pointer
from models.names import Recent
from models.state import Table
from models.text.bands import enter, room
from models.text.chains import Chains, link, place
from models.text.layout import (
    BY_ACTOR,
    BY_ACTOR_NEXT,
    BY_KEY,
    BY_KEY_NEXT,
    CLUSTER,
    COUNTERS,
    FREE,
    KEY,
    KEYS,
    MEMBER,
    MEMBERS,
    NONE,
    ROWS,
    TEXT,
    TEXT_BYTES,
    TEXTS,
    TEXTS_AT,
    buckets_of,
    counts_of,
    keys_of,
    members_of,
    numbers_of,
    texts_of,
)
from models.text.signature import WORDS


class Clusters:
    """The state: rings of texts, keys and members, rows of clusters, strings.

    Args:
        capacity: texts, and keys, and half the members that are remembered; a power of two.

    Attributes:
        state: the address of all of it, for the kernels; good as long as the object lives.
    """

    def __init__(self, capacity: int = 1 << 18) -> None:
        if capacity & (capacity - 1):
            raise ValueError(f"the capacity has to be a power of two, not {capacity}")
        self.texts = Table("texts", TEXT, capacity)
        self.keys = Table("keys", KEY, capacity)
        self.members = Table("members", MEMBER, 2 * capacity)
        self.clusters = Table("clusters", CLUSTER, 2 * capacity + 1)
        self.names = Recent(16 * capacity)
        self.values = Table("values", np.dtype("f4"), WORDS * COUNTERS)
        self.values.used = WORDS * COUNTERS
        self.counts = np.zeros(6, np.int64)
        self.counts[FREE] = NONE
        self.by_band = room(capacity)
        self.by_key = Chains(capacity)
        self.by_actor = Chains(2 * capacity)
        self._block = Block(
            *(self.texts.rows, self.texts.dirty, self.keys.rows, self.keys.dirty),
            *(self.members.rows, self.members.dirty, self.clusters.rows, self.clusters.dirty),
            *(self.values.rows, self.values.dirty, self.by_band),
            *(self.by_key.heads, self.by_key.nexts, self.by_actor.heads, self.by_actor.nexts, self.counts),
            *(self.names.table.rows, self.names.table.dirty, self.names.position),
        )
        self.state = self._block.address

    def tables(self) -> tuple[Table, ...]:
        self.sync()
        return self.texts, self.keys, self.members, self.clusters, self.names.table, self.values

    def sync(self) -> None:
        """Takes over what the kernels have counted."""
        for table, seq in ((self.texts, TEXTS), (self.keys, KEYS), (self.members, MEMBERS)):
            table.used = min(len(table.rows), int(self.counts[seq]) + 1)
        self.clusters.used = int(self.counts[ROWS])
        self.names.table.used = min(len(self.names.table.rows), int(self.names.position[0]))

    def scalars(self) -> dict[str, Any]:
        return {"counts": self.counts.tolist(), "names": int(self.names.position[0])}

    def restore(self, scalars: dict[str, Any]) -> None:
        self.counts[:] = scalars["counts"]
        self.names.position[0] = scalars["names"]

    def rebuild(self) -> None:
        """Fills the chains from the rings."""
        self.by_band[:] = 0
        self.by_key.clear()
        self.by_actor.clear()
        _rebuild(self.state)

    @property
    def nbytes(self) -> int:
        """Bytes in use, the derived look-up tables included."""
        tables = sum(table.nbytes for table in self.tables())
        return tables + self.by_band.nbytes + self.by_key.nbytes + self.by_actor.nbytes


@njit(cache=True)
def _rebuild(state):
    texts, keys, members, counts = texts_of(state), keys_of(state), members_of(state), counts_of(state)
    buckets, capacity = buckets_of(state)
    for seq in range(max(1, counts[TEXTS] - len(texts) + 1), counts[TEXTS] + 1):
        at = seq & (len(texts) - 1)
        enter(buckets, capacity, pointer(state, TEXTS_AT) + at * TEXT_BYTES, at)
    heads, nexts = numbers_of(state, BY_KEY), numbers_of(state, BY_KEY_NEXT)
    for seq in range(max(1, counts[KEYS] - len(keys) + 1), counts[KEYS] + 1):
        link(heads, nexts, place(heads, keys[seq & (len(keys) - 1)].key), seq)
    heads, nexts = numbers_of(state, BY_ACTOR), numbers_of(state, BY_ACTOR_NEXT)
    for seq in range(max(1, counts[MEMBERS] - len(members) + 1), counts[MEMBERS] + 1):
        link(heads, nexts, place(heads, members[seq & (len(members) - 1)].actor), seq)
