"""Pieces hold what aiokafka would have given one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka.consumer.fetcher import READ_COMMITTED, READ_UNCOMMITTED, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.transport.pieces import Kept, Pieces
from streams.transport.records import Records
from tests.unit.streams.transport.batches import (
    APPEND_TIME,
    CONTROL,
    TRANSACTIONAL,
    Batch,
    Record,
    encode,
)

TP = TopicPartition("t", 3)
SOME = st.none() | st.binary(max_size=200)
HEADERS = st.lists(st.tuples(st.text(max_size=5), SOME), max_size=2).map(tuple)
ABORT, COMMIT = b"\0\0\0\0", b"\0\0\0\1"


@st.composite
def batches(draw: st.DrawFn) -> list[Batch]:
    """A partition's batches: gaps within and between them, markers, transactions taken back."""
    base = draw(st.integers(0, 10))
    made = []
    for _ in range(draw(st.integers(0, 6))):
        deltas = sorted(draw(st.sets(st.integers(0, 20), max_size=8)))
        last = max(deltas, default=0) + draw(st.integers(0, 3))
        producer, attributes = draw(
            st.sampled_from([(-1, 0), (7, 0), (7, TRANSACTIONAL), (8, TRANSACTIONAL)])
        )
        if producer != -1 and draw(st.integers(0, 3)) == 0:
            attributes = TRANSACTIONAL | CONTROL
            records = [Record(0, key=draw(st.sampled_from([ABORT, COMMIT])), value=b"\0\0\0\0\0\0")]
            last = 0
        else:
            attributes |= draw(st.sampled_from([0, APPEND_TIME]))
            records = [
                Record(delta, draw(st.integers(-9, 10**6)), draw(SOME), draw(SOME), draw(HEADERS))
                for delta in deltas
            ]
        codec = draw(st.integers(0, 4)) if records and not attributes & CONTROL else 0
        made.append(Batch(base, records, last, codec, attributes, producer))
        base += last + 1 + draw(st.integers(0, 2))
    return made


def _legacy(magic: int, compression: int, base: int, values: list[bytes | None]) -> bytes:
    builder = LegacyRecordBatchBuilder(magic=magic, compression_type=compression, batch_size=1 << 20)
    for k, value in enumerate(values):
        builder.append(base + k, timestamp=5 + k, key=b"k", value=value)
    return bytes(builder.build())


def _stock(data: bytes, aborted: Any, start: int, level: int) -> PartitionRecords:
    return PartitionRecords(TP, MemoryRecords(data), aborted, start, None, None, True, level)


def _pieces(data: bytes, aborted: Any, start: int, level: int, most: int) -> Pieces:
    return Pieces(TP, Kept(data), aborted, start, None, None, True, level, records_max=most)


def _walked(pieces: Pieces, most: int) -> Iterator[Any]:
    """The records, with what every caller may rely on."""
    for records in pieces:
        assert 0 < len(records) <= most
        assert pieces.next_fetch_offset == records[-1].offset + 1
        yield from _as_columns(records)


def _as_columns(records: Records) -> list[Any]:
    made = list(records)
    assert made == [records[k] for k in range(len(records))]
    assert records.offsets.tolist() == [record.offset for record in made]
    assert list(records.values) == [record.value for record in made]
    assert [records.view(k) for k in range(len(made))] == [record.value for record in made]
    found = [record.headers for record in made]
    assert records.headers == (found if any(found) else None)
    middle = made[len(made) // 2].offset
    assert [*records.before(middle), *records.since(middle)] == made
    assert all(record.offset >= middle for record in records.since(middle))
    return made


@settings(deadline=None, max_examples=300)
@given(
    batches(),
    st.integers(0, 9),
    st.sampled_from([READ_COMMITTED, READ_UNCOMMITTED]),
    st.lists(st.tuples(st.sampled_from([7, 8]), st.integers(0, 60)), max_size=3),
    st.integers(1, 30),
    st.integers(0, 30),
)
def test_as_aiokafka(
    made: list[Batch], start: int, level: int, aborted: list[tuple[int, int]], most: int, cut: int
) -> None:
    data = b"".join(map(encode, made))
    # What is asked for is in the first batch.
    start = made[0].base + min(start, made[0].last) if made else start
    # A broker cuts its answer off where it is full.
    data = data[: len(data) - cut] if len(data) > cut else data
    stock, pieces = _stock(data, aborted, start, level), _pieces(data, aborted, start, level, most)
    assert list(_walked(pieces, most)) == list(stock)
    assert pieces.next_fetch_offset == stock.next_fetch_offset


@pytest.mark.parametrize("magic", [0, 1])
@pytest.mark.parametrize("compression", [0, 1, 2])
def test_formats_of_old(magic: int, compression: int) -> None:
    data = _legacy(magic, compression, 0, [b"a", None, b"c"]) + _legacy(magic, compression, 3, [b"d", b"e"])
    stock, pieces = _stock(data, None, 1, 0), _pieces(data, None, 1, 0, 3)
    expected = list(stock)
    assert [record.value for record in expected] == [None, b"c", b"d", b"e"]
    assert list(_walked(pieces, 3)) == expected
    assert pieces.next_fetch_offset == stock.next_fetch_offset


def test_many_batches_make_one_piece_and_one_batch_makes_many() -> None:
    few = b"".join(encode(Batch(k, [Record(0, value=b"%d" % k)], 0, codec=3)) for k in range(100))
    assert [len(piece) for piece in _pieces(few, None, 0, 0, 60)] == [60, 40]
    many = encode(Batch(0, [Record(k, value=b"%d" % k) for k in range(100)], 99))
    assert [len(piece) for piece in _pieces(many, None, 0, 0, 60)] == [60, 40]


def _broken(position: int, byte: int) -> bytes:
    """Two records with a byte of them changed, as a faulty producer would write it: the checksum is right."""
    data = bytearray(encode(Batch(5, [Record(0, value=b"x"), Record(1, value=b"y")], 1)))
    data[position] = byte
    data[17:21] = calc_crc32c(bytes(data[21:])).to_bytes(4, "big")
    return bytes(data)


_DAMAGED = {
    "checksum": encode(Batch(5, [Record(0, value=b"x")], 0))[:-1] + b"\x02",
    "more records than there are": _broken(60, 3),
    "fewer": _broken(60, 1),
    "a record beyond the end": _broken(61, 0x40),
    "a negative length": _broken(61, 0x01),
    "a number without end": _broken(63, 0x80),
    "a value beyond the record": _broken(66, 0x40),
    "a number of headers below 0": _broken(68, 0x01),
    "a header that is not there": _broken(68, 0x02),
}


@pytest.mark.parametrize("damaged", _DAMAGED.values(), ids=list(_DAMAGED))
def test_what_stood_before_the_damage_is_given(damaged: bytes) -> None:
    good = encode(Batch(0, [Record(0, value=b"good")], 0))
    pieces = _pieces(good + damaged, None, 0, 0, 10)
    assert [record.value for record in next(pieces)] == [b"good"]
    assert pieces.next_fetch_offset == 1
    with pytest.raises(CorruptRecordException):
        next(pieces)


def test_records_of_objects_are_the_same_objects() -> None:
    made = list(_stock(encode(Batch(0, [Record(0, 1, b"k", b"v", (("h", None),))], 0)), None, 0, 0))
    assert _as_columns(Records.of(TP, made)) == made
