# mypy: allow-untyped-defs, allow-untyped-calls
"""Records as slices of one buffer: how they come from files and from Kafka without an object for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from models.memory import load, store

LONGEST = 1 << 23
"""Bytes of a record at most; no event is nearly as long."""
SLACK = 64
"""Bytes that kernels may read behind a record; the buffers made here have them."""


@dataclass(slots=True)
class Slices:
    """Records that lie in one buffer, in any order and with anything between them.

    Attributes:
        buffer: uint8, contiguous.
        starts: shape (n,), int64: where each record begins.
        lengths: shape (n,), int64: its bytes; -1 for a record without a value.

    >>> slices = Slices.of([b"{}", None, b""])
    >>> list(slices), slices.lengths.tolist()
    ([b'{}', None, b''], [2, -1, 0])
    >>> list(Slices.join([slices.take(slice(2)), Slices.of([b"[]"])]))
    [b'{}', None, b'[]']
    """

    buffer: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, records: Sequence[bytes | None]) -> Slices:
        """Copies records into a buffer of their own."""
        if None in records:
            lengths = np.array([-1 if record is None else len(record) for record in records], np.int64)
            records = [record or b"" for record in records]
        else:
            lengths = np.fromiter(map(len, records), np.int64, len(records))  # type: ignore[arg-type]
        buffer = np.frombuffer(b"".join([*records, bytes(SLACK)]), np.uint8)  # type: ignore[list-item]
        return cls(buffer, _starts(lengths), lengths)

    @classmethod
    def join(cls, parts: Sequence[Slices]) -> Slices:
        """All records, one part's after another's, in a buffer of their own; of one part, itself."""
        if len(parts) == 1:
            return parts[0]
        lengths = np.concatenate([np.zeros(0, np.int64), *(part.lengths for part in parts)])
        starts = _starts(lengths)
        buffer = np.empty(int(np.maximum(lengths, 0).sum()) + SLACK, np.uint8)
        n = 0
        for part in parts:
            own = part.padded()
            _copy(own.buffer.ctypes.data, own.starts, own.lengths, buffer.ctypes.data, starts[n:])
            n += len(part)
        return cls(buffer, starts, lengths)

    def take(self, which: np.ndarray | slice) -> Slices:
        """Some of the records, in the same buffer."""
        return Slices(self.buffer, self.starts[which], self.lengths[which])

    def padded(self) -> Slices:
        """The same records, with SLACK bytes behind each of them in the buffer."""
        if int((self.starts + self.lengths).max(initial=0)) + SLACK <= len(self.buffer):
            return self
        return Slices(np.concatenate((self.buffer, np.zeros(SLACK, np.uint8))), self.starts, self.lengths)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, k: int) -> bytes | None:
        """Record `k`."""
        start, length = int(self.starts[k]), int(self.lengths[k])
        return None if length < 0 else self.buffer[start : start + length].tobytes()

    def __iter__(self) -> Iterator[bytes | None]:
        return map(self.__getitem__, range(len(self)))


def _starts(lengths: np.ndarray) -> np.ndarray:
    """Where records begin that follow one another."""
    sizes = np.maximum(lengths, 0)
    return np.asarray(np.cumsum(sizes) - sizes)


@njit(cache=True)
def _copy(source, starts, lengths, target, to):
    """Copies records from buffer to buffer, by address, in whole words: the next one sets right the end."""
    for i in range(len(starts)):
        for k in range(0, lengths[i], 8):
            store(target + to[i] + k, load(source + starts[i] + k))
