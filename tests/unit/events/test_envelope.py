"""CloudEvents, as the project's own package writes them, in both modes."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from detector.events.decode import Decoded, Decoder
from tests.unit.events.samples import SAMPLES, TS, raw

_PLAIN = (("traceparent", b"00-1"),)


def _event(kind: str, **changes: Any) -> CloudEvent:
    data = {name: value for name, value in SAMPLES[kind].items() if name not in ("id", "ts")}
    attributes = {
        "id": SAMPLES[kind]["id"],
        "source": "/platform",
        "type": f"com.example.{kind}",
        "time": datetime.fromtimestamp(TS / 1000, UTC),
        **changes,
    }
    return CloudEvent(attributes, data)


def _same(decoded: Decoded, kind: str) -> None:
    assert decoded.invalid == []
    plain = Decoder().decode([raw(kind)]).batch
    assert decoded.batch.rows.tobytes() == plain.rows.tobytes()
    assert decoded.batch.heap.tobytes() == plain.heap.tobytes()


@pytest.mark.parametrize("kind", SAMPLES)
def test_binary_mode(kind: str) -> None:
    message = to_binary(_event(kind), JSONFormat())
    _same(Decoder(kind).decode([message.value], [tuple(message.headers.items())]), kind)


@pytest.mark.parametrize("kind", SAMPLES)
def test_structured_mode(kind: str) -> None:
    message = to_structured(_event(kind), JSONFormat())
    _same(Decoder(kind).decode([message.value], [tuple(message.headers.items())]), kind)
    _same(Decoder().decode([message.value]), kind)


def test_data_may_be_encoded() -> None:
    envelope = {
        "specversion": "1.0",
        "id": "e2",
        "type": "click",
        "source": "/",
        "time": "2026-01-01T00:00:00Z",
    }
    encoded = base64.b64encode(json.dumps(SAMPLES["click"]).encode()).decode()
    _same(Decoder().decode([json.dumps(envelope | {"data_base64": encoded}).encode()]), "click")


def test_an_envelope_without_time_leaves_it_to_the_data() -> None:
    envelope = {"specversion": "1.0", "id": "e2", "type": "click", "source": "/", "data": SAMPLES["click"]}
    _same(Decoder().decode([json.dumps(envelope).encode()]), "click")


def test_the_envelope_counts_more_than_the_data() -> None:
    headers = [("ce_specversion", b"1.0"), ("ce_id", b"e9"), ("ce_type", b"click")]
    decoded = Decoder().decode([raw("click", type="post")], [headers])
    assert decoded.batch.strings(0)["id"] == "e9"


def test_plain_and_wrapped_records_may_be_mixed() -> None:
    message = to_binary(_event("click", id="e5"), JSONFormat())
    headers = [_PLAIN, tuple(message.headers.items()), ()]
    decoded = Decoder("click").decode([raw("click"), message.value, raw("click", id="e6")], headers)
    assert [decoded.batch.strings(i)["id"] for i in range(3)] == ["e2", "e5", "e6"]


def test_other_headers_change_nothing() -> None:
    headers = [(("content-type", b"application/json"), ("x", None))]
    _same(Decoder().decode([raw("click")], headers), "click")


_GOOD = {"specversion": "1.0", "id": "e1", "type": "click", "data": SAMPLES["click"]}


@pytest.mark.parametrize(
    ("changes", "reason", "words"),
    [
        ({"specversion": "2.0"}, "bad_envelope", "'2.0'"),
        ({"specversion": 1}, "bad_envelope", "'1'"),
        ({"id": None}, "bad_envelope", "`id`"),
        ({"type": 5}, "bad_envelope", "`type`"),
        ({"time": 5}, "bad_envelope", "`time`"),
        ({"data": "text"}, "bad_envelope", "`data`"),
        ({"data": None}, "bad_envelope", "`data`"),
        ({"data": None, "data_base64": "!"}, "bad_envelope", "`data_base64`"),
        ({"data": None, "data_base64": "eyI="}, "bad_envelope", "`data_base64`"),
        ({"time": "noon"}, "bad_time", "'noon'"),
        ({"type": "com.example.like"}, "unknown_type", "'like'"),
        ({"type": "com.example.post"}, "missing_field", "`text`"),
        ({"id": "x" * 129}, "too_long", "`id`"),
    ],
)
def test_what_is_wrong_with_an_envelope(changes: dict[str, Any], reason: str, words: str) -> None:
    bad = Decoder().decode([json.dumps(_GOOD | changes).encode()]).invalid[0]
    assert bad.reason == reason
    assert words in bad.detail


def test_what_is_wrong_with_headers() -> None:
    wrong = [
        (("ce_id", b"e1"), ("ce_type", b"click")),
        (("ce_id", b"\xff"), ("ce_type", b"click"), ("ce_specversion", b"1.0")),
        (("ce_id", None), ("ce_type", b"click"), ("ce_specversion", b"1.0")),
        (("content-type", b"application/cloudevents+json; charset=utf-8"),),
    ]
    decoded = Decoder("click").decode([raw("click")] * 4, wrong)
    assert [bad.reason for bad in decoded.invalid] == ["bad_envelope"] * 4


def test_the_type_of_the_envelope_is_checked_against_the_topic() -> None:
    message = to_binary(_event("click"), JSONFormat())
    bad = Decoder("post").decode([message.value], [tuple(message.headers.items())]).invalid[0]
    assert bad.reason == "type_mismatch"


def test_a_tombstone_with_headers_is_a_tombstone() -> None:
    headers = [(("ce_id", b"e1"), ("ce_type", b"click"), ("ce_specversion", b"1.0"))]
    assert Decoder().decode([None], headers).invalid[0].reason == "tombstone"
