"""Sending many records with every delivery verified."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver

from streams.transport.batch import DeliveryError
from streams.transport.outgoing import OutgoingBatch, send_joined

Headers = Sequence[tuple[str, bytes]]
#: topic, partition (None: by the key), key, value, headers.
Outgoing = tuple[str, int | None, bytes | None, bytes | None, Headers | None]

#: Longest that flushing or delivering may take while the worker stops, seconds.
_STOP_SECONDS = 3.0


class Producer(driver.Producer):
    """Faust's producer: idempotent, and able to send lists."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    async def on_start(self) -> None:
        await super().on_start()
        send_joined(self._ensure_producer())

    async def deliver(self, records: Iterable[Outgoing]) -> None:
        """Send and wait until the broker has all; records of one partition keep their order.

        Raises:
            DeliveryError: some record is not known to be stored. All have been tried.
        """
        try:
            # The broker's own answer, or aiokafka's request timeout, ends it otherwise.
            async with asyncio.timeout(_STOP_SECONDS if self.app.should_stop else None):
                await self._deliver(records)
        except TimeoutError as error:
            raise DeliveryError("the broker did not answer while the worker stops") from error

    async def _deliver(self, records: Iterable[Outgoing]) -> None:
        producer = self._ensure_producer()
        groups: defaultdict[tuple[str, int], list[Outgoing]] = defaultdict(list)
        try:
            for record in records:
                topic, partition, key, _, _ = record
                if partition is None:
                    await producer.partitions_for(topic)
                    partition = self.key_partition(topic, key or b"").partition
                groups[topic, partition].append(record)
        except KafkaError as error:
            raise DeliveryError(f"no partition for a record: {error!r}") from error
        results = await asyncio.gather(
            *(self._send_group(*target, group) for target, group in groups.items()), return_exceptions=True
        )
        failures = [result for result in results if isinstance(result, BaseException)]
        if failures:
            raise DeliveryError(
                f"{len(failures)} of {len(groups)} partitions did not take their records: {failures[0]!r}"
            ) from failures[0]

    async def _send_group(self, topic: str, partition: int, records: Sequence[Outgoing]) -> None:
        producer = self._ensure_producer()
        limit = self.app.conf.producer_max_batch_size
        pending = []
        batch = OutgoingBatch(limit)
        for _, _, key, value, headers in records:
            if batch.append(key=key, value=value, headers=headers or ()) is None:
                pending.append(await producer.send_batch(batch, topic, partition=partition))
                batch = OutgoingBatch(limit)
                batch.append(key=key, value=value, headers=headers or ())
        batch.close()
        pending.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*pending)

    async def flush(self) -> None:
        """As the stock one, but given up when the broker is gone while the worker stops."""
        if not self.app.should_stop:
            await super().flush()
            return
        try:
            await asyncio.wait_for(super().flush(), _STOP_SECONDS)
        except TimeoutError:
            self.log.warning("The broker did not take all records before the worker stopped")

    async def on_stop(self) -> None:
        try:
            await asyncio.wait_for(super().on_stop(), _STOP_SECONDS)
        except TimeoutError:
            self.log.warning("The producer was stopped with records in flight")
