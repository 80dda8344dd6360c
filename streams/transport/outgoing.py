"""Kafka batches on their way to the broker, copied as seldom as can be.

aiokafka copies a batch some ten times before it is sent: as it grows, and at every level of the request that
it becomes part of. Here the pieces stay as they are until the request is joined.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from time import time_ns
from types import FunctionType, MethodType
from typing import Any

from aiokafka.producer import sender as stock
from aiokafka.protocol.types import Array, Bytes, Int32, Schema
from aiokafka.record.default_records import DefaultRecordBase
from aiokafka.record.util import encode_varint
from google_crc32c import extend

_HEADER = DefaultRecordBase.HEADER_STRUCT
# The checksum is of what stands behind it.
_SUMMED = int(DefaultRecordBase.ATTRIBUTES_OFFSET)
_CRC = struct.Struct(">I")
_LENGTH = 12  # what stands before the bytes that the batch's length counts


class OutgoingBatch:
    """Records for one partition, as aiokafka's `BatchBuilder`; not compressed.

    Args:
        limit: bytes that no further record may exceed; one alone may be larger.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size: int = _HEADER.size
        self._count = 0
        self._stamp = time_ns() // 1_000_000
        self._state = (-1, -1, -1)
        self._closed = False
        self._built: bytes | None = None

    def append(
        self,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        timestamp: int | None = None,
    ) -> bool | None:
        """Adds a record; None when it must go into another batch. The time is that of the batch."""
        if self._closed:
            return None
        rest = bytearray()
        encode_varint(len(headers), rest.append)
        for name, content in headers:
            _put(rest, name.encode())
            _put(rest, content)
        head = bytearray(b"\0\0")  # attributes, and the time since the batch's
        encode_varint(self._count, head.append)
        _put(head, key)
        encode_varint(-1 if value is None else len(value), head.append)
        length = bytearray()
        encode_varint(len(head) + len(value or b"") + len(rest), length.append)
        parts = [bytes(length + head), value or b"", bytes(rest)]
        size = sum(map(len, parts))
        if self._count and self._size + size > self._limit:
            self._closed = True
            return None
        self._parts += parts
        self._size += size
        self._count += 1
        return True

    def close(self) -> None:
        """Takes no more."""
        self._closed = True

    def closed(self) -> bool:
        """Whether it takes no more."""
        return self._closed

    def size(self) -> int:
        """In bytes, the header included."""
        return self._size

    def record_count(self) -> int:
        """How many there are."""
        return self._count

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._state = producer_id, producer_epoch, base_sequence

    def _build(self) -> bytes:
        self._closed = True
        if self._built is None:
            last = self._count - 1
            fields = (0, last, self._stamp, self._stamp, *self._state, self._count)
            header = bytearray(_HEADER.pack(0, self._size - _LENGTH, -1, 2, 0, *fields))
            crc = extend(0, bytes(header[_SUMMED:]))
            for part in self._parts:
                crc = extend(crc, part)
            _CRC.pack_into(header, _SUMMED - _CRC.size, crc)
            self._built = b"".join((header, *self._parts))
            self._parts = []
        return self._built


def _put(out: bytearray, content: bytes | None) -> None:
    if content is None:
        encode_varint(-1, out.append)
        return
    encode_varint(len(content), out.append)
    out += content


class _Handler(stock.SendProduceReqHandler):  # type: ignore[misc]
    """Sends the request joined at once."""

    def create_request(self) -> Any:
        request = super().create_request()
        build = request.build

        def joined(kind: Any) -> Any:
            made = build(kind)
            values = [made.get_item(name) for name in made.SCHEMA.names]
            made.encode = lambda: b"".join(_pieces(made.SCHEMA, values))
            return made

        request.build = joined
        return request


def _pieces(field: Any, value: Any) -> list[bytes]:
    """The pieces of a value as aiokafka's field encodes it; large bytes are a piece by themselves."""
    if isinstance(field, Schema):
        return [
            piece for each, item in zip(field.fields, value, strict=True) for piece in _pieces(each, item)
        ]
    if isinstance(field, Array) and value is not None:
        inner = [piece for item in value for piece in _pieces(field.array_of, item)]
        return [Int32.encode(len(value)), *inner]
    if field is Bytes and value is not None:
        return [Int32.encode(len(value)), value]
    return [field.encode(value)]


def send_joined(producer: Any) -> None:
    """Lets a producer of aiokafka, started, send its requests so."""
    # aiokafka's own method, with our class under the name that it uses.
    send = stock.Sender._send_produce_req
    names = {**send.__globals__, "SendProduceReqHandler": _Handler}
    own = FunctionType(send.__code__, names, send.__name__, send.__defaults__)
    producer._sender._send_produce_req = MethodType(own, producer._sender)
