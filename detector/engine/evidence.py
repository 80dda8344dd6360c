# mypy: allow-untyped-defs, allow-untyped-calls
"""Gathers the columns that the suspicions about follows are handed: exact counts over a window of the log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from detector.engine import subject_kernel as kernel
from detector.engine.follows import (
    COMPANY,
    COUNTS,
    MOST,
    ROUNDS,
    SPREES,
    classify,
    company,
    examine,
    walk,
)
from detector.engine.rows import ECHO
from models.hashing import pair
from models.index import find
from models.names import Names, Recent
from models.tails import negative_binomial
from models.windows import LENGTHS, usual

# What a share is taken to be, and how much it varies between subjects, before the stream has taught it: the
# weight is in subject-days. New accounts are then the rule, as they are in a service's first days.
_PRIOR_MEAN = np.array([0.9, 0.9, 0.5, 0.3, 0.2, 0.2])
_PRIOR_CORRELATION = 0.15
PRIOR_WEIGHT = 30.0
_CORRELATION_LEAST = 0.02
# Entries that tell the subject's own habit, and the minutes by which they lie before the window: a window may
# begin in the middle of a burst.
_HABIT, _APART = 128, 1440
_LENGTHS = np.array(LENGTHS, np.int64)
# Followers of one account are likelier than others to follow another: circles of interest.
_CIRCLE = 10.0
ENGAGED = (kernel.CLICKED, kernel.REPOSTED, kernel.COMMENTED)


@dataclass(slots=True)
class Evidence:
    """About n candidates of one channel at the end of a tick.

    Attributes:
        ts: end of the tick, ms.
        start: (n,) beginning of the windows, ms.
        observed, expected, size: (n,) counts, and the baseline's negative binomial.
        everybody: (n,) how many times its usual count all subjects together have in the window, at least 1.
        counts: (n, COUNTS) provenance in the window, see `detector.engine.follows`.
        habit: (n, COUNTS) the same of the subject's entries until a day before the window; zeros where
            neither volume nor company is surprising at all.
        usual_shares, correlation: (shares,) the population's mean shares, and how alike the actors of one
            subject are in them (intraclass correlation).
        engaged, engaged_usual: (n, 3) clicks, reposts and comments of the subject in the window, and their
            baseline; 0 where the window is no longer known.
    """

    ts: int
    start: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    size: np.ndarray
    everybody: np.ndarray
    counts: np.ndarray
    habit: np.ndarray
    usual_shares: np.ndarray
    correlation: np.ndarray
    engaged: np.ndarray
    engaged_usual: np.ndarray
    _state: kernel.State
    _names: Names
    _ids: Recent
    _rows: np.ndarray

    def __len__(self) -> int:
        return len(self.start)

    def subject(self, i: int) -> str:
        """The subject's name."""
        return self.names(self._state.subjects["subject"][self._rows[i : i + 1]])[0]

    def entries(self, i: int) -> np.ndarray:
        """The log's entries of candidate `i` in its window, latest first, echoes included."""
        return self._walk(self._rows[i], int(self.start[i]), MOST)

    def classes(self, i: int) -> np.ndarray:
        """The bits of `follows.classify` for each of `entries`."""
        state = self._state
        found = self._found(self._rows[i], int(self.start[i]), MOST)
        bits = np.zeros(len(found), np.uint8)
        stamp = state.counters[kernel.STAMP] + 1
        state.counters[kernel.STAMP] += 1 + ROUNDS
        classify(
            state.log, found, len(found), state.subjects["subject"][self._rows[i]], state.scratch, stamp,
            _CIRCLE, state.targets, state.targets_added[1], state.pairs, bits,
        )  # fmt: skip
        return bits

    def follows(self, i: int) -> np.ndarray:
        """The last logged follow of each account that followed candidate `i`'s subject, latest first."""
        subject = self._state.subjects["subject"][self._rows[i]]
        row = _row(self._state, subject, kernel.FOLLOWED)
        if row < 0:
            return self._state.log[:0]
        entries = self._walk(row, 0, 4 * MOST)
        # An echo tells of another follow.
        entries = entries[entries["flags"] & ECHO == 0]
        _, last = np.unique(entries["actor"], return_index=True)
        latest: np.ndarray = entries[np.sort(last)]
        return latest

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
        end = (np.int64(state.subjects["end"][row]), state.counters[kernel.LOGGED])
        n = int(walk(state.log, end, np.int64(since), np.int64(self.ts), found))
        return found[:n]


def gather(state: kernel.State, names: Names, ids: Recent, candidates: np.ndarray, ts: int) -> Evidence:
    """Evidence for candidates of one channel."""
    n = len(candidates)
    channel = int(candidates["channel"][0])
    counts, habit = np.zeros((n, COUNTS)), np.zeros((n, COUNTS))
    engaged, engaged_usual = np.zeros((n, len(ENGAGED))), np.zeros((n, len(ENGAGED)))
    everybody = np.ones(n)
    mean, correlation = np.empty(len(kernel.SHARES)), np.empty(len(kernel.SHARES))
    _gather(state, candidates, np.int64(ts), counts, habit, engaged, engaged_usual, everybody)
    _population(state.moments[channel], mean, correlation)
    return Evidence(
        ts, candidates["start"] * 60000, candidates["count"], candidates["expected"], candidates["size"],
        everybody, counts, habit, mean, correlation, engaged, engaged_usual,
        state, names, ids, candidates["row"],
    )  # fmt: skip


@njit(cache=True)
def _gather(state, candidates, ts, counts, habit, engaged, engaged_usual, everybody):
    buffer, older = np.empty(MOST, np.int64), np.empty(_HABIT, np.int64)
    log, minute = state.log, ts // 60000
    for i in range(len(candidates)):
        candidate = candidates[i]
        subject = state.subjects[candidate.row]
        end = (np.int64(subject.end), state.counters[kernel.LOGGED])
        start, inside = np.int64(candidate.start), np.int64(candidate.count)
        stamp = state.counters[kernel.STAMP] + 1
        state.counters[kernel.STAMP] += 4 + ROUNDS
        n = walk(log, end, start * 60000, ts, buffer)
        examine(log, buffer, n, state.scratch, stamp, counts[i])
        company(
            log, buffer, n, subject.subject, state.scratch, stamp + 2, _CIRCLE,
            state.targets, state.targets_added[1], state.pairs, counts[i],
        )  # fmt: skip
        for k in range(len(ENGAGED)):
            row = _row(state, subject.subject, ENGAGED[k])
            if row >= 0:
                other = state.subjects[row]
                c, exact = _in_window(other, subject, candidate)
                if exact:
                    engaged[i, k] = c
                    engaged_usual[i, k] = usual(other, start, minute, c, 0.0)[0]
        total = state.subjects[subject.channel]
        c, _ = _in_window(total, subject, candidate)
        rest_usual = usual(total, start, minute, c, 0.0)[0] - candidate.expected
        everybody[i] = max(1.0, (c - inside) / max(rest_usual, 1.0))
        usual_now = candidate.expected * everybody[i]
        if (
            counts[i, COMPANY]
            or negative_binomial(inside - counts[i, SPREES], usual_now, candidate.size) >= 1.0
        ):
            m = walk(log, end, np.int64(0), (start - _APART) * 60000, older)
            examine(log, older, m, state.scratch, stamp + 1, habit[i])


@njit(cache=True)
def _row(state, subject, channel):
    return find(state.slots, state.subjects["key"], pair(subject, np.uint64(channel)))


@njit(cache=True)
def _in_window(row, subject, candidate):
    """(the count of another row since the candidate's start, whether it is exact).

    A row that has gone on by more than a bucket no longer knows: its next longer window that does is taken,
    and the count is then that of a longer time.
    """
    k = candidate.window
    steps = np.int64(subject.last) // _LENGTHS[k] - np.int64(row.last) // _LENGTHS[k]
    now, before = np.int64(row.now[k]), np.int64(row.before[k])
    if steps > 0:
        now, before = np.int64(0), now if steps == 1 else np.int64(0)
    if steps >= 0:
        return now + before if candidate.buckets == 2 else now, True
    for longer in range(k, len(_LENGTHS)):
        now, before = np.int64(row.now[longer]), np.int64(row.before[longer])
        running = np.int64(row.last) // _LENGTHS[longer] * _LENGTHS[longer]
        if running <= candidate.start:
            return now, running == candidate.start
        if running - _LENGTHS[longer] <= candidate.start:
            return now + before, running - _LENGTHS[longer] == candidate.start
    return now + before, False


@njit(cache=True)
def _population(moments, mean, correlation):
    """Mean and intraclass correlation of each share (method of moments), shrunk to the prior."""
    for k in range(len(mean)):
        at = k * kernel.MOMENTS
        weight, total, squares, inverse = moments[at], moments[at + 1], moments[at + 2], moments[at + 3]
        prior = _PRIOR_MEAN[k] * PRIOR_WEIGHT
        p = min(0.99, max(0.01, (total + prior) / (weight + PRIOR_WEIGHT)))
        n = max(weight, 1.0)
        variance = max(squares / n - (total / n) ** 2, 0.0)
        noise = inverse / n
        alike = (variance / (p * (1.0 - p)) - noise) / max(1.0 - noise, 0.1)
        alike = min(0.9, max(_CORRELATION_LEAST, alike))
        mean[k] = p
        correlation[k] = (alike * weight + _PRIOR_CORRELATION * PRIOR_WEIGHT) / (weight + PRIOR_WEIGHT)
