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
        left_out: bytes of the value that are not in `raw`, as they are too many for a letter.
    """

    raw: bytes | None
    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    left_out: int = 0


# In base64 they grow by a third, and a record of the producer has room for 8 MiB.
RAW_MAX = 5 << 20

_ENCODER = msgspec.json.Encoder()


def dead_letters(topic: str, records: Sequence[Any], invalid: Iterable[Invalid]) -> list[Outgoing]:
    """A letter for each invalid record, with the record's key and headers.

    Of a value of more than `RAW_MAX` bytes the first are kept; the place says where the whole is.
    """
    letters: list[Outgoing] = []
    for bad in invalid:
        record = records[bad.index]
        raw, left_out = record.value, 0
        if raw is not None and len(raw) > RAW_MAX:
            raw, left_out = raw[:RAW_MAX], len(raw) - RAW_MAX
        letter = DeadLetter(
            raw, bad.reason, bad.detail, record.topic, record.partition, record.offset, left_out
        )
        letters.append((topic, None, record.key, _ENCODER.encode(letter), tuple(record.headers)))
    return letters
