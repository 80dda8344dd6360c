"""A broker for a benchmark, and topics filled beforehand."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import psutil
import uvloop
from aiokafka import AIOKafkaProducer

from streams import broker as local
from streams.broker import layout

T = TypeVar("T")

# Workers that start together share the partitions from the first record on, as on a cluster where the group
# waits for them; the product's node does not wait.
_TOGETHER = ("group.initial.rebalance.delay.ms=0", "group.initial.rebalance.delay.ms=5000")

# Linux has files in memory here. A run of a million events leaves about 1 GB in the broker's log.
_MEMORY, _ROOM = "/dev/shm", 9 << 30


@contextmanager
def some_broker(bootstrap: str | None = None) -> Iterator[str]:
    """The address of a broker: the one given, or one of our own, stopped at the end."""
    if bootstrap:
        yield bootstrap
        return
    with own_broker() as started:
        yield started.bootstrap


def in_memory() -> str | None:
    """A folder in memory, if there is room, for a broker's log: disks are not to be measured."""
    try:
        roomy = psutil.disk_usage(_MEMORY).free >= _ROOM
    except OSError:
        return None
    return _MEMORY if roomy and psutil.virtual_memory().available >= 2 * _ROOM else None


@contextmanager
def own_broker() -> Iterator[local.Broker]:
    """A broker of our own, its log in memory where there is room; stopped at the end."""
    settings = layout._PROPERTIES.replace(*_TOGETHER)
    with (
        tempfile.TemporaryDirectory(prefix="detector-bench-", dir=in_memory()) as folder,
        patch.object(layout, "_PROPERTIES", settings),
        local.Guard() as guard,
    ):
        guard.broker(Path(folder))
        try:
            yield local.start(Path(folder))
        finally:
            local.stop(Path(folder))


def pin(pid: int, cores: set[int]) -> None:
    """Keeps a process, all threads of it, on some cores."""
    process = psutil.Process(pid)
    for thread in process.threads():
        psutil.Process(thread.id).cpu_affinity(sorted(cores))


def fresh(work: Coroutine[Any, Any, T], loop: Callable[[], asyncio.AbstractEventLoop] | None = None) -> T:
    """Runs a coroutine on a loop of its own."""
    with asyncio.Runner(loop_factory=loop or uvloop.new_event_loop) as runner:
        return runner.run(work)


async def fill(bootstrap: str, topics: Mapping[str, Sequence[Sequence[bytes]]]) -> None:
    """Sends the records of each partition of each topic."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, compression_type="lz4", max_batch_size=262_144, acks="all"
    )
    await producer.start()
    try:
        for topic, partitions in topics.items():
            await producer.partitions_for(topic)
            for partition, records in enumerate(partitions):
                batch = producer.create_batch()
                for record in records:
                    if batch.append(timestamp=None, key=None, value=record) is None:
                        await producer.send_batch(batch, topic, partition=partition)
                        batch = producer.create_batch()
                        batch.append(timestamp=None, key=None, value=record)
                await producer.send_batch(batch, topic, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()
