"""The columns that the suspicions about clicks, reposts and comments are handed."""

from __future__ import annotations

import numpy as np

from detector.engine.engagement_log import MOST, names_of, walk
from detector.engine.engagement_looks import DAY_MS
from detector.engine.engagement_state import WRITTEN, State
from detector.engine.rows import CLICK
from models.index import find
from models.names import Recent


class Evidence:
    """About n candidates of one channel at the end of a tick.

    Attributes:
        ts: end of the tick, ms.
        since: (n,) beginning of the windows, ms.
        observed, expected, volume: (n,) count in the window, what is usual, and how surprising it is.
        counts: (n, COUNTS), see `detector.engine.engagement_counts`.
        share, usual, surprise: (n, SHARES) of the accounts behind the count.
    """

    def __init__(self, ts: int, candidates: np.ndarray, state: State, names: Recent) -> None:
        self.ts = ts
        self.since = candidates["since"]
        self.observed, self.expected = candidates["observed"], candidates["expected"]
        self.volume, self.counts = candidates["volume"], candidates["counts"]
        self.share, self.usual = candidates["share"], candidates["usual"]
        self.surprise = candidates["surprise"]
        self._candidates, self._state, self._names = candidates, state, names

    def __len__(self) -> int:
        return len(self.since)

    def entries(self, i: int, before_ms: int = 0) -> np.ndarray:
        """The log's entries of candidate `i`'s content, latest first: of all channels, from its window on.

        Args:
            before_ms: so much before the window as well.
        """
        row = self._candidates["row"][i]
        end = int(self._state.contents["end"][row])
        return self._walk(end, int(self.since[i]) - before_ms, beside=False)

    def company(self, i: int) -> np.ndarray:
        """The accounts (hashes) that did the same on another content of the author since a day before."""
        state, row = self._state, self._candidates["row"][i]
        at = find(state.authors_slots, state.authors["key"], state.contents["author"][row])
        if at < 0:
            return np.zeros(0, np.uint64)
        entries = self._walk(int(state.authors["end"][at]), int(self.since[i]) - DAY_MS, beside=True)
        mine = int(state.contents["key"][row]) >> 32
        same = entries["type"] == CLICK + int(self._candidates["channel"][i])
        out: np.ndarray = np.unique(entries["actor"][same & (entries["object"] != mine)])
        return out

    def _walk(self, end: int, since: int, *, beside: bool) -> np.ndarray:
        state, found = self._state, np.empty(MOST, np.int64)
        n = walk(state.log, end, int(state.counters[WRITTEN]), since, found, 0, beside)
        entries: np.ndarray = state.log[found[:n] & (len(state.log) - 1)]
        return entries

    def content(self, i: int) -> str:
        """Candidate `i`'s content; empty when its name is no longer known."""
        return next(iter(self.names(self.entries(i)[:1], "content")), "")

    def acts(self, i: int) -> np.ndarray:
        """Those of the candidate's channel."""
        entries = self.entries(i)
        acts: np.ndarray = entries[entries["type"] == CLICK + int(self._candidates["channel"][i])]
        return acts

    def names(self, entries: np.ndarray, which: str) -> list[str]:
        """The `id`, `actor`, `author` or `content` of entries, those left out that are no longer known."""
        return names_of(self._names, entries, which)
