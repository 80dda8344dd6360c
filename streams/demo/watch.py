"""Flags read from Kafka as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer


async def flags(client: Mapping[str, Any], topic: str) -> AsyncIterator[bytes]:
    """Yields the flags of a topic from its beginning, for ever.

    Raises:
        aiokafka.errors.KafkaError: the broker is gone for good.
    """
    consumer = AIOKafkaConsumer(topic, **client, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        async for record in consumer:
            if record.value is not None:
                yield record.value
    finally:
        await consumer.stop()
