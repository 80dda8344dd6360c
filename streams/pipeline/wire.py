"""Spans as Kafka records: a header, and a piece of the payload.

Header, little-endian, 40 bytes and the source's name:
    magic "SP", version u8, flags u8 (IDLE, REVIEWS), epoch u64, since i64, upto i64, part u16, parts u16,
    length of the name u16, 2 spare bytes, length of the whole payload u32; then the name, and its crc32.
A payload is `Batch.pack`'s bytes, or findings in msgpack, as they are: even the quick lz4 would take 200 ns
an event and hop, and save two fifths of bytes that are read once. One too large for a record travels as
several, each with the same header but for `part`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from detector.engine.spans import NEVER

MAGIC = b"SP"
VERSION = 1
IDLE, REVIEWS = 1, 2
# Payload bytes of one record: Kafka takes 1 MB by default, headers and framing of the batch included.
PART_BYTES = 900_000
_HEADER = struct.Struct("<2sBBQqqHHHxxI")
_CHECK = struct.Struct("<I")


class WireError(ValueError):
    """A record between the stages is not what a stage writes: damaged, or of another version."""


class StrayError(WireError):
    """A record that no stage of any version has written."""


@dataclass(slots=True, frozen=True)
class Message:
    """A span on its way.

    Attributes:
        source: name of the source: `topic/partition`, or `stage/shard`.
        epoch: tells apart the runs of a source; a new one begins whenever the source gets a new owner.
        since, upto, idle: as of `Span`, in ticks.
        payload: the rows or findings: bytes, or a view of them; on the way out, or buffers that make it up.
        reviews: the payload is reviewers' decisions instead; such a message says nothing of ticks.
    """

    source: str
    epoch: int
    upto: int
    payload: Any = b""
    since: int = NEVER
    idle: bool = False
    reviews: bool = False

    def idled(self) -> Message:
        """The same from a source that holds nobody back."""
        return replace(self, idle=True)


@dataclass(slots=True, frozen=True)
class Part:
    """One record: a message with a piece of its payload, the `part`-th (from 0) of `parts`.

    Attributes:
        length: bytes of the whole payload.
    """

    message: Message
    part: int
    parts: int
    length: int


def encode(message: Message, limit: int = PART_BYTES) -> Iterator[bytes]:
    """The records of a message, in order. Raises WireError when it would take more than 65,535 of them."""
    name = message.source.encode()
    pieces = message.payload if isinstance(message.payload, tuple) else (message.payload,)
    length = sum(map(len, pieces))
    flags = (IDLE if message.idle else 0) | (REVIEWS if message.reviews else 0)
    parts = max(1, -(-length // limit))
    if parts > 0xFFFF or length > 0xFFFFFFFF:
        raise WireError(f"a span of {length} bytes is too large to send")
    whole = memoryview(b"".join(pieces)) if parts > 1 else None
    for part in range(parts):
        fields = (flags, message.epoch, message.since, message.upto, part, parts, len(name), length)
        header = _HEADER.pack(MAGIC, VERSION, *fields) + name
        body = pieces if whole is None else (whole[part * limit : (part + 1) * limit],)
        yield b"".join((header, _CHECK.pack(crc32(header)), *body))


def decode(record: bytes | memoryview | None) -> Part:
    """One record; its payload is a view of it. Raises WireError when it is cut short, damaged or of another
    version, StrayError when it is nothing of the kind."""
    if record is None or bytes(record[: len(MAGIC)]) != MAGIC:
        raise StrayError("the record is not a span: it begins with other bytes")
    if len(record) < _HEADER.size + _CHECK.size:
        raise WireError(f"a record of {len(record)} bytes is too short for a span's header")
    record = memoryview(record)
    _, version, flags, epoch, since, upto, part, parts, name_length, length = _HEADER.unpack_from(record)
    if version != VERSION:
        raise WireError(f"the span is of version {version}; this program reads version {VERSION}")
    end = _HEADER.size + name_length
    if len(record) < end + _CHECK.size:
        raise WireError("the span's header is cut short")
    if _CHECK.unpack_from(record, end)[0] != crc32(record[:end]):
        raise WireError("the span's header is damaged: its checksum differs")
    payload = record[end + _CHECK.size :]
    if part >= parts or len(payload) > length or (parts == 1 and len(payload) != length):
        raise WireError(f"the span's payload has {len(payload)} bytes where {length} were sent")
    name = str(record[_HEADER.size : end], "utf-8")
    return Part(
        Message(name, epoch, upto, payload, since, bool(flags & IDLE), bool(flags & REVIEWS)),
        part,
        parts,
        length,
    )


@dataclass(slots=True, frozen=True)
class Assembled:
    """A whole message, and where it stood: offsets of its first and of its last record."""

    message: Message
    first: int
    last: int


@dataclass(slots=True)
class _Open:
    first: int  # offset of the first part
    parts: list[Part]
    passed: int = 0  # messages of other epochs since its last part


class Assembler:
    """Puts the records of one partition together again to messages.

    What a source left incomplete is dropped when it begins another message, or has gone on in other epochs:
    its owner died or failed before it had the delivery confirmed, so the same ticks come again.

    Attributes:
        dropped: incomplete messages dropped so far, and parts without a beginning.
    """

    # An owner that has lost the source without knowing may still send beside the new one for a moment, so
    # a single message of another epoch ends nothing.
    PATIENCE = 8

    def __init__(self) -> None:
        self.dropped = 0
        self._open: dict[str, dict[int, _Open]] = {}  # by source and epoch

    @property
    def oldest(self) -> int | None:
        """The least offset of what is incomplete."""
        return min((one.first for opened in self._open.values() for one in opened.values()), default=None)

    def add(self, offset: int, record: bytes | memoryview | None) -> Assembled | None:
        """Takes the next record; a message when it is the last of one.

        Raises WireError when the record is damaged, or the parts do not add up; StrayError when it is none.
        """
        part = decode(record)
        source, epoch = part.message.source, part.message.epoch
        opened = self._open.setdefault(source, {})
        if part.part == 0:
            if opened.pop(epoch, None) is not None:
                self.dropped += 1
            if part.parts == 1:
                self._passed(opened)
                return Assembled(_whole(part, part.message.payload), offset, offset)
            opened[epoch] = _Open(offset, [part])
            return None
        held = opened.get(epoch)
        if held is None or not _follows(held.parts, part):
            self.dropped += 1
            opened.pop(epoch, None)
            return None
        held.parts.append(part)
        held.passed = 0
        if len(held.parts) < part.parts:
            return None
        del opened[epoch]
        self._passed(opened)
        payload = b"".join([one.message.payload for one in held.parts])
        if len(payload) != part.length:
            raise WireError(f"the parts of a span make {len(payload)} bytes where {part.length} were sent")
        return Assembled(_whole(part, payload), held.first, offset)

    def _passed(self, opened: dict[int, _Open]) -> None:
        for epoch, one in list(opened.items()):
            one.passed += 1
            if one.passed >= self.PATIENCE:
                self.dropped += 1
                del opened[epoch]


def _whole(part: Part, payload: bytes | memoryview) -> Message:
    return replace(part.message, payload=payload)


def _follows(held: list[Part], part: Part) -> bool:
    before, now = held[0].message, part.message
    return (
        len(held) == part.part
        and held[0].parts == part.parts
        and held[0].length == part.length
        and (before.since, before.upto) == (now.since, now.upto)
    )
