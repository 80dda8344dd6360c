"""CloudEvents 1.0: the event in an envelope, in Kafka's binary mode and in structured mode.

The `cloudevents` package is not used to read: it makes up an id and takes the clock's time when an envelope
lacks them, so the same record would give another event each time.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec

from detector.events.reasons import RecordError

Headers = Sequence[tuple[str, bytes | None]]


def _bad(detail: str) -> RecordError:
    return RecordError("bad_envelope", detail)


def _is_envelope(content_type: bytes | None) -> bool:
    return (content_type or b"").lower().startswith(b"application/cloudevents")


def attributes(headers: Headers) -> dict[str, str] | None:
    """The attributes that the headers of a record carry in binary mode, or None when it has none.

    Raises RecordError when a header is not UTF-8.
    """
    found = {}
    for name, value in headers:
        lower = name.lower()
        if lower.startswith("ce_"):
            try:
                found[lower[3:]] = (value or b"").decode()
            except UnicodeDecodeError:
                raise _bad(f"The header `{lower}` is not UTF-8.") from None
    return found or None


def is_structured(headers: Headers) -> bool:
    """Whether the headers say that the value is an envelope."""
    return any(name.lower() == "content-type" and _is_envelope(value) for name, value in headers)


def is_marked(headers: Headers) -> bool:
    """Whether the headers say that the record is a CloudEvent, in either mode."""
    for name, value in headers:
        lower = name.lower()
        if lower.startswith("ce_") or (lower == "content-type" and _is_envelope(value)):
            return True
    return False


def unfold(envelope: dict[str, Any]) -> dict[str, Any]:
    """The event of an envelope in structured mode. Raises RecordError."""
    data = envelope.get("data")
    if data is None and isinstance(envelope.get("data_base64"), str):
        try:
            data = msgspec.json.decode(base64.b64decode(envelope["data_base64"], validate=True))
        except (binascii.Error, ValueError, RecursionError):
            raise RecordError(
                "bad_envelope", "`data_base64` of the CloudEvents envelope is not JSON."
            ) from None
    return fill(envelope, data)


def fill(envelope: dict[str, Any], data: Any) -> dict[str, Any]:
    """The event: `data` with id, type and time from the envelope's attributes. Raises RecordError."""
    version = envelope.get("specversion")
    if not isinstance(version, str) or not version.startswith("1."):
        raise RecordError(
            "bad_envelope", f"CloudEvents 1.0 is understood, not version {str(version)[:40]!r}."
        )
    if not isinstance(data, dict):
        raise _bad("`data` of the CloudEvents envelope is not a JSON object.")
    for name in ("id", "type"):
        if not isinstance(envelope.get(name), str) or not envelope[name]:
            raise RecordError(
                "bad_envelope", f"The CloudEvents attribute `{name}` is missing or not a string."
            )
    event = {**data, "id": envelope["id"], "type": envelope["type"].rpartition(".")[2]}
    time = envelope.get("time")
    if time is not None:
        if not isinstance(time, str):
            raise _bad("The CloudEvents attribute `time` is not a string.")
        event["ts"] = time
    return event
