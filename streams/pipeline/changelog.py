"""A partition of a changelog topic, on Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from streams.checkpoint import Record
from streams.pipeline.ask import lone_consumer, patiently
from streams.pipeline.outbox import Deliver

_WAIT_MS = 1_000


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

    async def end(self) -> int:
        async def ask() -> int:
            if self._asking is None:
                self._asking = lone_consumer(self._client)
                try:
                    await self._asking.start()
                except KafkaError:
                    await self.close()
                    raise
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
