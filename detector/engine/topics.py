"""The topics' stage: manufactured hot topics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.cases.findings import Finding
from detector.engine import topics_kernel as kernel
from detector.engine import topics_pushers as pushers
from detector.engine import topics_rows as rows_
from detector.engine import topics_shares as shares
from detector.engine.rows import Batch
from detector.suspicions import topic_inflation
from detector.suspicions.settings import TOPICS, TopicInflation
from models.names import Recent
from models.rings import FOREVER, walk
from models.shelves import shelves
from models.state import Blobs, Table
from models.windows import usual

_MINUTE = 60_000
# Entries of a topic that are looked at, the latest ones.
_MOST = 8192
# Acts on topics' posts from which shares of them are known well enough.
_WARM_ACTS = 1000
RULES = np.dtype([(name, "f8") for name in ("least", "growth", "gate", "prior", "weight")])


class Topics:
    """Topics, what was posted on them and who acted on it; memory of fixed size.

    Args:
        tick_ms: of the grid.
        settings: of the suspicion.
        size: contents, ties between accounts, and entries of the log that are kept; a power of two. Half as
            many authors, a quarter of those who post on topics, a 32nd of topics and of those who pushed one.
    """

    schema = "topics/2"

    def __init__(self, tick_ms: int, settings: TopicInflation = TOPICS, *, size: int = 1 << 20) -> None:
        self.tick_ms = tick_ms
        self.names = Recent(4 * size)
        self._topics = shelves("topics", rows_.TOPIC, size // 32)
        self._contents = shelves("contents", rows_.CONTENT, size)
        self._authors = shelves("authors", rows_.AUTHOR, size // 2)
        self._posters = shelves("posters", rows_.TIE, size // 4)
        self._ties = shelves("ties", rows_.TIE, size)
        self._log = Table("log", rows_.ENTRY, size)
        self._usual = Table("usual", np.dtype("f8"), rows_.USUAL)
        self._usual.used = rows_.USUAL
        self._pushers = shelves("pushers", rows_.PUSHER, size // 32)
        self._counters = np.zeros(4, np.int64)
        self._rules = np.zeros(1, RULES)
        self.tune(settings)

    def tune(self, settings: TopicInflation) -> None:
        """Takes other settings, between two steps."""
        self.settings = settings
        for name in RULES.names or ():
            self._rules[name] = getattr(settings, name)

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        """Topics that became suspect in the ticks up to `upto`."""
        n = len(batch)
        if not n:
            return []
        touched, candidates = np.empty(n, np.int64), np.empty(n, np.int64)
        findings: list[Finding] = []
        state, rows, heap = self._state(), np.ascontiguousarray(batch.rows), np.ascontiguousarray(batch.heap)
        at = 0
        while at < n:
            at, end, found = kernel.run(
                state, rows, heap, at, self.tick_ms, self._rules[0], touched, candidates
            )
            for row in sorted(set(candidates[:found].tolist())):
                found_ = topic_inflation.judge(self.gather(row, int(end)), self.settings)
                if found_:
                    findings.append(found_[0])
                    self._mark(row, found_[1], int(end) // _MINUTE)
        self._log.used = min(int(self._counters[rows_.LOGGED]), len(self._log.rows))
        return findings

    def _mark(self, row: int, circle: np.ndarray, minute: int) -> None:
        """Notes a finding: the topic teaches nothing any more, and its circle is known."""
        topic, kept = self._topics.rows[row], self._pushers
        shares.mark(topic, self._usual.rows, minute)
        pushers.remember_pushers(kept.rows, kept.dirty, self._counters, circle, topic, minute)

    def gather(self, row: int, end: int) -> topic_inflation.Topic:
        """What is known of a topic at the end of a tick, ms."""
        since = end - rows_.WINDOW * _MINUTE
        found = np.empty(_MOST, np.int64)
        topic, log = self._topics.rows[row], self._log.rows
        ended = (np.int64(topic["end"]), self._counters[rows_.LOGGED])
        n = walk(log, ended, np.int64(since), FOREVER, found)
        return topic_inflation.Topic(
            end,
            log[found[:n][::-1] & (len(log) - 1)],
            self._usual.rows.copy(),
            shares.others(topic, self._usual.rows, end // _MINUTE),
            lambda start, inside: usual(topic, start // _MINUTE, end // _MINUTE, inside, self._rate(end)),
            self._habits,
            lambda accounts: int(pushers.pushed_before(self._pushers.rows, accounts, topic)),
            int(self._counters[rows_.PUSHERS]) / (int(self._counters[rows_.AUTHORS]) + 100.0),
            self._names_of,
        )

    def _rate(self, end: int) -> float:
        """Posts an hour that a topic has of which nothing is known: what all have had since they began."""
        posts, topics, beginnings = self._usual.rows[rows_.TOPIC_POSTS : rows_.TOPIC_POSTS + 3].tolist()
        hours = (topics * (end / _MINUTE) - beginnings) / 60.0
        return float(posts / (hours + 24.0 * topics + 24.0))

    def _habits(self, authors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(posts, reposts and comments received on them) of accounts, as far as known."""
        rows = kernel.rows_of(self._authors.rows["key"], authors)
        known = self._authors.rows[np.maximum(rows, 0)]
        posts, received = (np.where(rows < 0, 0.0, known[name]) for name in ("posts", "received"))
        return posts, received

    def _names_of(self, entries: np.ndarray, which: int) -> list[str]:
        """Strings of entries, in the order of `ENTRY.lengths`; without those that are no longer kept."""
        at = entries["names_at"].copy()
        for k in range(which):
            at += (entries["lengths"][:, k].astype(np.int64) + 7) >> 3
        return self.names.get_many(at, entries["lengths"][:, which])

    def _state(self) -> rows_.State:
        names = self.names
        return rows_.State(
            self._topics.rows, self._topics.dirty, self._contents.rows, self._contents.dirty,
            self._authors.rows, self._authors.dirty, self._posters.rows, self._posters.dirty,
            self._ties.rows, self._ties.dirty, self._log.rows, self._log.dirty,
            names.table.rows, names.table.dirty, names.position,
            self._usual.rows, self._usual.dirty, self._counters,
        )  # fmt: skip

    def tables(self) -> Sequence[Table]:
        self.names.table.used = min(int(self.names.position[0]), len(self.names.table.rows))
        return (
            self._topics, self._contents, self._authors, self._posters, self._ties, self._pushers, self._log,
            self._usual, self.names.table,
        )  # fmt: skip

    def blobs(self) -> Sequence[Blobs]:
        return ()

    def scalars(self) -> dict[str, Any]:
        return {"counters": self._counters.tolist(), "names": int(self.names.position[0])}

    def restore(self, scalars: dict[str, Any]) -> None:
        self._counters[:] = scalars["counters"]
        self.names.position[0] = scalars["names"]

    def rebuild(self) -> None:
        """Nothing is derived from the tables."""

    @property
    def warming_up(self) -> bool:
        """Whether what is usual is still taken more from the prior than from the stream."""
        return bool(self._usual.rows[rows_.ACTS] < _WARM_ACTS)

    @property
    def nbytes(self) -> int:
        """Bytes of state in use."""
        return sum(table.nbytes for table in self.tables())
