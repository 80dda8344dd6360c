"""The columns that the suspicions about clicks, reposts and comments are handed."""

from __future__ import annotations

import numpy as np

from detector.engine.engagement_crowds import MOST as CROWD
from detector.engine.engagement_crowds import gather
from detector.engine.engagement_log import MOST, names_of
from detector.engine.engagement_looks import DAY_MS
from detector.engine.engagement_state import WRITTEN, State
from detector.engine.engagement_walk import walk
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
        told: (n,) whether any of them speaks.
        grown: (n,) whether the count is that of another crowd than when it was last looked at.
    """

    def __init__(self, ts: int, candidates: np.ndarray, state: State, names: Recent) -> None:
        self.ts = ts
        self.since = candidates["since"]
        self.observed, self.expected = candidates["observed"], candidates["expected"]
        self.volume, self.counts = candidates["volume"], candidates["counts"]
        self.share, self.usual = candidates["share"], candidates["usual"]
        self.surprise = candidates["surprise"]
        self.told, self.grown = candidates["told"], candidates["grown"]
        self._candidates, self._state, self._names = candidates, state, names
        self._entries: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.since)

    def entries(self, i: int) -> np.ndarray:
        """The log's entries of candidate `i`'s content, latest first: of all channels, from its window on."""
        if i not in self._entries:
            content = self._state.contents[self._candidates["row"][i]]
            self._entries[i] = self._walk(content, int(self.since[i]), beside=False)
        return self._entries[i]

    def company(self, i: int) -> np.ndarray:
        """The accounts (hashes) that did the same on another content of the author since a day before."""
        entries = self._beside(i)
        mine = int(self._state.contents["key"][self._candidates["row"][i]]) >> 32
        same = entries["type"] == CLICK + int(self._candidates["channel"][i])
        out: np.ndarray = np.unique(entries["actor"][same & (entries["object"] != mine)])
        return out

    def crowd(self, i: int) -> np.ndarray:
        """An entry for each account of the crowd behind candidate `i`'s count, latest first."""
        state, candidate = self._state, self._candidates[i]
        acts = np.empty(CROWD, np.int64)
        n = gather(
            state, int(candidate["row"]), int(candidate["channel"]), int(self.since[i]), self.ts, acts
        )  # fmt: skip
        entries: np.ndarray = state.log[acts[:n] & (len(state.log) - 1)]
        return entries

    def _beside(self, i: int) -> np.ndarray:
        """Reposts and comments on the author's contents, and new followers, since a day before the window."""
        state = self._state
        at = find(
            state.authors_slots, state.authors["key"], state.contents["author"][self._candidates["row"][i]]
        )
        if at < 0:
            return state.log[:0]
        return self._walk(state.authors[at], int(self.since[i]) - DAY_MS, beside=True)

    def _walk(self, of: np.void, since: int, *, beside: bool) -> np.ndarray:
        state, found = self._state, np.empty(MOST, np.int64)
        end, written = int(of["end"]), int(state.counters[WRITTEN])
        n = walk(state.log, state.trail, of["key"], end, written, since, found, 0, beside)
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
