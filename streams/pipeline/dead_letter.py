"""Records that are no events, as they go to the dead letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from detector.events.decode import Invalid
from streams.pipeline.outbox import Outgoing


class DeadLetter(msgspec.Struct, frozen=True):
    """A record that breaks a rule, with where it stood and why it was refused.

    Attributes:
        raw: the record's value (base64 in JSON), None where it had none.
        reason: a short code.
        detail: a sentence.
        topic, partition, offset: of the record.
    """

    raw: bytes | None
    reason: str
    detail: str
    topic: str
    partition: int
    offset: int


_ENCODER = msgspec.json.Encoder()


def dead_letters(topic: str, records: Sequence[Any], invalid: Iterable[Invalid]) -> list[Outgoing]:
    """A letter for each invalid record, with the record's key and headers."""
    letters: list[Outgoing] = []
    for bad in invalid:
        record = records[bad.index]
        letter = DeadLetter(
            record.value, bad.reason, bad.detail, record.topic, record.partition, record.offset
        )
        letters.append((topic, None, record.key, _ENCODER.encode(letter), tuple(record.headers)))
    return letters
