"""The columns that the suspicions about follows are handed, and who is behind a candidate's count."""

from __future__ import annotations

import numpy as np

from detector.engine import subject_rows as kept
from detector.engine.companions import ROUNDS, company
from detector.engine.follows import COUNTS, MOST, NAMED, SHARES, classify
from detector.engine.rows import ECHO
from detector.engine.weigh import CIRCLE, rate_at, row_at
from models.names import Names, Recent
from models.rings import walk

_SHARES = len(SHARES)


class Evidence:
    """About n candidates of one channel at the end of a tick.

    Args:
        ts: end of the tick, ms.
        candidates: (n,) of CANDIDATE.
        numbers: (n, NUMBERS) what `detector.engine.weigh` has made of them.
        state, names, ids: of the stage.
        again: whether these are subjects of findings, looked at once more.

    Attributes:
        ts: end of the tick, ms.
        again: as above.
        start: (n,) beginning of the windows, ms.
        observed, expected: (n,) the count, and the baseline's.
        everybody: (n,) how many times its usual count all subjects together have in the window, at least 1.
        volume: (n,) surprise of the count, those on a spree left out, at `expected * everybody`.
        rush, explained: (n,) surprise of those who came out of nowhere, and how many such are explained.
        crowd, read: (n,) surprise of all who came, by their places, and how many the readers explain.
        warm: (n,) how many more than usual came by way of content.
        reads: (n,) clicks, reposts and comments above the usual, in the window or a little before.
        apart: (n,) surprise of those who come with crowds among those who keep no company.
        known: (n,) minutes since the account was registered, or first heard of.
        quiet, quietest: (n,) surprise of engagement that has not risen, and its place in ENGAGED.
        counts: (n, COUNTS) provenance in the window, see `detector.engine.follows`.
        share, usual, surprise: (n, SHARES) of each kind of actors.
        engaged, engaged_usual: (n, 4) clicks, reposts, comments and exposures of the subject in the window,
            and their baseline; 0 where the window is no longer known.
    """

    def __init__(
        self,
        ts: int,
        candidates: np.ndarray,
        numbers: np.ndarray,
        state: kept.State,
        names: Names,
        ids: Recent,
        again: bool = False,
    ) -> None:
        self.ts, self.again = ts, again
        self.start = candidates["start"] * 60000
        self.observed, self.expected = candidates["count"], candidates["expected"]
        self.everybody, self.volume = numbers[:, kept.EVERYBODY], numbers[:, kept.VOLUME]
        self.rush, self.explained = numbers[:, kept.RUSH], numbers[:, kept.EXPLAINED]
        self.crowd, self.read = numbers[:, kept.CROWD], numbers[:, kept.READ]
        self.reads = numbers[:, kept.READS]
        self.warm = numbers[:, kept.WARM]
        self.apart = numbers[:, kept.SERIAL_APART]
        self.known = numbers[:, kept.KNOWN]
        self.quiet, self.quietest = numbers[:, kept.QUIET], numbers[:, kept.QUIETEST].astype(np.int64)
        self.counts = numbers[:, kept.COUNTS_AT : kept.COUNTS_AT + COUNTS]
        self.engaged = numbers[:, kept.ENGAGED_AT : kept.ENGAGED_AT + len(kept.ENGAGED)]
        self.engaged_usual = numbers[:, kept.ENGAGED_USUAL_AT : kept.ENGAGED_USUAL_AT + len(kept.ENGAGED)]
        self.share = numbers[:, kept.SHARE_AT : kept.SHARE_AT + _SHARES]
        self.usual = numbers[:, kept.USUAL_AT : kept.USUAL_AT + _SHARES]
        self.surprise = numbers[:, kept.SURPRISE_AT : kept.SURPRISE_AT + _SHARES]
        self._state, self._names, self._ids = state, names, ids
        self._rows = candidates["row"]
        self._entries: dict[tuple[int, int], np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.start)

    def subject(self, i: int) -> str:
        """The subject's name."""
        return self.names(self._state.subjects["subject"][self._rows[i : i + 1]])[0]

    def entries(self, i: int, before: int = 0) -> np.ndarray:
        """The log's entries of candidate `i` in its window, latest first, echoes included.

        Args:
            before: ms that the window is made longer by.
        """
        if (i, before) not in self._entries:
            self._entries[i, before] = self._walk(self._rows[i], int(self.start[i]) - before, MOST)
        return self._entries[i, before]

    def classes(self, i: int, before: int = 0) -> np.ndarray:
        """The bits of `follows.classify` for each of `entries`."""
        state = self._state
        found = self._found(self._rows[i], int(self.start[i]) - before, MOST)
        bits = np.zeros(len(found), np.uint16)
        stamp = state.counters[kept.STAMP] + 1
        state.counters[kept.STAMP] += 1 + ROUNDS
        company(
            state.log, found, len(found), state.subjects["subject"][self._rows[i]], state.scratch, stamp,
            CIRCLE, state.targets, state.targets_added[1], state.pairs, np.zeros(COUNTS),
        )  # fmt: skip
        classify(state.log, found, len(found), state.scratch, stamp, bits)
        return bits

    def others(self, i: int, channel: int) -> np.ndarray:
        """The last entry of each account in the log of another channel of candidate `i`'s, latest first."""
        row = int(row_at(self._state, self._state.subjects["subject"][self._rows[i]], channel))
        if row < 0:
            return self._state.log[:0]
        entries = self._walk(row, 0, 4 * MOST)
        # An echo tells of another follow.
        entries = entries[entries["flags"] & ECHO == 0]
        _, last = np.unique(entries["actor"], return_index=True)
        latest: np.ndarray = entries[np.sort(last)]
        return latest

    def follows_a_minute(self, i: int) -> float:
        """The usual rate of follows of candidate `i`'s subject."""
        state = self._state
        row = int(row_at(state, state.subjects["subject"][self._rows[i]], kept.FOLLOWED))
        return float(rate_at(state, row)) if row >= 0 else 0.0

    def mark(self, i: int, before: int, chosen: np.ndarray) -> None:
        """Notes in the log that the chosen ones of `entries` were named by a finding."""
        state = self._state
        places = self._found(self._rows[i], int(self.start[i]) - before, MOST)[chosen] & (len(state.log) - 1)
        state.log["marks"][places] |= NAMED
        state.log_dirty[places] = 1

    def names(self, keys: np.ndarray) -> list[str]:
        """The names of accounts, by their hashes."""
        return self._names.get_many(keys)

    def event_ids(self, entries: np.ndarray) -> list[str]:
        """The ids of the entries' events, those left out that are no longer known."""
        return self._ids.get_many(entries["id_at"], entries["id_length"])

    def _walk(self, row: int, since: int, most: int) -> np.ndarray:
        log = self._state.log
        entries: np.ndarray = log[self._found(row, since, most) & (len(log) - 1)]
        return entries

    def _found(self, row: int, since: int, most: int) -> np.ndarray:
        state, found = self._state, np.empty(most, np.int64)
        end = (np.int64(state.subjects["end"][row]), state.counters[kept.LOGGED])
        n = int(walk(state.log, end, np.int64(since), np.int64(self.ts), found))
        return found[:n]
