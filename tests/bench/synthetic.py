"""Rows made by numpy: a crowd of accounts of any size, without JSON and without texts."""

from __future__ import annotations

import numpy as np

from detector.engine.rows import (
    CLICK,
    COMMENT,
    EVENT,
    EXPOSURE,
    HAS_CREATED,
    HEAD,
    REPOST,
    SUBSCRIBE,
    SUBSCRIPTION,
    UNSUBSCRIBE,
    Batch,
)

START = 1_767_225_600_000
# Lengths of ids as the simulator makes them: of events, and of accounts and contents.
_ID, _NAME = 16, 10
_HEAP = (HEAD.itemsize + _ID + 3 * _NAME + 7) // 8 * 8
# Of 100 events.
_MIX = np.repeat(
    np.array([CLICK, REPOST, SUBSCRIPTION, COMMENT, EXPOSURE], np.uint8), np.array([72, 12, 10, 3, 3])
)
# Accounts that half of the events are about.
_KNOWN = 1000
# Follows that are taken back.
_UNFOLLOWED = 0.1


class Crowd:
    """Accounts that act on one another.

    Args:
        accounts: how many.
        per_second: events a second of event time.
        seed: of every choice.
    """

    def __init__(self, accounts: int, per_second: int = 2000, seed: int = 1) -> None:
        self.accounts, self.per_second = accounts, per_second
        self._rng = np.random.default_rng(seed)
        self._made = 0
        self._head = np.zeros(1, HEAD)
        self._head["id"] = _ID
        for name in ("actor", "subject", "object"):
            self._head[name] = _NAME

    def everybody(self, size: int) -> list[Batch]:
        """Batches in which each account acts once, and each is acted on once."""
        actors, subjects = self._rng.permutation(self.accounts), self._rng.permutation(self.accounts)
        return [
            self._batch(actors[k : k + size], subjects[k : k + size]) for k in range(0, self.accounts, size)
        ]

    def some(self, n: int) -> Batch:
        """`n` events of accounts drawn at random; half of them are about the same few accounts."""
        rng = self._rng
        subjects = rng.integers(0, self.accounts, n)
        known = rng.random(n) < 0.5
        # As many in a small crowd as in a large one: work on them must not differ.
        subjects[known] = subjects[known] % _KNOWN * (self.accounts // _KNOWN)
        return self._batch(rng.integers(0, self.accounts, n), subjects)

    def _batch(self, actors: np.ndarray, subjects: np.ndarray) -> Batch:
        n, rng = len(actors), self._rng
        number = np.arange(self._made, self._made + n)
        self._made += n
        rows = np.zeros(n, EVENT)
        rows["ts"] = START + number * 1000 // self.per_second
        rows["id"] = _hashes(number, 1)
        rows["actor"], rows["subject"] = _hashes(actors, 2), _hashes(subjects, 2)
        contents = subjects * 4 + rng.integers(0, 4, n)
        rows["object"] = _hashes(contents, 3)
        # Some share an address; a device is nearly always one's own.
        rows["ip"], rows["device"] = _hashes(actors // 3, 4), _hashes(actors, 5)
        rows["created"] = START - 86_400_000 * (1 + actors % 1000)
        rows["flags"] = HAS_CREATED
        rows["offset"], rows["value"] = number, rng.integers(500, 60_000, n)
        rows["source"] = rng.integers(2, 6, n)
        kind = _MIX[rng.integers(0, len(_MIX), n)]
        rows["type"] = kind
        follows = kind == SUBSCRIPTION
        rows["action"][follows] = np.where(rng.random(n) < _UNFOLLOWED, UNSUBSCRIBE, SUBSCRIBE)[follows]
        rows["object"][follows] = rows["subject"][follows]
        heap = np.zeros((n, _HEAP), np.uint8)
        at = HEAD.itemsize
        heap[:, :at] = self._head.view(np.uint8)
        for values, length in ((number, _ID), (actors, _NAME), (subjects, _NAME), (contents, _NAME)):
            heap[:, at : at + length] = _digits(values, length)
            at += length
        rows["heap_at"], rows["heap_len"] = np.arange(n) * _HEAP, _HEAP
        return Batch(rows, heap.reshape(-1))


def _hashes(numbers: np.ndarray, salt: int) -> np.ndarray:
    """Well spread 64-bit values, one a number (splitmix64)."""
    x = (numbers.astype(np.uint64) + np.uint64(salt << 48)) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.maximum(x ^ (x >> np.uint64(31)), np.uint64(1))


def _digits(numbers: np.ndarray, length: int) -> np.ndarray:
    """Decimal digits as ASCII, shape (n, length)."""
    left = numbers.copy()
    out = np.empty((len(numbers), length), np.uint8)
    for k in range(length - 1, -1, -1):
        left, digit = np.divmod(left, 10)
        out[:, k] = digit + 48
    return out
