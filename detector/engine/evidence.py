"""Gathers the columns that the suspicions about follows are handed: exact counts over a window of the log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from detector.engine import subject_kernel as kernel
from detector.engine.follows import COUNTS, MOST, company, examine, walk
from models.hashing import pair
from models.index import find
from models.names import Names, Recent
from models.windows import LENGTHS, usual

# What a share is taken to be, and how much it varies between subjects, before the stream has taught it: the
# weight is in subject-days. New accounts are then the rule, as they are in a service's first days.
_PRIOR_MEAN = np.array([0.9, 0.9, 0.5, 0.3, 0.2, 0.2])
_PRIOR_CORRELATION = 0.15
_PRIOR_WEIGHT = 30.0
_CORRELATION_LEAST = 0.02
# Entries before the window that tell the subject's own habit.
_HABIT = 512
ENGAGED = (kernel.CLICKED, kernel.REPOSTED, kernel.COMMENTED)


@dataclass(slots=True)
class Evidence:
    """About n candidates of one channel at the end of a tick.

    Attributes:
        ts: end of the tick, ms.
        start: (n,) beginning of the windows, ms.
        observed, expected, size, volume: (n,) counts, the baseline's negative binomial, and its surprise.
        everybody: (n,) how many times its usual count all subjects together have in the window, at least 1.
        counts: (n, COUNTS) provenance in the window, see `detector.engine.follows.examine`.
        habit: (n, COUNTS) the same of the subject's entries before the window.
        usual_shares, correlation: (shares,) the population's mean shares, and how alike the actors of one
            subject are in them (intraclass correlation).
        common: (n,) the most common other target, upper half of its hash.
        engaged, engaged_usual: (n, 3) clicks, reposts and comments of the subject in the window, and their
            baseline.
        found: sequence numbers of the entries in the window, latest first, for each candidate.
    """

    ts: int
    start: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    size: np.ndarray
    volume: np.ndarray
    everybody: np.ndarray
    counts: np.ndarray
    habit: np.ndarray
    usual_shares: np.ndarray
    correlation: np.ndarray
    common: np.ndarray
    engaged: np.ndarray
    engaged_usual: np.ndarray
    found: list[np.ndarray]
    _state: kernel.State
    _names: Names
    _ids: Recent
    _subjects: np.ndarray

    def __len__(self) -> int:
        return len(self.start)

    def subject(self, i: int) -> str:
        """The subject's name."""
        return self._names.get(int(self._subjects[i]))

    def entries(self, i: int) -> np.ndarray:
        """The log's entries of candidate `i` in its window, latest first."""
        log = self._state.log
        return log[self.found[i] & (len(log) - 1)]

    def follows(self, i: int) -> np.ndarray:
        """The logged follows of candidate `i`'s subject, latest first (for those who unfollow)."""
        log = self._state.log
        row = _row(self._state, self._subjects[i], kernel.FOLLOWED)
        if row < 0:
            return log[:0]
        found = np.empty(4 * MOST, np.int64)
        end = (np.int64(self._state.subjects["end"][row]), self._state.counters[kernel.LOGGED])
        n = walk(log, end, np.int64(0), np.int64(self.ts), found)
        return log[found[:n] & (len(log) - 1)]

    def name(self, key: int) -> str:
        return self._names.get(key)

    def event_id(self, entry: np.ndarray) -> str | None:
        return self._ids.get(int(entry["id_at"]), int(entry["id_length"]))


@njit(cache=True)
def _row(state, subject, channel):
    return find(state.slots, state.subjects["key"], pair(subject, np.uint64(channel)))


@njit(cache=True)
def _usual(subjects, row, start, end, inside):
    return usual(subjects[row], start, end, inside, 0.0)[0]


def gather(state: kernel.State, names: Names, ids: Recent, candidates: np.ndarray, ts: int) -> Evidence:
    """Evidence for candidates of one channel."""
    n = len(candidates)
    channel = int(candidates["channel"][0])
    counts, habit = np.zeros((n, COUNTS)), np.zeros((n, COUNTS))
    common = np.zeros(n, np.int64)
    engaged, engaged_usual = np.zeros((n, len(ENGAGED))), np.zeros((n, len(ENGAGED)))
    everybody = np.ones(n)
    found: list[np.ndarray] = []
    buffer, older = np.empty(MOST, np.int64), np.empty(_HABIT, np.int64)
    until = np.int64(ts)
    for i, candidate in enumerate(candidates):
        subject = state.subjects[candidate["row"]]
        end = (np.int64(subject["end"]), state.counters[kernel.LOGGED])
        since = np.int64(candidate["start"] * 60000)
        m = walk(state.log, end, since, until, buffer)
        found.append(buffer[:m].copy())
        state.counters[kernel.STAMP] += 2
        stamp = state.counters[kernel.STAMP]
        examine(state.log, buffer, m, state.scratch, stamp, counts[i])
        named, all_named = state.targets, state.targets_added[1]
        common[i] = company(state.log, buffer, m, state.scratch, stamp, named, all_named, counts[i])
        m = walk(state.log, end, np.int64(0), since, older)
        examine(state.log, older, m, state.scratch, stamp - 1, habit[i])
        start, end_minute = int(candidate["start"]), ts // 60000
        for k, other in enumerate(ENGAGED):
            row = _row(state, subject["subject"], other)
            if row >= 0:
                engaged[i, k] = _in_window(state.subjects[row], subject, candidate)
                engaged_usual[i, k] = _usual(state.subjects, row, start, end_minute, int(engaged[i, k]))
        total = state.subjects[channel]
        inside = _in_window(total, subject, candidate)
        rest_usual = _usual(state.subjects, channel, start, end_minute, inside) - candidate["expected"]
        everybody[i] = max(1.0, (inside - int(candidate["count"])) / max(rest_usual, 1.0))
    mean, correlation = _population(state.moments[channel].reshape(-1, kernel.MOMENTS))
    return Evidence(
        ts, candidates["start"] * 60000, candidates["count"].astype(np.int64), candidates["expected"].copy(),
        candidates["size"].copy(), candidates["surprise"].copy(), everybody, counts, habit, mean, correlation,
        common, engaged, engaged_usual, found,
        state, names, ids, state.subjects["subject"][candidates["row"]],
    )  # fmt: skip


def _in_window(row: np.ndarray, subject: np.ndarray, candidate: np.ndarray) -> int:
    """The count of another row in the buckets that the candidate's window is made of."""
    k = int(candidate["window"])
    length = LENGTHS[k]
    steps = int(subject["last"]) // length - int(row["last"]) // length
    buckets = [int(row["now"][k]), int(row["before"][k])]
    if steps > 0:
        buckets = [0, buckets[0] if steps == 1 else 0]
    return sum(buckets[: int(candidate["buckets"])])


def _population(moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and intraclass correlation of each share (method of moments), shrunk to the prior."""
    weight, total, squares, inverse = moments.T
    mean = (total + _PRIOR_MEAN * _PRIOR_WEIGHT) / (weight + _PRIOR_WEIGHT)
    mean = np.clip(mean, 0.01, 0.99)
    spread = mean * (1.0 - mean)
    n = np.maximum(weight, 1.0)
    variance = np.maximum(squares / n - (total / n) ** 2, 0.0)
    noise = inverse / n
    correlation = np.clip((variance / spread - noise) / np.maximum(1.0 - noise, 0.1), _CORRELATION_LEAST, 0.9)
    correlation = (correlation * weight + _PRIOR_CORRELATION * _PRIOR_WEIGHT) / (weight + _PRIOR_WEIGHT)
    return mean, correlation
