"""Records as slices of one buffer: how they come from files and from Kafka without an object for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np


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
    """

    buffer: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, records: Sequence[bytes | None], slack: int = 0) -> Slices:
        """Copies records into a buffer of their own, with `slack` bytes behind them."""
        if None in records:
            lengths = np.array([-1 if record is None else len(record) for record in records], np.int64)
            records = [record or b"" for record in records]
        else:
            lengths = np.fromiter(map(len, records), np.int64, len(records))  # type: ignore[arg-type]
        ends = np.cumsum(np.maximum(lengths, 0))
        buffer = np.frombuffer(b"".join([*records, bytes(slack)]), np.uint8)  # type: ignore[list-item]
        return cls(buffer, ends - np.maximum(lengths, 0), lengths)

    def padded(self, slack: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Buffer, starts and lengths; `slack` bytes can be read behind every record."""
        if int((self.starts + self.lengths).max(initial=0)) + slack > len(self.buffer):
            return np.concatenate((self.buffer, np.zeros(slack, np.uint8))), self.starts, self.lengths
        return self.buffer, self.starts, self.lengths

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, k: int) -> bytes | None:
        """Record `k`."""
        start, length = int(self.starts[k]), int(self.lengths[k])
        return None if length < 0 else self.buffer[start : start + length].tobytes()

    def __iter__(self) -> Iterator[bytes | None]:
        view = self.buffer.data
        for start, length in zip(self.starts.tolist(), self.lengths.tolist(), strict=True):
            yield None if length < 0 else bytes(view[start : start + length])
