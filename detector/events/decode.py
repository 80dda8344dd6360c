"""Records in, rows out: what every event passes through first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from detector.engine.rows import EVENT, TYPES, Batch
from detector.events import envelope
from detector.events.diagnose import explain, understand
from detector.events.envelope import Headers
from detector.events.kernel import FINE, SLACK, TIME_AHEAD, encode, sign
from detector.events.reasons import RecordError
from detector.events.schema import KINDS, AnyEvent, Event
from detector.events.slices import Slices
from models.text.signature import signatures

Signatures = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

# All that msgspec raises for a record: what it refuses, broken UTF-8, no bytes at all, nesting without end.
_REFUSALS = (msgspec.DecodeError, UnicodeDecodeError, TypeError, RecursionError)
_PADDING = bytes(SLACK)


@dataclass(frozen=True, slots=True, order=True)
class Invalid:
    """A record that is no event.

    Attributes:
        index: its place in the records that were decoded.
        reason: a code of `detector.events.reasons.REASONS`.
        detail: a sentence for people, naming the field.
    """

    index: int
    reason: str
    detail: str


@dataclass(slots=True)
class Decoded:
    """What a batch of records holds: the good rows in order of arrival, and the records refused, in order."""

    batch: Batch
    invalid: list[Invalid]


class Decoder:
    """Turns records into rows. One decoder serves one thread.

    >>> decoder = Decoder("click")
    >>> good = b'{"id": "e1", "ts": 1767225600000, "actor": "u1", "content": "p1", "author": "c1"}'
    >>> decoded = decoder.decode([good, b'{"id": "e2"}'])
    >>> decoded.batch.strings(0)["subject"], decoded.invalid[0].reason
    ('c1', 'missing_field')
    """

    def __init__(
        self,
        type: str | None = None,  # noqa: A002
        *,
        signatures: Signatures = signatures,
        latest: Callable[[], int] | None = None,
    ) -> None:
        """
        Args:
            type: the type that the topic implies; None when every record names its own, as in files.
            latest: gives the greatest `ts` that is taken, ms: one event far ahead would make all others late.
                None: any is taken.
            signatures: makes the signatures of texts, as `models.text.signature.signatures`.

        Raises:
            ValueError: there is no such type.
        """
        if type is not None and type not in TYPES:
            raise ValueError(f"no event has the type {type!r}")
        self._type = type
        self._kind = AnyEvent if type is None else KINDS[TYPES.index(type)]
        self._decode: Callable[[Any], Event] = msgspec.json.Decoder(self._kind).decode
        self._pack = msgspec.msgpack.Encoder().encode
        self._signatures, self._latest = signatures, latest

    def decode(
        self,
        records: Slices | Sequence[bytes | None],
        headers: Sequence[Headers] | None = None,
        *,
        part: int | Sequence[int] = 0,
        first_offset: int | Sequence[int] = 0,
    ) -> Decoded:
        """The events of a batch of records. Raises nothing, whatever the records hold.

        Args:
            records: the values, or where they lie in a buffer; None for a record without one.
            headers: the headers of each record, when they came from Kafka.
            part: number of the source partition, for the rows; or of each record's file.
            first_offset: the offset of the first record, when they follow one another, or of each.
        """
        if isinstance(records, Slices):
            records = list(records)
        invalid: list[Invalid] = []
        events = self._read(records, headers, invalid)
        places = np.arange(len(records), dtype=np.int64)
        if invalid:
            places = np.delete(places, [bad.index for bad in invalid])
        if isinstance(first_offset, int | np.integer):
            offsets = places + first_offset
        else:
            offsets = np.asarray(first_offset, np.int64)[places]
        batch, wrong = self._encode(events, offsets)
        if self._latest is not None:
            batch, wrong = _not_ahead(batch, wrong, self._latest())
        batch.rows["part"] = (
            part if isinstance(part, int | np.integer) else np.asarray(part)[places[wrong == FINE]]
        )
        bad = np.flatnonzero(wrong != FINE)
        if len(bad):
            for k in bad.tolist():
                refused = explain(events[k], int(wrong[k]))
                invalid.append(Invalid(int(places[k]), refused.reason, refused.detail))
            invalid.sort()
        return Decoded(batch, invalid)

    def _read(
        self, records: Sequence[bytes | None], headers: Sequence[Headers] | None, invalid: list[Invalid]
    ) -> list[Event]:
        """The events that msgspec accepts; the rest goes to `invalid`."""
        feed = self._plain(records, headers)
        events: list[Event] = []
        rest = iter(feed)
        while True:
            try:
                # What was decoded before a bad record stays in the list: a loop in C, and still one by one.
                events.extend(map(self._decode, rest))
                return events
            except _REFUSALS:
                i = len(events) + len(invalid)
            try:
                events.append(understand(records[i], headers[i] if headers else (), self._kind, self._type))
            except RecordError as refused:
                invalid.append(Invalid(i, refused.reason, refused.detail))

    @staticmethod
    def _plain(records: Sequence[bytes | None], headers: Sequence[Headers] | None) -> Sequence[bytes | None]:
        """The records, with None for those whose headers say that they come in an envelope."""
        if headers is None or not any(headers):
            return records
        return [
            None if fields and envelope.is_marked(fields) else record
            for record, fields in zip(records, headers, strict=True)
        ]

    def _encode(self, events: list[Event], offsets: np.ndarray) -> tuple[Batch, np.ndarray]:
        n = len(events)
        if n == 0:
            return Batch.empty(), np.zeros(0, np.uint8)
        data = np.frombuffer(self._pack([*events, _PADDING]), np.uint8)
        head = 1 if n + 1 < 16 else 3 if n + 1 < 65_536 else 5
        rows = np.zeros(n, EVENT)
        good, heap, wrong, texts, ends, places = encode(data, head, n, rows, offsets)
        if len(places):
            sign(heap, places, *self._signatures(texts, ends))
        return Batch(rows[:good], heap), wrong


def _not_ahead(batch: Batch, wrong: np.ndarray, latest: int) -> tuple[Batch, np.ndarray]:
    """The batch without rows later than `latest`, and `wrong` with them marked."""
    ahead = batch.rows["ts"] > latest
    if not ahead.any():
        return batch, wrong
    wrong = wrong.copy()
    wrong[np.flatnonzero(wrong == FINE)[ahead]] = TIME_AHEAD
    return batch.take(np.flatnonzero(~ahead)), wrong
