"""The slow path: a record that msgspec refuses is understood after all, or refused with a reason."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from detector.engine.rows import TYPES
from detector.events import envelope
from detector.events.envelope import Headers
from detector.events.kernel import BAD_TIME, LONG_TEXT, NO_ACTOR, NO_TEXT, NUL, TIME_AHEAD, TIME_RANGE
from detector.events.reasons import RecordError
from detector.events.schema import Event

_BOM = b"\xef\xbb\xbf"
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_WORDS = {
    "int": "an integer",
    "float": "a number with a fraction or exponent",
    "str": "a string",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_AT = re.compile(r" - at `\$\.?(.*)`$")
_MISSING = re.compile(r"Object missing required field `(.*)`")
_LENGTH = re.compile(r"Expected `(str|array)` of length (>=|<=) (\d+)")
_RANGE = re.compile(r"Expected `int` (>=|<=|<|>) (-?\d+)")
_KIND = re.compile(r"Expected `([^`]*)`(?:, got `([^`]*)`)?")
_OF = {
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}
_SIGNS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_ENUM = re.compile(r"Invalid (?:enum )?value (.*)")


def understand(raw: Any, headers: Headers, kind: Any, implied: str | None) -> Event:
    """The event of a record that is not the plain JSON of one: in an envelope, or behind a byte order mark.

    Args:
        raw: the record's value.
        headers: the record's headers, when it came from Kafka.
        kind: the Struct, or the union of them, to read.
        implied: the type that the topic implies.

    Raises:
        RecordError: the record is no event; why.
    """
    if raw is None:
        raise RecordError("tombstone", "The record has no value.")
    found = _parse(raw)
    attributes = envelope.attributes(headers)
    if attributes is not None:
        found = envelope.fill(attributes, found)
    elif "specversion" in found or envelope.is_structured(headers):
        found = envelope.unfold(found)
    try:
        return msgspec.convert(found, kind)  # type: ignore[no-any-return]
    except msgspec.ValidationError as error:
        raise _refusal(str(error), found, implied) from None


def explain(event: Event, code: int) -> RecordError:
    """The refusal of an event in which the kernel has found something wrong."""
    kind = event.__struct_config__.tag
    if code == NUL:
        return RecordError("nul_character", f"The field `{_with_nul(event)}` holds a NUL character.")
    if code == NO_ACTOR:
        return RecordError("no_actor", "A click without `actor` needs `device` or `ip`.")
    if code == NO_TEXT:
        return RecordError("no_text", f"The `text` of a {kind} may be empty only beside links or media.")
    if code == LONG_TEXT:
        return RecordError("too_long", "The field `text` is longer than 64 KiB of UTF-8.")
    if code == BAD_TIME:
        return RecordError("bad_time", f"The field `ts` is no RFC 3339 time: {_short(event.ts)}.")
    if code == TIME_RANGE:
        return _time_range("ts")
    if code == TIME_AHEAD:
        return RecordError(
            "time_ahead", f"The field `ts` lies too far ahead of the clock: {_short(event.ts)}."
        )
    raise ValueError(f"no such code: {code}")


def _parse(raw: bytes) -> dict[str, Any]:
    raw = bytes(raw).removeprefix(_BOM)
    if not raw.strip():
        raise RecordError("empty", "The record is empty.")
    try:
        found = msgspec.json.decode(raw)
    except UnicodeDecodeError as error:
        raise RecordError("not_utf8", f"The record is not UTF-8: {error.reason}.") from None
    except RecursionError:
        raise RecordError("too_deep", "Lists or objects are nested too deeply.") from None
    except msgspec.ValidationError:
        raise RecordError("out_of_range", "The record holds a number that is too large.") from None
    except msgspec.DecodeError as error:
        raise _not_json(raw, str(error)) from None
    if not isinstance(found, dict):
        raise RecordError("not_an_object", f"An event is a JSON object, not {_OF.get(type(found), 'this')}.")
    return found


def _not_json(raw: bytes, message: str) -> RecordError:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return RecordError("not_utf8", f"The record is not UTF-8: {error.reason}.")
    if _HALF_PAIR.search(raw):
        return RecordError("not_json", "Not valid JSON: cut short, or with half a surrogate pair.")
    why = message.removeprefix("JSON is malformed: ").replace("Input data was truncated", "it is cut short")
    return RecordError("not_json", f"Not valid JSON: {why}.")


def _refusal(message: str, found: dict[str, Any], implied: str | None) -> RecordError:
    """What msgspec's message says, in plain words and with a code."""
    missing = _MISSING.match(message)
    if missing:
        return RecordError("missing_field", f"The field `{missing[1]}` is missing.")
    at = _AT.search(message)
    field = at[1] if at else ""
    name = field.partition("[")[0]
    if name == "type" and isinstance(found.get("type"), str):
        if implied is not None and found["type"] in TYPES:
            detail = f"The field `type` must be {implied!r} in this topic, not {found['type']!r}."
            return RecordError("type_mismatch", detail)
        return RecordError("unknown_type", f"The field `type` cannot be {_short(found['type'])}.")
    if _ENUM.match(message):
        return RecordError("unknown_action", f"The field `{field}` cannot be {_short(found.get(name))}.")
    if length := _LENGTH.match(message):
        return _length(field, name, *length.groups())
    if limit := _RANGE.match(message):
        if name in ("ts", "actor_created"):
            return _time_range(name)
        return RecordError("out_of_range", f"The field `{field}` must be {_SIGNS[limit[1]]} {limit[2]}.")
    if kind := _KIND.match(message):
        wanted = " or ".join(_WORDS.get(word, word) for word in kind[1].split(" | ") if word != "null")
        got = f", not {_WORDS.get(kind[2], kind[2])}" if kind[2] else ""
        return RecordError("wrong_type", f"The field `{field}` must be {wanted}{got}.")
    return RecordError("wrong_type", f"The field `{field}` is not as it should be: {message}.")


def _length(field: str, name: str, kind: str, sign: str, limit: str) -> RecordError:
    if name == "ts":
        return RecordError("bad_time", "The field `ts` is no RFC 3339 time: it is too long.")
    if sign == ">=":
        return RecordError("empty_field", f"The field `{field}` is empty.")
    if kind == "array":
        return RecordError("too_many", f"The field `{field}` has more than {limit} items.")
    return RecordError("too_long", f"The field `{field}` is longer than {limit} characters.")


def _time_range(field: str) -> RecordError:
    years = "2000 to 2099" if field == "ts" else "1970 to 2099"
    return RecordError(
        "time_out_of_range", f"The field `{field}` must be in the years {years}, in milliseconds."
    )


def _with_nul(event: Event) -> str:
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if name != "text" and isinstance(value, str | tuple) and any("\0" in part for part in value):
            return name
    return "id"


def _short(value: Any) -> str:
    """A value as people may read it in a sentence, cut short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
