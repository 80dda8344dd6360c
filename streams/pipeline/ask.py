"""Questions to the brokers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

log = logging.getLogger(__name__)

T = TypeVar("T")

# How long a broker that is away is waited for, and the pause between tries, seconds.
PATIENCE = 60.0
_PAUSE = 0.3
_FETCH_BYTES = 8 << 20


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, asked for again while the broker is away. Raises what the last try raised."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while True:
        try:
            return await ask()
        except KafkaError as error:
            if loop.time() > until:
                raise
            log.info("asking the broker again: %r", error)
        await asyncio.sleep(_PAUSE)


def lone_consumer(client: Mapping[str, Any]) -> AIOKafkaConsumer:
    """A consumer that belongs to no group."""
    return AIOKafkaConsumer(
        **client,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
    )


async def partitions(client: Mapping[str, Any], topics: Collection[str]) -> dict[str, int]:
    """How many partitions each of the topics has; those that do not exist are left out."""

    async def ask() -> dict[str, int]:
        admin = AIOKafkaAdminClient(**client)
        try:
            await admin.start()
            described = await admin.describe_topics()
        finally:
            await admin.close()
        return {
            topic["topic"]: len(topic["partitions"])
            for topic in described
            if topic["topic"] in topics and not topic["error_code"]
        }

    return await patiently(ask)


async def ends(client: Mapping[str, Any], tps: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """The offset that the next record of each partition will get."""
    if not tps:
        return {}

    async def ask() -> dict[tuple[str, int], int]:
        async with _started(client) as consumer:
            found = await consumer.end_offsets([TopicPartition(*tp) for tp in tps])
        return {(tp.topic, tp.partition): offset for tp, offset in found.items()}

    return await patiently(ask)


@asynccontextmanager
async def _started(client: Mapping[str, Any]) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = lone_consumer(client)
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
