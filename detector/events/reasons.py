"""Why a record is refused: the codes that metrics count and dead letters carry."""

from __future__ import annotations

from typing import NamedTuple


class RecordError(ValueError):
    """A record that is no event: `reason` is a code of `REASONS`, `detail` a sentence for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Reason(NamedTuple):
    """A code and what it means."""

    code: str
    meaning: str


REASONS = (
    Reason("tombstone", "the record has no value"),
    Reason("empty", "the record is empty or blank"),
    Reason("too_large", "the record has more than 8 MiB"),
    Reason("not_utf8", "the bytes are not UTF-8"),
    Reason("not_json", "not valid JSON: cut short, a stray character, NaN, half a surrogate pair"),
    Reason("too_deep", "lists or objects are nested too deeply"),
    Reason("not_an_object", "valid JSON, but not an object"),
    Reason("bad_envelope", "a CloudEvents envelope that misses or misuses an attribute, or holds no object"),
    Reason("unknown_type", "`type` is none of the seven"),
    Reason("type_mismatch", "`type` is not the one that the topic implies"),
    Reason("unknown_action", "`action` is not one that the type knows"),
    Reason("missing_field", "a required field is missing"),
    Reason("wrong_type", "a field has the wrong JSON type"),
    Reason("empty_field", "an id is the empty string"),
    Reason("too_long", "a string is longer than allowed"),
    Reason("too_many", "a list has more than 32 items"),
    Reason("out_of_range", "a number is too small or too large"),
    Reason("bad_time", "`ts` is a string, but not an RFC 3339 time"),
    Reason("time_out_of_range", "`ts` is not in the years 2000 to 2099, `actor_created` not in 1970 to 2099"),
    Reason("time_ahead", "`ts` lies further ahead of the clock than is allowed"),
    Reason("nul_character", "a string other than the text holds a NUL"),
    Reason("no_actor", "a click without `actor` has neither `device` nor `ip`"),
    Reason("no_text", "the text of a post or comment is empty and there are no links or media"),
)
