"""What the kernel reads msgspec reads as well, and to the same effect."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.engine.rows import TYPES, Batch
from detector.events.decode import Decoder
from detector.events.kernel import FINE, UNREAD
from detector.events.schema import KINDS, AnyEvent
from detector.events.slices import SLACK, Slices
from tests.unit.events.samples import TS, events, raw, sample

_DECODER = Decoder()
_LATEST = 2**62
_PIECES = (
    *(b'"', b"\\", b'\\"', b"\\\\", b"\\/", b"\\n", b"\\u0041", b"\\u00e9", b"\\u20ac", b"\\u0000"),
    *(b"\\ud83d\\ude00", b"\\ud800", b"\\udc00", b"\\u12", b"\\x", b"\\uD83Dx"),
    *(b"\xc3\xa9", b"\xe2\x82\xac", b"\xf0\x9f\x98\x80", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80"),
    *(b"\xf4\x90\x80\x80", b"\xe0\x80\x80", b"\xc3", b"\xe2\x82", b"\0", b" ", b"\t", b"\r\n", b"\x0b"),
    *(b"\x7f", b",", b":", b"{", b"}", b"[", b"]", b"[]", b"{}", b'""', b'["a"]', b"null", b"true"),
    *(b"false", b"nul", b"0", b"00", b"1", b"-1", b"1.0", b"1e3", b"9223372036854775807"),
    *(b"9223372036854775808", b"99999999999999999999", b"1767225600000", b'"2026-01-01T00:00:00Z"'),
    *(b'"ts":', b'"type":"click",', b'"type":"post"', b'"ip":null,', b'"zz":1,', b'"id":"x",', b"x" * 40),
)  # fmt: skip


def _kernel(record: bytes, decoder: Decoder = _DECODER) -> tuple[Batch, int]:
    """What the kernel alone makes of a record, with other bytes around it."""
    around = b'"}{"id":1' * 8
    buffer = np.frombuffer(around + record + around, np.uint8)
    slices = Slices(buffer, np.array([len(around)]), np.array([len(record)]))
    batch, wrong = decoder._encode(slices, np.zeros(1, np.int64), _LATEST)
    return batch, int(wrong[0])


def _agree(record: bytes, kind: Any = AnyEvent, decoder: Decoder = _DECODER) -> bool:
    """Whether the kernel read a record; if so, msgspec's reading has to give the same."""
    batch, wrong = _kernel(record, decoder)
    if wrong == UNREAD:
        return False
    event = msgspec.json.decode(record, type=kind)
    again, wrong_again = _kernel(msgspec.json.encode(event), decoder)
    assert wrong == wrong_again
    assert batch.rows.tobytes() == again.rows.tobytes()
    assert batch.heap.tobytes() == again.heap.tobytes()
    return True


@settings(derandomize=True, max_examples=150, deadline=None)
@given(events)
def test_what_msgspec_writes_is_read(event: dict[str, Any]) -> None:
    known = msgspec.json.encode(msgspec.convert(event, AnyEvent))
    assert _kernel(known)[1] == FINE


@settings(derandomize=True, max_examples=200, deadline=None)
@given(events, st.booleans(), st.sampled_from([None, 0, 2, "\t"]), st.randoms(use_true_random=False))
def test_json_may_be_written_in_many_ways(
    event: dict[str, Any], ascii_only: bool, indent: Any, rng: random.Random
) -> None:
    keys = [key for key in event if key != "unknown"]
    rng.shuffle(keys)
    record = json.dumps({key: event[key] for key in keys}, ensure_ascii=ascii_only, indent=indent).encode()
    assert _agree(b" \r\n" + record + b"\t\n")


@settings(derandomize=True, max_examples=1500, deadline=None)
@given(st.data())
def test_what_is_wrong_or_strange_is_left_to_msgspec(data: st.DataObject) -> None:
    record = bytearray(msgspec.json.encode(data.draw(events)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(record)))
        cut = data.draw(st.integers(0, 4))
        record[at : at + cut] = data.draw(st.sampled_from(_PIECES) | st.binary(max_size=3))
    _agree(bytes(record))


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.sampled_from([raw(kind) for kind in TYPES]), st.sampled_from(_PIECES), st.data())
def test_pieces_anywhere_in_a_short_record(record: bytes, piece: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(record)))
    _agree(record[:at] + piece + record[at + data.draw(st.integers(0, 1)) :])


@pytest.mark.parametrize("kind", TYPES)
def test_of_a_topic_with_a_type(kind: str) -> None:
    decoder, struct = Decoder(kind), KINDS[TYPES.index(kind)]
    assert _agree(raw(kind), struct, decoder)
    assert _agree(raw(kind, type=...), struct, decoder)
    assert not _agree(raw(kind, type=None), struct, decoder)
    assert not _agree(raw(kind, type="click" if kind == "post" else "post"), struct, decoder)
    assert not _agree(raw(kind, type=...))


@pytest.mark.parametrize("kind", TYPES)
def test_fields_of_other_types_are_unknown_ones(kind: str) -> None:
    every: dict[str, Any] = {}
    for other in TYPES:
        every |= sample(other)
    every |= {"credit": "c", "topic": "t", "media": ["m"], "original": True} | sample(kind)
    assert _agree(msgspec.json.encode(every))


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_record_ends_where_it_is_said_to(cut: int) -> None:
    """However well it might go on in the buffer."""
    record = raw("post", text="é" * 3)
    whole = np.frombuffer(record + bytes(SLACK), np.uint8)
    slices = Slices(whole, np.zeros(1, np.int64), np.array([len(record) - cut]))
    assert _DECODER._encode(slices, np.zeros(1, np.int64), _LATEST)[1].tolist() == [UNREAD]


@pytest.mark.parametrize("name", ["id", "actor", "device", "credit", "topic", "links", "media"])
def test_a_nul_is_found_where_it_is_written_as_an_escape(name: str) -> None:
    value: Any = "a\0b" if name not in ("links", "media") else ["x", "a\0"]
    bad = _DECODER.decode([raw("post", **{name: value}), raw("click", credit="\0")])
    assert [(one.index, one.reason) for one in bad.invalid] == [(0, "nul_character")]
    assert f"`{name}`" in bad.invalid[0].detail


def test_the_commonest_ways_are_read_by_the_kernel() -> None:
    for kind in TYPES:
        assert _agree(raw(kind, ip="1.2.3.4", source="qr", actor_created=TS))
        assert _agree(raw(kind, zz="unknown", yy=5, xx=None, ww=True))
        assert _agree(json.dumps(sample(kind, device="é", ts="2026-01-01T00:00:00Z"), indent=1).encode())
