"""Records become rows and a heap, however they are cut into batches, and nothing ever escapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.engine.rows import (
    ACTIONS,
    HAS_CREATED,
    HAS_CREDIT,
    HAS_TEXT,
    HEAD,
    NO_DWELL,
    ORIGINAL,
    SOURCES,
    TYPES,
    Batch,
)
from detector.events.decode import Decoded, Decoder
from detector.events.reasons import REASONS
from detector.events.slices import Slices
from models.hashing import hash_text
from models.text.signature import signatures
from tests.unit.events.samples import SAMPLES, TS, events, raw, sample

_CODES = {reason.code for reason in REASONS}
_DECODER = Decoder()
_PIECES = (
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"NaN",
    b"[",
    b"{",
    b'"',
    b"9" * 30,
    b"-1",
    b"1e9",
    b"\xff",
    b"\0",
)


def _decode(*records: bytes | None) -> Decoded:
    return _DECODER.decode(records)


def _one(record: bytes) -> tuple[Any, dict[str, str]]:
    decoded = _decode(record)
    assert decoded.invalid == []
    return decoded.batch.rows[0], decoded.batch.strings(0)


def _expected(event: dict[str, Any]) -> dict[str, str]:
    """The strings of an event's heap, written the slow way."""
    event = {name: value for name, value in event.items() if value is not None}
    kind = event["type"]
    actor = event.get("actor", "")
    of_actor = kind in ("post", "account")
    extra = event.get("credit", event.get("name", ""))
    return {
        "id": event["id"],
        "actor": actor,
        "subject": actor if of_actor else event.get("author", event.get("target", "")),
        "object": event.get("content", event.get("target", "")),
        "aux": event.get("topic", event.get("entity", "")),
        "extra": extra.encode()[:1024].decode(errors="ignore"),
        "items": "\0".join(filter(None, (*event.get("links", ()), *event.get("media", ())))),
    }


def _head(batch: Batch, i: int) -> tuple[Any, np.ndarray, np.ndarray]:
    """Head, signature words and hashes of links and media of row `i`."""
    at = int(batch.rows["heap_at"][i])
    head = batch.heap[at : at + HEAD.itemsize].view(HEAD)[0]
    at += HEAD.itemsize
    words = batch.heap[at : at + 4 * int(head["signature"])].view(np.uint32)
    at += 4 * int(head["signature"])
    items = batch.heap[at : at + 8 * (int(head["links"]) + int(head["media"]))].view(np.uint64)
    return head, words, items


def _check(event: dict[str, Any], batch: Batch, i: int) -> None:
    row, strings = batch.rows[i], batch.strings(i)
    assert strings == _expected(event)
    present = {name: value for name, value in event.items() if value is not None}
    assert row["ts"] == event["ts"]
    assert TYPES[row["type"]] == event["type"]
    for name in ("id", "actor", "subject", "object", "aux"):
        if name == "aux" or len(strings[name]) < 300:
            assert row[name] == hash_text(strings[name])
    for name in ("ip", "device"):
        assert row[name] == hash_text(present.get(name, ""))
    assert ACTIONS[row["action"]] == event.get("action", "")
    source = present.get("source", "")
    assert SOURCES[row["source"]] == (source if source in SOURCES else "other")
    assert row["created"] == present.get("actor_created", 0)
    flags = int(row["flags"])
    assert bool(flags & HAS_CREATED) == ("actor_created" in present)
    assert bool(flags & HAS_TEXT) == bool(present.get("text"))
    assert bool(flags & ORIGINAL) == bool(present.get("original"))
    assert bool(flags & HAS_CREDIT) == bool(present.get("credit"))
    value = present.get("dwell_ms", present.get("count", NO_DWELL if event["type"] == "click" else 0))
    assert row["value"] == min(value, 2**31 - 1)

    head, words, items = _head(batch, i)
    links, media = (list(filter(None, present.get(name, ()))) for name in ("links", "media"))
    assert (head["links"], head["media"]) == (len(links), len(media))
    assert items.tolist() == [hash_text(item) for item in links + media]
    text = present.get("text", "").encode()
    if text:
        expected, lengths = signatures(text, np.array([0, len(text)]))
        assert words.tolist() == expected[0].tolist()
        assert head["length"] == lengths[0]
    else:
        assert (len(words), head["length"]) == (0, 0)


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_type_becomes_a_row(kind: str) -> None:
    decoded = _decode(raw(kind))
    assert decoded.invalid == []
    _check(sample(kind), decoded.batch, 0)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(events, max_size=20))
def test_rows_and_heap_hold_what_the_events_say(given_events: list[dict[str, Any]]) -> None:
    decoded = _decode(*map(msgspec.json.encode, given_events))
    assert decoded.invalid == []
    for i, event in enumerate(given_events):
        _check(event, decoded.batch, i)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.lists(events | st.just({"type": "click"}), max_size=40), st.integers(1, 7))
def test_batches_may_be_cut_anywhere(given_events: list[dict[str, Any]], size: int) -> None:
    records = [msgspec.json.encode(event) for event in given_events]
    whole = _decode(*records)
    parts = [
        Decoder().decode(records[at : at + size], first_offset=at) for at in range(0, len(records), size)
    ]
    joined = Batch.concat([part.batch for part in parts])
    assert joined.rows.tobytes() == whole.batch.rows.tobytes()
    assert joined.heap.tobytes() == whole.batch.heap.tobytes()
    assert [bad.reason for part in parts for bad in part.invalid] == [bad.reason for bad in whole.invalid]


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.data())
def test_a_mutilated_record_is_a_row_or_refused(data: st.DataObject) -> None:
    record = bytearray(msgspec.json.encode(data.draw(events)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(record)))
        cut = data.draw(st.integers(0, 6))
        piece = st.binary(max_size=4) | st.sampled_from(_PIECES)
        record[at : at + cut] = data.draw(piece)
    decoded = _decode(raw("click"), bytes(record), None, raw("post"))
    assert len(decoded.batch) + len(decoded.invalid) == 4
    assert decoded.batch.rows["offset"][0] == 0
    assert decoded.batch.rows["offset"][-1] == 3
    assert {bad.reason for bad in decoded.invalid} <= _CODES
    assert all(bad.detail.endswith(".") for bad in decoded.invalid)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.none() | st.binary(max_size=30), max_size=6))
def test_noise_is_refused(records: Sequence[bytes | None]) -> None:
    decoded = _decode(*records)
    assert [bad.index for bad in decoded.invalid] == list(range(len(records)))
    assert len(decoded.batch) == 0


def test_bad_records_leave_the_others_in_their_order() -> None:
    records = [raw("click", id=f"e{k}") if k % 3 else raw("click", ts=...) for k in range(10)]
    records[4] = raw("click", id="a\0b")
    decoded = _DECODER.decode(records, part=7, first_offset=100)
    assert [bad.index for bad in decoded.invalid] == [0, 3, 4, 6, 9]
    assert decoded.batch.rows["offset"].tolist() == [101, 102, 105, 107, 108]
    assert decoded.batch.rows["part"].tolist() == [7] * 5
    assert [decoded.batch.strings(i)["id"] for i in range(5)] == ["e1", "e2", "e5", "e7", "e8"]


def test_each_record_may_have_its_own_offset_and_part() -> None:
    records = [raw("click"), b"{}", raw("click", id="\0"), raw("post")]
    decoded = _DECODER.decode(records, part=[3, 4, 5, 6], first_offset=[10, 20, 30, 40])
    assert decoded.batch.rows["offset"].tolist() == [10, 40]
    assert decoded.batch.rows["part"].tolist() == [3, 6]


def test_records_may_lie_anywhere_in_a_buffer() -> None:
    records = [raw("click"), b"{}", None, raw("post", text="é"), b""]
    noise = b'{"id"'
    joined = noise.join(record or b"" for record in reversed(records))
    starts = [joined.rindex(record) if record else 0 for record in records]
    lengths = [-1 if record is None else len(record) for record in records]
    slices = Slices(np.frombuffer(joined, np.uint8), np.array(starts), np.array(lengths))
    assert list(slices) == records
    assert [slices[k] for k in range(5)] == records
    decoded, expected = _DECODER.decode(slices), _decode(*records)
    assert decoded.batch.rows.tobytes() == expected.batch.rows.tobytes()
    assert decoded.batch.heap.tobytes() == expected.batch.heap.tobytes()
    assert decoded.invalid == expected.invalid
    assert [bad.reason for bad in decoded.invalid] == ["missing_field", "tombstone", "empty"]


def test_no_records_no_rows() -> None:
    decoded = _decode()
    assert len(decoded.batch) == len(decoded.invalid) == 0


@pytest.mark.parametrize("n", [14, 15, 16, 17, 65_534, 65_535, 65_536])
def test_batches_of_any_size(n: int) -> None:
    decoded = _DECODER.decode([raw("exposure")] * n)
    assert len(decoded.batch) == n
    assert decoded.batch.strings(n - 1)["subject"] == "c1"


def test_the_heap_grows_where_an_event_takes_more_than_its_record() -> None:
    record = raw("post", links=[str(k) for k in range(10, 42)], media=["m"] * 32, text="t")
    decoded = _DECODER.decode([record] * 300)
    assert decoded.batch.strings(299)["items"].count("\0") == 63


def test_the_type_may_come_from_the_topic() -> None:
    decoder = Decoder("repost")
    decoded = decoder.decode([raw("repost"), raw("repost", type=...)])
    assert len(decoded.batch) == 2
    assert decoder.decode([raw("click")]).invalid[0].reason == "type_mismatch"
    with pytest.raises(ValueError, match="no event has the type"):
        Decoder("like")


@pytest.mark.parametrize(
    ("text", "ts"),
    [
        ("2026-01-01T00:00:00Z", TS),
        ("2026-01-01t00:00:00.25z", TS + 250),
        ("2026-01-01 02:00:00.123999+02:00", TS + 123),
        ("2025-12-31T18:30:00-05:30", TS),
        ("2025-12-31T23:59:60Z", TS),
        ("2024-02-29T12:00:00+00:00", 1_709_208_000_000),
    ],
)
def test_a_time_may_be_written_out(text: str, ts: int) -> None:
    assert _one(raw("click", ts=text))[0]["ts"] == ts


def test_null_is_absent() -> None:
    nothing = dict.fromkeys(["ip", "device", "source", "actor_created", "dwell_ms"])
    assert _one(raw("click", **nothing))[0] == _one(raw("click", dwell_ms=...))[0]
    post = raw("post", links=None, media=None, original=None, credit=None, topic=None)
    assert _one(post)[1]["items"] == ""


def test_an_anonymous_click_needs_a_device_or_an_address() -> None:
    for actor in (None, ...):
        row, strings = _one(raw("click", actor=actor, ip="1.2.3.4"))
        assert (row["actor"], strings["actor"]) == (0, "")
        assert _decode(raw("click", actor=actor, ip="", device=None)).invalid[0].reason == "no_actor"


def test_text_may_be_empty_beside_links_or_media() -> None:
    for kind in ("post", "comment"):
        row, _ = _one(raw(kind, text="", links=..., media=["m1"]))
        assert not row["flags"] & HAS_TEXT
        assert _decode(raw(kind, text="", links=[""], media=[])).invalid[0].reason == "no_text"
    assert _one(raw("repost", text=""))[1]["items"] == ""


def test_a_nul_may_stand_in_the_text() -> None:
    assert _one(raw("comment", text="a\0b"))[0]["flags"] & HAS_TEXT


def test_the_last_of_repeated_keys_counts() -> None:
    record = raw("click").replace(b'"id":"e2"', b'"id":"e0","id":"e2"')
    assert _one(record)[1]["id"] == "e2"


def test_a_byte_order_mark_and_a_carriage_return_do_no_harm() -> None:
    assert _one(b"\xef\xbb\xbf" + raw("click") + b"\r")[1]["id"] == "e2"


def test_lengths_are_in_characters() -> None:
    assert _one(raw("click", id="😀" * 128, actor="é" * 256))[1]["actor"] == "é" * 256
    assert _decode(raw("click", id="😀" * 129)).invalid[0].reason == "too_long"
    assert _one(raw("click", content="😀" * 16_383))[1]["object"] == "😀" * 16_383


def test_a_long_credit_is_cut_between_characters() -> None:
    assert _one(raw("post", credit="é€" * 400))[1]["extra"] == ("é€" * 400).encode()[:1022].decode()


def test_64_kib_of_text_and_no_more() -> None:
    assert _one(raw("comment", text="x" * 65_536))[0]["flags"] & HAS_TEXT
    for text in ("x" * 65_537, "é" * 32_769):
        assert _decode(raw("comment", text=text)).invalid[0].reason == "too_long"
