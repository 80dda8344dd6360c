"""`detector run` over topics that were filled beforehand: events a second from Kafka to flags on Kafka."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from config.settings import Settings
from streams import topics
from streams.broker import Broker
from streams.pipeline.wire import decode
from tests.bench.brokers import fill, fresh, pin
from tests.bench.worlds import World, closing
from tests.integration.worker_process import WorkerProcess

PARTITIONS = 2
SHARDS = 4
TIMEOUT = 120.0
# How late the end may be noticed, ms: until then records are not worth an answer of the broker. It is dated
# by the record that says it.
_NOTICE_MS, _NOTICE_BYTES = 100, 64 << 20
_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of one or more workers has shown.

    Attributes:
        seconds: from the first word of a worker that has its partitions, to when all stages but that of the
            cases, which has little to do, had worked off the last tick.
        events: worked off in that time.
        cpu: processor seconds of all workers in that time.
        broker_cpu: of the broker.
        stages: seconds by stage, as the workers' metrics have them.
    """

    seconds: float
    events: int
    cpu: float
    broker_cpu: float
    stages: Mapping[str, float]

    @property
    def rate(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_each(self) -> float:
        """Microseconds of the workers' processor time an event."""
        return 1e6 * self.cpu / self.events

    @property
    def broker_each(self) -> float:
        """The broker's."""
        return 1e6 * self.broker_cpu / self.events


def prepare(bootstrap: str, world: World) -> str:
    """Makes all topics under a prefix of their own, fills those of events, and returns the prefix.

    Each partition ends with an event two hours after all others, which closes every tick before it.
    """
    prefix = f"bench.{uuid4().hex[:8]}."
    names = topics.TopicNames(prefix)
    topics.provision(bootstrap, names, SHARDS, PARTITIONS)
    content = {
        topic: [
            [*world.by_type.get(kind, ())[part::PARTITIONS], closing(kind, part, world.last + 2 * _HOUR)]
            for part in range(PARTITIONS)
        ]
        for kind, topic in names.events.items()
    }
    fresh(fill(bootstrap, content))
    return prefix


def run(
    broker: Broker,
    world: World,
    folder: Path,
    cores: Sequence[int],
) -> Run:
    """Lets one worker a core, kept there, work through the world.

    Raises:
        TimeoutError: they do not come to the end.
    """
    prefix = prepare(broker.bootstrap, world)
    with ExitStack() as stack:
        workers = []
        for number, core in enumerate(cores):
            options = ("--bootstrap", broker.bootstrap, "--topic-prefix", prefix, "--group", prefix)
            worker = WorkerProcess(folder / f"{prefix}{number}.log", *options)
            workers.append(stack.enter_context(worker))
            pin(worker.process.pid, {core})
        try:
            done = fresh(_watch(broker, prefix, workers, world.last))
        except TimeoutError as error:
            raise TimeoutError("\n".join(worker.log[-2000:] for worker in workers)) from error
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.wait(TIMEOUT)
    return done


async def _watch(broker: Broker, prefix: str, workers: list[WorkerProcess], last: int) -> Run:
    """Sees the beginning and the end in what the stages send one another."""
    names = topics.TopicNames(prefix)
    processes = [psutil.Process(pid) for pid in (broker.pid, *(one.process.pid for one in workers))]

    def spent() -> np.ndarray:
        return np.array([sum(process.cpu_times()[:2]) for process in processes])

    async with asyncio.timeout(TIMEOUT):
        async with _reader(broker.bootstrap, names.internal("actors"), SHARDS) as first:
            began = (await first.getone()).timestamp
        before = spent()
        options = {"fetch_max_wait_ms": _NOTICE_MS, "fetch_min_bytes": _NOTICE_BYTES}
        async with _reader(broker.bootstrap, names.internal("cases"), 1, **options) as words:
            ended = await _end(words, last)
        used = spent() - before
    views = [worker.get("/metrics")[1] for worker in workers]
    events = sum(sum(_values(view, "detector_events_total").values()) for view in views)
    return Run((ended - began) / 1000, int(events), float(used[1:].sum()), float(used[0]), _stages(views))


@asynccontextmanager
async def _reader(
    bootstrap: str, topic: str, partitions: int, **options: int
) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", **options)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
        yield consumer
    finally:
        await consumer.stop()


async def _end(words: AIOKafkaConsumer, last: int) -> int:
    """When every source of the cases' stage had come past the last event, in ms since 1970."""
    tick, left = last // (Settings().tick_seconds * 1000), {f"subjects/{i}" for i in range(SHARDS)}
    left |= {"contents/0", "company/0"}
    ended = 0
    while left:
        record = await words.getone()
        message = decode(record.value).message
        if message.upto >= tick and message.source in left:
            left.remove(message.source)
            ended = max(ended, record.timestamp)
    return ended


def _stages(views: list[str]) -> dict[str, float]:
    stages: dict[str, float] = {}
    for view in views:
        for labels, seconds in _values(view, "detector_stage_duration_seconds_sum").items():
            stage = labels.removeprefix('stage="').removesuffix('"')
            stages[stage] = stages.get(stage, 0.0) + seconds
    return stages


def _values(view: str, name: str) -> dict[str, float]:
    """The samples of a metric by its labels."""
    pattern = re.compile(rf"^{name}\{{(.*)\}} (\S+)", re.MULTILINE)
    return {labels: float(value) for labels, value in pattern.findall(view)}
