"""Reading a topic once, from its beginning to where it ends now: for tools, not for the worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from streams.broker import BrokerError
from streams.broker.ready import reachable

_POLL_MS = 1000
_CONNECT_MS = 10_000


def whole(client: Mapping[str, Any], topic: str) -> Iterator[Any]:
    """Yields kafka-python's records of every partition, those of one partition in order.

    Args:
        client: arguments of kafka-python's clients, `bootstrap_servers` among them.

    Raises:
        BrokerError: no broker answers, the topic does not exist, or a broker refuses.
    """
    where = ",".join(client["bootstrap_servers"])
    if not reachable(client["bootstrap_servers"]):
        raise BrokerError(f"no broker answers at {where}")
    try:
        consumer = KafkaConsumer(
            **client, enable_auto_commit=False, auto_offset_reset="earliest", bootstrap_timeout_ms=_CONNECT_MS
        )
    except KafkaError as error:
        raise BrokerError(f"no broker answers at {where}: {error}") from error
    try:
        yield from _whole(consumer, topic)
    except KafkaError as error:
        raise BrokerError(f"the broker at {where} refused: {error}") from error
    finally:
        consumer.close()


def _whole(consumer: Any, topic: str) -> Iterator[Any]:
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise BrokerError(f"topic {topic} does not exist")
    parts = [TopicPartition(topic, number) for number in sorted(numbers)]
    consumer.assign(parts)
    ends = consumer.end_offsets(parts)
    consumer.seek_to_beginning(*parts)
    while any(consumer.position(part) < ends[part] for part in parts):
        for part, records in consumer.poll(timeout_ms=_POLL_MS).items():
            yield from (record for record in records if record.offset < ends[part])
