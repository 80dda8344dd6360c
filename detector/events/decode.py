"""Records in, rows out: what every event passes through first.

A kernel reads the JSON and makes the rows. Records that it will not read are decoded by msgspec, which says
what is an event and what is not; those that are go to the kernel once more, as msgspec writes them.
"""

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
from detector.events.kernel import FINE, encode, sign
from detector.events.reasons import RecordError
from detector.events.scan import DOUBTFUL, SLOTS
from detector.events.schema import KINDS, AnyEvent, Event
from detector.events.slices import LONGEST, Slices
from models.text.signature import signatures

Signatures = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

# All that msgspec raises for a record: what it refuses, broken UTF-8, no bytes at all, nesting without end.
_REFUSALS = (msgspec.DecodeError, UnicodeDecodeError, TypeError, RecursionError)
_NEVER = 2**62


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
        self._write = msgspec.json.Encoder().encode
        self._implied = DOUBTFUL if type is None else TYPES.index(type)
        self._signatures, self._latest = signatures, latest

    def decode(
        self,
        records: Slices | Sequence[bytes | None],
        headers: Sequence[Headers] | None = None,
        *,
        part: int | Sequence[int] = 0,
        first_offset: int | Sequence[int] | np.ndarray = 0,
    ) -> Decoded:
        """The events of a batch of records. Raises nothing, whatever the records hold.

        Args:
            records: the values, or where they lie in a buffer; None for a record without one.
            headers: the headers of each record, when they came from Kafka.
            part: number of the source partition, for the rows; or of each record's file.
            first_offset: the offset of the first record, when they follow one another, or of each.
        """
        n = len(records)
        slices = records if isinstance(records, Slices) else Slices.of(records)
        if isinstance(first_offset, int | np.integer):
            offsets = np.arange(first_offset, first_offset + n, dtype=np.int64)
        else:
            offsets = np.asarray(first_offset, np.int64)
        latest = _NEVER if self._latest is None else self._latest()
        batch, wrong = self._encode(_plain(slices, headers), offsets, latest)
        invalid: list[Invalid] = []
        if wrong.any():
            places = np.flatnonzero(wrong)
            events, read = self._read(slices, headers, places, invalid)
            rest, still = self._encode(Slices.of(list(map(self._write, events))), offsets[read], latest)
            for k in np.flatnonzero(still).tolist():
                refused = explain(events[k], int(still[k]))
                invalid.append(Invalid(int(read[k]), refused.reason, refused.detail))
            invalid.sort()
            where = np.concatenate((np.flatnonzero(wrong == FINE), read[still == FINE]))
            batch = Batch.concat([batch, rest]).take(np.argsort(where)).compact()
            wrong[read] = still
        if isinstance(part, int | np.integer):
            batch.rows["part"] = part
        else:
            batch.rows["part"] = np.asarray(part)[wrong == FINE]
        return Decoded(batch, invalid)

    def _read(
        self,
        slices: Slices,
        headers: Sequence[Headers] | None,
        places: np.ndarray,
        invalid: list[Invalid],
    ) -> tuple[list[Event], np.ndarray]:
        """The events that msgspec reads in the records at `places`, and where; the rest goes to `invalid`."""
        events: list[Event] = []
        read: list[int] = []
        for i in places.tolist():
            if int(slices.lengths[i]) > LONGEST:
                invalid.append(Invalid(i, "too_large", f"The record has more than {LONGEST:,} bytes."))
                continue
            record, fields = slices[i], headers[i] if headers else ()
            try:
                if fields and envelope.is_marked(fields):
                    event = understand(record, fields, self._kind, self._type)
                else:
                    event = self._event(record)
            except RecordError as refused:
                invalid.append(Invalid(i, refused.reason, refused.detail))
            else:
                events.append(event)
                read.append(i)
        return events, np.array(read, np.int64)

    def _event(self, record: bytes | None) -> Event:
        try:
            return self._decode(record)
        except _REFUSALS:
            return understand(record, (), self._kind, self._type)

    def _encode(self, slices: Slices, offsets: np.ndarray, latest: int) -> tuple[Batch, np.ndarray]:
        """The rows of the records that the kernel finds fine, and what is wrong with each."""
        n = len(slices)
        if n == 0:
            return Batch.empty(), np.zeros(0, np.uint8)
        slices = slices.padded()
        longest = int(slices.lengths.max())
        rows, spare = np.zeros(n, EVENT), np.empty(SLOTS + 2 + longest // 8, np.uint64)
        good, heap, wrong, texts, ends, places = encode(
            slices.buffer.ctypes.data,
            slices.starts,
            slices.lengths,
            offsets,
            self._implied,
            latest,
            rows,
            spare,
        )
        if len(places):
            sign(heap, places, *self._signatures(texts, ends))
        return Batch(rows[:good], heap), wrong


def _plain(slices: Slices, headers: Sequence[Headers] | None) -> Slices:
    """The records, without a value where it is too large, or the headers say that it is an envelope."""
    lengths = slices.lengths
    if int(lengths.max(initial=0)) > LONGEST:
        lengths = np.where(lengths > LONGEST, -1, lengths)
    if headers is not None and any(headers):
        marked = np.array([bool(fields) and envelope.is_marked(fields) for fields in headers])
        lengths = np.where(marked, -1, lengths)
    return slices if lengths is slices.lengths else Slices(slices.buffer, slices.starts, lengths)
