"""Every code of the list, by a record that earns it, with a sentence that names the field."""

from __future__ import annotations

from typing import Any

import pytest

import detector.events
from detector.events.decode import Decoder
from detector.events.reasons import REASONS
from tests.unit.events.samples import TS, raw

CASES: list[tuple[str, str, bytes | None]] = [
    ("tombstone", "no value", None),
    ("empty", "empty", b""),
    ("empty", "empty", b" \r\n"),
    ("empty", "empty", b"\xef\xbb\xbf"),
    ("too_large", "8,388,608 bytes", raw("click")[:-1] + b" " * (1 << 23) + b"}"),
    ("not_utf8", "UTF-8", raw("click", id="abc").replace(b"abc", b"a\xffc")),
    ("not_utf8", "UTF-8", b"\xff\xfe{\0"),
    ("not_json", "cut short", raw("click")[:-4]),
    ("not_json", "trailing", raw("click") + b"x"),
    ("not_json", "surrogate", raw("click", actor="abc").replace(b"abc", b"\\ud800")),
    ("not_json", "invalid character", raw("click", dwell_ms=77).replace(b"77", b"NaN")),
    ("not_json", "invalid character", raw("click", actor="abc").replace(b"abc", b"a\0c")),
    ("too_deep", "deep", raw("click")[:-1] + b',"x":' + b"[" * 50_000),
    ("too_deep", "deep", b'{"x":' * 50_000),
    ("not_an_object", "a list", b"[]"),
    ("not_an_object", "a number", b"3"),
    ("not_an_object", "a number", b"3.5"),
    ("not_an_object", "a string", b'"x"'),
    ("not_an_object", "null", b"null"),
    ("not_an_object", "true or false", b"true"),
    ("bad_envelope", "`type`", b'{"specversion":"1.0","id":"e","data":{}}'),
    ("unknown_type", "'like'", raw("click", type="like")),
    ("unknown_action", "`action` cannot be 'buy'", raw("account", action="buy")),
    ("unknown_action", "`action` cannot be 'login'", raw("subscription", action="login")),
    ("missing_field", "`type`", raw("click", type=...)),
    ("missing_field", "`id`", raw("click", id=...)),
    ("missing_field", "`ts`", raw("post", ts=...)),
    ("missing_field", "`actor`", raw("repost", actor=...)),
    ("missing_field", "`target`", raw("subscription", target=...)),
    ("missing_field", "`author`", raw("exposure", author=...)),
    ("missing_field", "`count`", raw("exposure", count=...)),
    ("missing_field", "`text`", raw("comment", text=...)),
    ("missing_field", "`text`", raw("post", text=...)),
    ("wrong_type", "`id` must be a string, not an integer", raw("click", id=5)),
    ("wrong_type", "`id` must be a string, not null", raw("click", id=None)),
    ("wrong_type", "`type` must be a string", raw("click", type=5)),
    ("wrong_type", "`type` must be a string", raw("click", type=None)),
    ("wrong_type", "`ts` must be an integer or a string", raw("click", ts=float(TS))),
    ("wrong_type", "`ts` must be", raw("click", ts=True)),
    ("wrong_type", "`dwell_ms` must be an integer", raw("click", dwell_ms=1.0)),
    ("wrong_type", "`count` must be an integer, not true or false", raw("exposure", count=True)),
    ("wrong_type", "`original` must be true or false, not an integer", raw("post", original=1)),
    ("wrong_type", "`links[1]` must be a string", raw("post", links=["a", 1])),
    ("wrong_type", "`media` must be a list, not a string", raw("post", media="m")),
    ("wrong_type", "`action` must be a string", raw("account", action=3)),
    ("empty_field", "`id`", raw("click", id="")),
    ("empty_field", "`actor`", raw("click", actor="")),
    ("empty_field", "`content`", raw("post", content="")),
    ("empty_field", "`target`", raw("subscription", target="")),
    ("too_long", "`id` is longer than 128 characters", raw("click", id="x" * 129)),
    ("too_long", "`actor` is longer than 256 characters", raw("click", actor="x" * 257)),
    ("too_long", "`text`", raw("repost", text="x" * 65_537)),
    ("too_long", "`text`", raw("repost", text="é" * 40_000)),
    ("too_long", "`author`", raw("click", author="x" * 16_384)),
    ("too_many", "`links` has more than 32", raw("post", links=["x"] * 33)),
    ("too_many", "`media` has more than 32", raw("comment", media=["x"] * 33)),
    ("out_of_range", "`count` must be at least 1", raw("exposure", count=0)),
    ("out_of_range", "`count`", raw("exposure", count=10**30)),
    ("out_of_range", "`dwell_ms`", raw("click", dwell_ms=-1)),
    ("out_of_range", "too large", raw("click")[:-1] + b',"id":' + b"9" * 5_000 + b"}"),
    ("bad_time", "'yesterday'", raw("click", ts="yesterday")),
    ("bad_time", "`ts`", raw("click", ts="")),
    ("bad_time", "`ts`", raw("click", ts="2026-01-01T00:00:00")),
    ("bad_time", "`ts`", raw("click", ts="2026-02-30T00:00:00Z")),
    ("bad_time", "`ts`", raw("click", ts="2026-01-01T24:00:00Z")),
    ("bad_time", "`ts`", raw("click", ts="2026-01-01T00:00:00.Z")),
    ("bad_time", "`ts`", raw("click", ts="2026-01-01T00:00:00+0100")),
    ("bad_time", "`ts`", raw("click", ts="2026-01-01T00:00:00ZZ")),
    ("bad_time", "`ts`", raw("click", ts="x" * 65)),
    ("time_out_of_range", "`ts` must be in the years 2000 to 2099", raw("click", ts=TS // 1000)),
    ("time_out_of_range", "`ts`", raw("click", ts=10**25)),
    ("time_out_of_range", "`ts`", raw("click", ts=-1)),
    ("time_out_of_range", "`ts`", raw("click", ts="1999-12-31T23:59:59Z")),
    ("time_out_of_range", "`actor_created`", raw("click", actor_created=-1)),
    ("nul_character", "`id`", raw("click", id="a\0")),
    ("nul_character", "`actor`", raw("click", actor="\0")),
    ("nul_character", "`device`", raw("click", device="12345678\0")),
    ("nul_character", "`links`", raw("post", links=["a", "b\0c"])),
    ("nul_character", "`media`", raw("repost", media=["\0"])),
    ("nul_character", "`target`", raw("subscription", target="abcdefg\0hijk")),
    ("nul_character", "`topic`", raw("post", topic="a\0")),
    ("nul_character", "`name`", raw("account", name="a\0")),
    ("no_actor", "`device` or `ip`", raw("click", actor=...)),
    ("no_text", "`text` of a post", raw("post", text="", links=[])),
    ("no_text", "`text` of a comment", raw("comment", text="")),
]


@pytest.mark.parametrize(("code", "words", "record"), CASES)
def test_the_reason_and_its_sentence(code: str, words: str, record: bytes | None) -> None:
    decoded = Decoder().decode([record])
    assert len(decoded.batch) == 0
    bad = decoded.invalid[0]
    assert (bad.index, bad.reason) == (0, code)
    assert words in bad.detail


@pytest.mark.parametrize(("kind", "given"), [("post", "click"), ("click", "account"), ("account", "comment")])
def test_a_topic_takes_its_own_type_only(kind: str, given: Any) -> None:
    bad = Decoder(kind).decode([raw(given)]).invalid[0]
    assert bad.reason == "type_mismatch"
    assert f"`type` must be '{kind}' in this topic, not '{given}'" in bad.detail


def test_a_type_unknown_to_all_is_unknown_on_a_topic_too() -> None:
    assert Decoder("post").decode([raw("post", type="like")]).invalid[0].reason == "unknown_type"


def test_every_reason_has_a_case() -> None:
    assert {reason.code for reason in REASONS} == {code for code, _, _ in CASES} | {
        "type_mismatch",
        "time_ahead",
    }


def test_an_event_far_ahead_of_the_clock_is_refused_and_the_others_keep_their_places() -> None:
    events = [raw("click", id=f"e{ts}", ts=1_767_225_600_000 + ts) for ts in (0, 5_000, 1_000, 9_000)]
    decoded = Decoder("click", latest=lambda: 1_767_225_604_000).decode(
        events, first_offset=10, part=[1, 2, 3, 4]
    )
    assert decoded.batch.rows["offset"].tolist() == [10, 12]
    assert decoded.batch.rows["part"].tolist() == [1, 3]
    assert [(bad.index, bad.reason) for bad in decoded.invalid] == [(1, "time_ahead"), (3, "time_ahead")]


def test_the_codes_are_listed_in_the_documentation() -> None:
    listed = [f"{reason.code:<17}  {reason.meaning}\n" for reason in REASONS]
    assert "".join(listed) in (detector.events.__doc__ or "")
