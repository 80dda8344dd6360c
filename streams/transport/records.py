"""Records of a partition as arrays, without an object for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any, overload

import numpy as np
from aiokafka.record.util import decode_varint
from aiokafka.structs import ConsumerRecord, TopicPartition

from detector.events.slices import SLACK, Slices
from streams.transport.parse import (
    COLUMNS,
    HEADERS,
    KEY,
    KEY_SIZE,
    OFFSET,
    STAMP,
    TIMESTAMP,
    VALUE,
    VALUE_SIZE,
)

Headers = tuple[tuple[str, bytes | None], ...]


class Records(Sequence[Any]):
    """Records of one partition in order of offset.

    As a sequence it gives what aiokafka would: `ConsumerRecord`, made when it is asked for. The columns are
    for those who want many.

    Args:
        tp: where they stood.
        buffer: uint8; their keys, values and headers lie there.
        table: int64, shape (COLUMNS, n), as of `streams.transport.parse`.
        made: the same as objects, where they were made beforehand.
    """

    __slots__ = ("_made", "_table", "buffer", "tp")

    def __init__(
        self,
        tp: TopicPartition,
        buffer: np.ndarray,
        table: np.ndarray,
        made: Sequence[Any] | None = None,
    ) -> None:
        self.tp, self.buffer = tp, buffer
        self._table, self._made = table, made

    @classmethod
    def of(cls, tp: TopicPartition, records: Sequence[Any]) -> Records:
        """The same as arrays; `records` are objects like `ConsumerRecord`."""
        keys, values = (Slices.of([getattr(record, name) for record in records]) for name in ("key", "value"))
        table = np.full((COLUMNS, len(records)), -1, np.int64)
        table[OFFSET] = [record.offset for record in records]
        table[KEY], table[KEY_SIZE] = keys.starts, keys.lengths
        table[VALUE], table[VALUE_SIZE] = values.starts + len(keys.buffer), values.lengths
        return cls(tp, np.concatenate((keys.buffer, values.buffer)), table, records)

    @classmethod
    def joined(cls, parts: Sequence[Records]) -> Records:
        """All records of at least one part, one part's after another's."""
        first = parts[0]
        if len(parts) == 1:
            return first
        if any(part._made is not None for part in parts):
            return cls.of(first.tp, [record for part in parts for record in part])
        table = np.concatenate([part._table for part in parts], axis=1)
        if all(part.buffer is first.buffer for part in parts):
            return cls(first.tp, first.buffer, table)
        at = n = 0
        for part in parts:
            moved = table[:, n : n + len(part)]
            moved[[KEY, VALUE]] += at
            moved[HEADERS, moved[HEADERS] >= 0] += at
            n += len(part)
            at += len(part.buffer)
        # The decoder wants to read on behind the last one.
        buffers = [*(part.buffer for part in parts), np.zeros(SLACK, np.uint8)]
        return cls(first.tp, np.concatenate(buffers), table)

    # As columns.

    @property
    def offsets(self) -> np.ndarray:
        """Shape (n,), int64."""
        return self._row(OFFSET)

    @property
    def values(self) -> Slices:
        """The values, not copied."""
        return Slices(self.buffer, self._row(VALUE), self._row(VALUE_SIZE))

    @property
    def headers(self) -> list[Headers] | None:
        """The headers of each record; None where none has any."""
        if self._made is not None:
            found = [tuple(record.headers) for record in self._made]
            return found if any(found) else None
        places = self._row(HEADERS)
        if not len(places) or int(places.max()) < 0:
            return None
        return [self._headers(at) for at in places.tolist()]

    def view(self, k: int) -> memoryview | None:
        """The value of record `k`, not copied."""
        size = int(self._table[VALUE_SIZE, k])
        if size < 0:
            return None
        at = int(self._table[VALUE, k])
        return self.buffer.data[at : at + size]

    def since(self, offset: int) -> Records:
        """Those of this offset and after."""
        return self[int(np.searchsorted(self.offsets, offset)) :]

    def before(self, offset: int) -> Records:
        """Those before this offset."""
        return self[: int(np.searchsorted(self.offsets, offset))]

    def _row(self, number: int) -> np.ndarray:
        row: np.ndarray = self._table[number]
        return row

    # As a sequence.

    def __len__(self) -> int:
        return int(self._table.shape[1])

    @overload
    def __getitem__(self, key: int) -> Any: ...

    @overload
    def __getitem__(self, key: slice) -> Records: ...

    def __getitem__(self, key: int | slice) -> Any:
        made = None if self._made is None else self._made[key]
        if isinstance(key, slice):
            return Records(self.tp, self.buffer, self._table[:, key], made)
        return self._make(self._table[:, key].tolist()) if made is None else made

    def __iter__(self) -> Iterator[Any]:
        if self._made is not None:
            return iter(self._made)
        # Column by column: a quarter less time than one record after another.
        table = self._table
        columns = (table[OFFSET], table[TIMESTAMP], table[STAMP])
        return map(
            ConsumerRecord,
            repeat(self.tp.topic),
            repeat(self.tp.partition),
            *(column.tolist() for column in columns),
            self._all_bytes(KEY, KEY_SIZE),
            self._all_bytes(VALUE, VALUE_SIZE),
            repeat(None),
            table[KEY_SIZE].tolist(),
            table[VALUE_SIZE].tolist(),
            self.headers or repeat(()),
        )

    def _all_bytes(self, place: int, size: int) -> Iterator[bytes | None]:
        data: Any = self.buffer.data
        places = zip(self._row(place).tolist(), self._row(size).tolist(), strict=True)
        return (None if n < 0 else bytes(data[at : at + n]) for at, n in places)

    def _make(self, row: list[int]) -> Any:
        return ConsumerRecord(
            self.tp.topic,
            self.tp.partition,
            row[OFFSET],
            row[TIMESTAMP],
            row[STAMP],
            self._bytes(row[KEY], row[KEY_SIZE]),
            self._bytes(row[VALUE], row[VALUE_SIZE]),
            None,
            row[KEY_SIZE],
            row[VALUE_SIZE],
            self._headers(row[HEADERS]),
        )

    def _bytes(self, at: int, size: int) -> bytes | None:
        return None if size < 0 else self.buffer[at : at + size].tobytes()

    def _headers(self, at: int) -> Headers:
        """The headers that stand there; bytes of a name that are not UTF-8 are replaced."""
        if at < 0:
            return ()
        buffer: Any = self.buffer.data
        found = []
        count, at = decode_varint(buffer, at)
        for _ in range(count):
            size, at = decode_varint(buffer, at)
            name = str(buffer[at : at + size], "utf-8", "replace")
            size, at = decode_varint(buffer, at + size)
            found.append((name, self._bytes(at, size)))
            at += max(size, 0)
        return tuple(found)
