"""Kafka batches as a broker sends them, with all that aiokafka's own builder never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import codec
from aiokafka.record.default_records import DefaultRecordBase
from aiokafka.record.util import calc_crc32c, encode_varint

HEADER = DefaultRecordBase.HEADER_STRUCT
CODECS = (lambda data: data, codec.gzip_encode, codec.snappy_encode, codec.lz4_encode, codec.zstd_encode)
APPEND_TIME, TRANSACTIONAL, CONTROL = 8, 16, 32


@dataclass(frozen=True)
class Record:
    """One record; `delta` is its offset in the batch."""

    delta: int
    stamp: int = 0
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass(frozen=True)
class Batch:
    """A batch; `last` is the offset delta of its last record, which compaction may have taken away."""

    base: int
    records: Sequence[Record]
    last: int
    codec: int = 0
    attributes: int = 0
    producer: int = -1
    first_stamp: int = 1_000
    max_stamp: int = 9_000


def _varint(value: int) -> bytes:
    out = bytearray()
    encode_varint(value, out.append)
    return bytes(out)


def _string(value: bytes | None) -> bytes:
    return _varint(-1) if value is None else _varint(len(value)) + value


def _record(record: Record) -> bytes:
    body = b"\0" + _varint(record.stamp) + _varint(record.delta) + _string(record.key) + _string(record.value)
    body += _varint(len(record.headers))
    for name, value in record.headers:
        body += _string(name.encode()) + _string(value)
    return _varint(len(body)) + body


def encode(batch: Batch) -> bytes:
    """As it travels, with its checksum."""
    body = CODECS[batch.codec](b"".join(map(_record, batch.records)))
    out = bytearray(HEADER.size) + body
    fields = [
        *(batch.base, len(out) - 12, 0, 2, 0, batch.codec | batch.attributes, batch.last),
        *(batch.first_stamp, batch.max_stamp, batch.producer, 0, 0, len(batch.records)),
    ]
    HEADER.pack_into(out, 0, *fields)
    fields[4] = calc_crc32c(bytes(out[DefaultRecordBase.ATTRIBUTES_OFFSET :]))
    HEADER.pack_into(out, 0, *fields)
    return bytes(out)
