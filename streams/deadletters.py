"""Dead letters read back from their topic, and sent to their topics again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from streams.broker import BrokerError
from streams.pipeline.dead_letter import DeadLetter
from streams.reading import whole

_FLUSH_SECONDS = 60
# Records that wait to be stored, at most.
_AT_ONCE = 500


FOREIGN = "foreign"
"""The reason of records there that the detector has not written; they cannot be sent again."""


class Found(NamedTuple):
    """A dead letter, with the refused record's key and headers."""

    letter: DeadLetter
    key: bytes | None
    headers: list[tuple[str, bytes]]


def read(
    client: Mapping[str, Any], topic: str, reasons: Collection[str] = (), origins: Collection[str] = ()
) -> Iterator[Found]:
    """Yields the dead letters, oldest first.

    Args:
        client: arguments of kafka-python's clients.
        topic: the dead-letter topic.
        reasons, origins: only of these reasons, from these topics; all when empty.

    Raises:
        BrokerError: as `reading.whole`.
    """
    decoder = msgspec.json.Decoder(DeadLetter)
    for record in whole(client, topic):
        try:
            letter = decoder.decode(record.value or b"")
        except msgspec.DecodeError as error:
            letter = DeadLetter(record.value, FOREIGN, str(error), topic, record.partition, record.offset)
        if (not reasons or letter.reason in reasons) and (not origins or letter.topic in origins):
            yield Found(letter, record.key, list(record.headers))


def resend(client: Mapping[str, Any], letters: Iterable[Found]) -> tuple[int, int]:
    """Sends refused records to their topics again, with key and headers.

    Returns how many, and how many are left out as they are not whole in their letter.

    Raises:
        BrokerError: a broker does not take them; those before it may have been sent.
    """
    sent = left_out = 0
    producer = KafkaProducer(**client, acks="all")
    try:
        waiting: list[Any] = []
        for letter, key, headers in letters:
            if letter.reason == FOREIGN or letter.left_out:
                left_out += 1
                continue
            waiting.append(producer.send(letter.topic, key=key, value=letter.raw, headers=headers))
            if len(waiting) >= _AT_ONCE:
                sent += _sent(producer, waiting)
        sent += _sent(producer, waiting)
    except KafkaError as error:
        raise BrokerError(f"dead letters cannot be sent again: {error}") from error
    finally:
        producer.close()
    return sent, left_out


def _sent(producer: KafkaProducer, waiting: list[Any]) -> int:
    """Waits until all are stored, and returns how many; none waits then."""
    producer.flush(timeout=_FLUSH_SECONDS)
    for each in waiting:
        each.get(timeout=_FLUSH_SECONDS)
    n = len(waiting)
    waiting.clear()
    return n
