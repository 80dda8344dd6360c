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


def resend(client: Mapping[str, Any], letters: Iterable[Found]) -> int:
    """Sends refused records to their topics again, with key and headers, and returns how many.

    Those that are not whole in their letter are left out.

    Raises:
        BrokerError: a broker does not take them; those before it may have been sent.
    """
    producer = KafkaProducer(**client, acks="all")
    try:
        sent = [
            producer.send(letter.topic, key=key, value=letter.raw, headers=headers)
            for letter, key, headers in letters
            if letter.reason != FOREIGN and not letter.left_out
        ]
        producer.flush(timeout=_FLUSH_SECONDS)
        for each in sent:
            each.get(timeout=_FLUSH_SECONDS)
    except KafkaError as error:
        raise BrokerError(f"dead letters cannot be sent again: {error}") from error
    finally:
        producer.close()
    return len(sent)
