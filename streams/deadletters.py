"""Dead letters: what a record of that topic says, and how it is sent to its topic again.

Value, key and headers are the refused record's, byte for byte; further headers hold the rest of
`Letter`, with the prefix `dead-`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from streams.broker import BrokerError
from streams.reading import whole

PREFIX = "dead-"
_FIELDS = ("reason", "detail", "topic", "partition", "offset")
_FLUSH_SECONDS = 60


class Letter(msgspec.Struct, frozen=True):
    """A refused record.

    Attributes:
        reason: a short code of a small set.
        detail: a sentence.
        topic, partition, offset: where it stood.
        number: its own offset among the dead letters.
        ts: when it was refused, ms.
        key, value, headers: as they were.
    """

    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    number: int
    ts: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def letter(record: Any) -> Letter:
    """What a record of kafka-python's from the dead-letter topic says."""
    ours = {name: value.decode(errors="replace") for name, value in record.headers if name.startswith(PREFIX)}
    told = {name: ours.get(PREFIX + name, "") for name in _FIELDS}
    return Letter(
        reason=told["reason"] or "unknown",
        detail=told["detail"],
        topic=told["topic"],
        partition=int(told["partition"] or -1),
        offset=int(told["offset"] or -1),
        number=record.offset,
        ts=record.timestamp,
        key=record.key,
        value=record.value,
        headers=[(name, value) for name, value in record.headers if not name.startswith(PREFIX)],
    )


def read(
    client: Mapping[str, Any], topic: str, reasons: Collection[str] = (), origins: Collection[str] = ()
) -> Iterator[Letter]:
    """Yields the dead letters, oldest first.

    Args:
        client: arguments of kafka-python's clients.
        topic: the dead-letter topic.
        reasons, origins: only of these reasons, from these topics; all when empty.

    Raises:
        BrokerError: as `reading.whole`.
    """
    for record in whole(client, topic):
        found = letter(record)
        if (not reasons or found.reason in reasons) and (not origins or found.topic in origins):
            yield found


def resend(client: Mapping[str, Any], letters: Iterable[Letter]) -> int:
    """Sends refused records to their topics again, with key and headers, and returns how many.

    Raises:
        BrokerError: a broker does not take them; those before it may have been sent.
    """
    producer = KafkaProducer(**client, acks="all")
    try:
        sent = [
            producer.send(each.topic, key=each.key, value=each.value, headers=each.headers)
            for each in letters
        ]
        producer.flush(timeout=_FLUSH_SECONDS)
        for each in sent:
            each.get(timeout=_FLUSH_SECONDS)
    except KafkaError as error:
        raise BrokerError(f"dead letters cannot be sent again: {error}") from error
    finally:
        producer.close()
    return len(sent)
