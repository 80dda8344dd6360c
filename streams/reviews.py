"""Reviewers' decisions as they come from their topic, and as they travel to the cases."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from detector.cases.reviews import Review

_decoder = msgspec.json.Decoder(Review)
_packed = msgspec.msgpack.Decoder(list[Review])


# Text that is no UTF-8, numbers and nesting beyond all measure.
_REFUSALS = (msgspec.MsgspecError, UnicodeDecodeError, OverflowError, RecursionError)


class ReviewError(ValueError):
    """A record that is no decision."""


def decode(record: bytes | None) -> Review:
    """One decision from its JSON; unknown fields are ignored.

    Raises:
        ReviewError: it is none, and why.

    Examples:
        >>> decode(b'{"flag": "f-1", "decision": "dismissed"}').decision
        'dismissed'
    """
    if record is None:
        raise ReviewError("the record is empty")
    try:
        return _decoder.decode(record)
    except _REFUSALS as error:
        raise ReviewError(f"{type(error).__name__}: {error}") from error


def pack(reviews: Sequence[Review]) -> bytes:
    """As bytes, for `unpack`."""
    return msgspec.msgpack.encode(reviews)


def unpack(data: bytes) -> list[Review]:
    """Decisions from `pack`'s bytes. Raises msgspec.DecodeError."""
    return _packed.decode(data)
