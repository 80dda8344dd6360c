"""Simulated events sent to Kafka at a multiple of real time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaProducer

# Events whose time has come are sent in slices of so many seconds.
SLICE = 0.05


class Feed:
    """Sends events in the order given, each when its time has come.

    Args:
        client: arguments of aiokafka's clients.
        topics: topic of each type of event.
        speed: event time a second of real time.

    Attributes:
        sent: events sent so far.
        now: event time reached, ms.
    """

    def __init__(self, client: Mapping[str, Any], topics: Mapping[str, str], speed: float) -> None:
        self._client, self._topics, self._speed = client, topics, speed
        self.sent = 0
        self.now = 0

    async def send(
        self, events: Iterable[tuple[int, str, bytes]], start: int, on_slice: Callable[[], None]
    ) -> None:
        """Sends them all and waits until the broker has stored them.

        Args:
            events: (ts in ms, type, JSON), in the order of arrival.
            start: when the clock starts, ms; what happened before is sent at once.
            on_slice: called after each slice.

        Raises:
            aiokafka.errors.KafkaError: the broker does not take them.
        """
        loop = asyncio.get_running_loop()
        producer = AIOKafkaProducer(**self._client, acks="all", compression_type="lz4", linger_ms=20)
        await producer.start()
        try:
            started = loop.time()
            for ts, kind, value in events:
                due = started + (ts - start) / 1000 / self._speed
                if due > loop.time() + SLICE:
                    on_slice()
                    await asyncio.sleep(due - loop.time())
                await producer.send(self._topics[kind], value)
                self.sent += 1
                self.now = max(self.now, ts)
            await producer.flush()
            on_slice()
        finally:
            await producer.stop()
