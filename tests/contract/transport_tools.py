"""What the transport's contract is tested with: topics, records, workers in this process or another."""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.types import TP
from kafka.admin import KafkaAdminClient, NewTopic

from streams.transport import BatchedApp, RecordBatch, serve

#: Longest that any test may wait for what must happen, seconds.
PATIENCE = 30.0


def on_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test on a fresh loop, for a bounded time."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(asyncio.wait_for(test(*args, **kwargs), 4 * PATIENCE))

    return run


def create_topic(bootstrap: str, topic: str, partitions: int = 1, **configs: str) -> str:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.create_topics(
            [
                NewTopic(
                    topic,
                    partitions,
                    1,
                    topic_configs={name.replace("_", "."): value for name, value in configs.items()},
                )
            ]
        )
        admin.wait_for_topics([topic])
    finally:
        admin.close()
    return topic


async def produce(
    bootstrap: str, topic: str, partition: int, values: Sequence[bytes], compression: str | None = None
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=compression, acks="all")
    await producer.start()
    try:
        sent = [await producer.send(topic, value, partition=partition) for value in values]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def read_all(bootstrap: str, topic: str, count: int) -> list[Any]:
    """So many records of a topic, read without Faust."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        return [await asyncio.wait_for(consumer.getone(), PATIENCE) for _ in range(count)]
    finally:
        await consumer.stop()


async def stored_commit(bootstrap: str, group: str, tp: TP) -> tuple[int, str] | None:
    """What the broker has stored for a group, asked from outside of it."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        found = await consumer._coordinator.fetch_committed_offsets([TopicPartition(*tp)])
    finally:
        await consumer.stop()
    value: OffsetAndMetadata | None = found.get(TopicPartition(*tp))
    return None if value is None else (value.offset, value.metadata)


def new_app(bootstrap: str, group: str, **options: Any) -> BatchedApp:
    """An app that notices rebalances and dead members fast."""
    fast = {"broker_session_timeout": 6.0, "broker_heartbeat_interval": 0.3, "broker_max_poll_records": 100}
    return BatchedApp(group, bootstrap, **{**fast, **options})


class Log:
    """The batches an agent got, and a way to wait for them."""

    def __init__(self) -> None:
        self.batches: list[RecordBatch] = []
        self._values: list[bytes] = []
        self._changed = asyncio.Condition()

    async def add(self, batch: RecordBatch) -> None:
        async with self._changed:
            self.batches.append(batch)
            self._values += batch.records.values  # type: ignore[arg-type]
            self._changed.notify_all()

    def offsets(self, topic: str | None = None) -> dict[int, list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        for batch in self.batches:
            if topic is None or batch.tp.topic == topic:
                found[batch.tp.partition] += batch.records.offsets.tolist()
        return dict(found)

    def values(self) -> list[bytes]:
        return self._values

    async def until(self, condition: Callable[["Log"], bool]) -> None:
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(lambda: condition(self)), PATIENCE)

    async def count(self, number: int) -> None:
        await self.until(lambda log: len(log.values()) >= number)


def reading(app: BatchedApp, *topics: str, commit: bool = True) -> Log:
    """Give the app an agent that logs batches and commits them."""
    log = Log()

    @app.agent(app.batches(*topics), name=f"{app.conf.id}-{topics[0]}")
    async def read(stream: Any) -> None:
        async for batch in stream:
            if commit:
                await app.commit({batch.tp: (batch.next_offset, "")}, batch.generation)
            await log.add(batch)

    return log


class Running:
    """A worker in this loop."""

    def __init__(self, app: BatchedApp) -> None:
        self._stop = asyncio.Event()
        self.task = asyncio.create_task(serve(app, self._stop, connect_seconds=PATIENCE, stop_seconds=20))

    async def stop(self) -> int:
        self._stop.set()
        return await asyncio.wait_for(self.task, PATIENCE)


@asynccontextmanager
async def running(app: BatchedApp) -> AsyncIterator[Running]:
    worker = Running(app)
    try:
        yield worker
    finally:
        await worker.stop()


class Process:
    """A worker of `transport_worker` in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []

    async def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        text = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
        assert text, "the worker ended"
        self.lines.append(json.loads(text))
        return self.lines[-1]

    async def ended(self) -> int:
        """Read what is left; the exit code."""
        assert self.process.stdout is not None
        rest = await asyncio.wait_for(self.process.stdout.read(), PATIENCE)
        self.lines += [json.loads(text) for text in rest.splitlines()]
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


@asynccontextmanager
async def process(bootstrap: str, group: str, topic: str, mode: str) -> AsyncIterator[Process]:
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.contract.transport_worker", bootstrap, group, topic, mode),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    worker = Process(started)
    try:
        yield worker
    finally:
        if started.returncode is None:
            started.kill()
            await worker.ended()
