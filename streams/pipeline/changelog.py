"""A partition of a changelog topic, on Kafka."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from streams.checkpoint import Record
from streams.pipeline.outbox import Deliver

log = logging.getLogger(__name__)

T = TypeVar("T")

# How long a broker that is away is waited for, and the pause between tries, seconds.
PATIENCE = 60.0
_PAUSE = 0.3
_FETCH_BYTES = 8 << 20
_WAIT_MS = 1_000


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


async def partitions(client: Mapping[str, Any], topics: Sequence[str]) -> dict[str, int]:
    """How many partitions each of the topics has; those that do not exist are left out."""

    async def ask() -> dict[str, int]:
        admin = AIOKafkaAdminClient(**client)
        try:
            await admin.start()
            described = await admin.describe_topics()
        finally:
            await admin.close()
        found = {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}
        return {topic: found[topic] for topic in topics if topic in found}

    return await patiently(ask)


class KafkaChangelog:
    """One partition.

    Args:
        client: how to reach the brokers, as aiokafka's clients take it.
        topic, partition: where it is.
        deliver: sends records and returns once all are stored.
    """

    def __init__(self, client: Mapping[str, Any], topic: str, partition: int, deliver: Deliver) -> None:
        self._client, self._tp, self._deliver = client, TopicPartition(topic, partition), deliver
        self._asking: AIOKafkaConsumer | None = None

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **self._client,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_FETCH_BYTES,
        )

    async def end(self) -> int:
        async def ask() -> int:
            if self._asking is None:
                consumer = self._consumer()
                await consumer.start()
                self._asking = consumer
            return int((await self._asking.end_offsets([self._tp]))[self._tp])

        return await patiently(ask)

    async def append(self, records: Sequence[Record]) -> None:
        topic, partition = self._tp
        await self._deliver([(topic, partition, key, value, None) for key, value in records])

    async def read(self, start: int | None) -> AsyncIterator[Sequence[tuple[int, bytes, bytes | None]]]:
        end = await self.end()
        consumer = self._asking
        assert consumer is not None
        consumer.assign([self._tp])
        beginning = (await consumer.beginning_offsets([self._tp]))[self._tp]
        position = max(start or 0, beginning)
        consumer.seek(self._tp, position)
        while position < end:
            fetched = await consumer.getmany(self._tp, timeout_ms=_WAIT_MS)
            yield [(one.offset, one.key, one.value) for one in fetched.get(self._tp, ())]
            position = await consumer.position(self._tp)
        # Nothing more is to be fetched.
        consumer.pause(self._tp)

    async def close(self) -> None:
        """Ends the connection."""
        if self._asking is not None:
            await self._asking.stop()
            self._asking = None
