"""What was fetched of a partition, cut into `Records`."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from aiokafka import codec
from aiokafka.consumer import fetcher as stock
from aiokafka.errors import CorruptRecordException, KafkaError, UnsupportedCodecError
from aiokafka.record.memory_records import MemoryRecords
from google_crc32c import value as crc32c

from streams.transport.parse import COLUMNS, parse
from streams.transport.records import Records

# Where a batch says how long it is, from the byte after on, and its format's version: of every format. One of
# version 2 has a header of 61 bytes, the last of which say how many records there are, and a checksum of what
# stands behind that.
_LENGTH_AT, _VERSION_AT = 8, 16
_CRC_AT, _SUMMED_AT = 17, 21
_COUNT_AT, _HEADER_SIZE = 57, 61
_NUMBER, _CRC = struct.Struct(">i"), struct.Struct(">I")
_CODECS = {1: codec.gzip_decode, 2: codec.snappy_decode, 3: codec.lz4_decode, 4: codec.zstd_decode}


class Kept(MemoryRecords):  # type: ignore[misc]
    """aiokafka's walk from batch to batch, with the bytes that it walks over."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class Pieces(stock.PartitionRecords):  # type: ignore[misc]
    """Goes through the batches as aiokafka does, but gives `Records` of a bounded number each.

    The walk raises `CorruptRecordException` where a checksum or a record is wrong, after what stood before.

    Args:
        arguments: of aiokafka's `PartitionRecords`; the second is `Kept`.
        records_max: records in one `Records`.
    """

    def __init__(self, *arguments: Any, records_max: int) -> None:
        super().__init__(*arguments)
        self._waiting = _Waiting(records_max)
        self._buffer = np.frombuffer(self._records.data, np.uint8)
        # How far the batches go that were looked at; `next_fetch_offset`, how far those that were asked for.
        self.next_fetch_offset: int
        self._passed = self.next_fetch_offset

    def _unpack_records(self) -> Iterator[Records]:
        failure = None
        try:
            for records in self._read():
                self._waiting.add(records)
                while self._waiting.full:
                    yield self._given()
        except KafkaError as error:
            failure = error
        while self._waiting.some:
            yield self._given()
        if failure is not None:
            raise failure
        # Not the last record's: the last ones of a batch may have been compacted away, or all.
        self.next_fetch_offset = self._passed

    def _given(self) -> Records:
        records = self._waiting.take()
        self.next_fetch_offset = int(records.offsets[-1]) + 1
        return records

    def _read(self) -> Iterator[Records]:
        """The records of each batch."""
        end = 0
        while self._records.has_next():
            at = end
            end += _LENGTH_AT + _NUMBER.size + _NUMBER.unpack_from(self._records.data, at + _LENGTH_AT)[0]
            batch = self._records.next_batch()
            new = self._records.data[at + _VERSION_AT] >= 2
            if self._check_crcs and not (self._unharmed(at, end) if new else batch.validate_crc()):
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            if not self._left_out(batch):
                records = self._parsed(batch, at, end) if new else self._made(batch)
                if len(records):
                    yield records
            self._passed = max(self._passed, batch.next_offset)

    def _unharmed(self, at: int, end: int) -> bool:
        data = self._records.data
        return bool(_CRC.unpack_from(data, at + _CRC_AT)[0] == crc32c(data[at + _SUMMED_AT : end]))

    def _left_out(self, batch: Any) -> bool:
        """Whether the batch marks the end of a transaction, or belongs to one that was taken back."""
        if self._isolation_level == stock.READ_COMMITTED and batch.producer_id is not None:
            self._consume_aborted_up_to(batch.base_offset)
            if batch.is_control_batch and self._contains_abort_marker(batch):
                self._aborted_producers.discard(batch.producer_id)
            if batch.is_transactional and batch.producer_id in self._aborted_producers:
                return True
        return bool(batch.is_control_batch)

    def _parsed(self, batch: Any, at: int, end: int) -> Records:
        data, buffer = self._records.data, self._buffer
        table = np.empty((COLUMNS, _NUMBER.unpack_from(data, at + _COUNT_AT)[0]), np.int64)
        at += _HEADER_SIZE
        if batch.compression_type and table.shape[1]:
            buffer = _unpacked(batch.compression_type, memoryview(data)[at:end])
            at, end = 0, len(buffer)
        appended = batch.max_timestamp if batch.timestamp_type else -1
        n = parse(buffer, at, end, batch.base_offset, batch.first_timestamp, appended, self._passed, table)
        if n < 0:
            raise CorruptRecordException(f"Invalid records at offset {batch.base_offset} - {self._tp}")
        return Records(self._tp, buffer, table[:, :n])

    def _made(self, batch: Any) -> Records:
        """Of the formats before v2."""
        records = [self._consumer_record(self._tp, record) for record in batch]
        return Records.of(self._tp, [record for record in records if record.offset >= self._passed])


class _Waiting:
    """Records that have not been asked for."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: deque[Records] = deque()
        self.some = 0

    @property
    def full(self) -> bool:
        return self.some >= self._most

    def add(self, records: Records) -> None:
        self._parts.append(records)
        self.some += len(records)

    def take(self) -> Records:
        """The first ones, at most `most`."""
        left, taken = self._most, []
        while left and self._parts:
            first = self._parts.popleft()
            taken.append(first[:left])
            if len(first) > left:
                self._parts.appendleft(first[left:])
            left -= len(taken[-1])
        self.some -= self._most - left
        return Records.joined(taken)


def _unpacked(kind: int, data: memoryview) -> np.ndarray:
    if kind not in _CODECS:
        raise UnsupportedCodecError(f"Unknown compression codec {kind}")
    try:
        return np.frombuffer(_CODECS[kind](data), np.uint8)
    except (ValueError, NotImplementedError) as error:
        raise CorruptRecordException(f"Records that cannot be unpacked: {error}") from error
