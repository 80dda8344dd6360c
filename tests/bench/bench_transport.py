"""Raw records a second: bare aiokafka, the batched transport, stock Faust; one broker, one run.

``python -m tests.bench.bench_transport [--bootstrap HOST:PORT] [--records N] [--rounds N]``
"""

import argparse
import asyncio
import json
import logging
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import faust
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from streams.transport import BatchedApp, serve, tune
from streams.transport.defaults import broker_url, faust_settings

PARTITIONS = 4
SIZE = 176
#: Stock Faust gets a smaller topic: it would take minutes for the large one.
STOCK_SHARE = 25
TIMEOUT = 120.0
PATHS = ("bare aiokafka", "batched", "stock Faust", "stock Faust, our settings, uvloop")


def value(number: int) -> bytes:
    event = {
        "id": f"{number:016x}",
        "type": "click",
        "actor_id": f"u{number % 9973:08d}",
        "target_id": f"c{number % 997:06d}",
        "ts": 1_760_000_000_000 + number,
        "ip": "10.1.2.3",
        "ua": "",
    }
    text = json.dumps(event)
    return (text[:-2] + "x" * (SIZE - len(text)) + '"}').encode()


async def produce(bootstrap: str, topic: str, count: int) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, compression_type="lz4", max_batch_size=262_144, acks="all"
    )
    await producer.start()
    try:
        await producer.partitions_for(topic)
        for partition in range(PARTITIONS):
            batch = producer.create_batch()
            for number in range(partition, count, PARTITIONS):
                payload = value(number)
                if batch.append(timestamp=None, key=None, value=payload) is None:
                    await producer.send_batch(batch, topic, partition=partition)
                    batch = producer.create_batch()
                    batch.append(timestamp=None, key=None, value=payload)
            await producer.send_batch(batch, topic, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()


async def bare(bootstrap: str, topic: str, count: int) -> "Meter":
    """The floor: `getmany` in a loop, with the same fetch settings."""
    settings = faust_settings()
    meter = Meter(count)
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=f"bare-{uuid4().hex[:8]}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=settings["broker_max_poll_records"],
        max_partition_fetch_bytes=settings["consumer_max_fetch_size"],
    )
    await consumer.start()
    try:
        while not meter.done.is_set():
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                meter.add(len(records))
    finally:
        await consumer.stop()
    return meter


async def batched(bootstrap: str, topic: str, count: int) -> "Meter":
    app = BatchedApp(f"batched-{uuid4().hex[:8]}", bootstrap)
    meter = Meter(count)

    @app.agent(app.batches(topic))
    async def read(stream: Any) -> None:
        async for batch in stream:
            meter.add(len(batch.records))

    if await asyncio.wait_for(serve(app, meter.done), TIMEOUT):
        raise RuntimeError("the worker failed")
    return meter


async def stock(bootstrap: str, topic: str, count: int, **options: Any) -> "Meter":
    """A raw agent of Faust's own."""
    app = faust.App(
        f"stock-{uuid4().hex[:8]}",
        **{
            "broker": broker_url(bootstrap),
            "consumer_auto_offset_reset": "earliest",
            "datadir": tempfile.mkdtemp(prefix="detector-bench-"),
            "topic_disable_leader": True,
            "web_enabled": False,
            **options,
        },
    )
    meter = Meter(count)

    @app.agent(app.topic(topic, value_type=bytes, value_serializer="raw"))
    async def read(stream: Any) -> None:
        async for _ in stream:
            meter.add(1)

    await app.start()
    try:
        await asyncio.wait_for(meter.done.wait(), TIMEOUT)
    finally:
        await app.stop()
    return meter


class Meter:
    """Records a second, and CPU a record, from the first record to the last."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.seen = 0
        self.begin = (0.0, 0.0)
        self.end = (0.0, 0.0)
        self.done = asyncio.Event()

    def add(self, number: int) -> None:
        if not self.seen:
            self.begin = (time.perf_counter(), time.process_time())
        self.seen += number
        if self.seen >= self.count and not self.done.is_set():
            self.end = (time.perf_counter(), time.process_time())
            self.done.set()

    @property
    def rate(self) -> float:
        return self.seen / (self.end[0] - self.begin[0])

    @property
    def cpu(self) -> float:
        """Microseconds of CPU a record, all threads."""
        return 1e6 * (self.end[1] - self.begin[1]) / self.seen


def fresh(work: Coroutine[Any, Any, Any], loop: Callable[[], asyncio.AbstractEventLoop] | None = None) -> Any:
    with asyncio.Runner(loop_factory=loop or uvloop.new_event_loop) as runner:
        return runner.run(work)


@contextmanager
def some_broker(bootstrap: str | None) -> Iterator[str]:
    if bootstrap:
        yield bootstrap
        return
    from streams import broker as local

    with tempfile.TemporaryDirectory(prefix="detector-bench-") as folder:
        try:
            yield local.start(Path(folder)).bootstrap
        finally:
            local.stop(Path(folder))


def measure(bootstrap: str, records: int, rounds: int) -> dict[str, Any]:
    large, small = (f"bench.{uuid4().hex[:8]}.{name}" for name in ("large", "small"))
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in (large, small)])
        fresh(produce(bootstrap, large, records))
        fresh(produce(bootstrap, small, records // STOCK_SHARE))
        meters: dict[str, list[Meter]] = {name: [] for name in PATHS}
        for _ in range(rounds):
            meters["bare aiokafka"].append(fresh(bare(bootstrap, large, records)))
            meters["batched"].append(fresh(batched(bootstrap, large, records)))
            # As it comes: its own settings, asyncio's loop.
            few = records // STOCK_SHARE
            meters["stock Faust"].append(fresh(stock(bootstrap, small, few), asyncio.new_event_loop))
            tuned = stock(bootstrap, small, few, **faust_settings())
            meters["stock Faust, our settings, uvloop"].append(fresh(tuned))
        admin.delete_topics([large, small])
    finally:
        admin.close()
    best = {name: max(meter.rate for meter in found) for name, found in meters.items()}
    return {
        "records": records,
        "bytes_per_record": SIZE,
        "records_per_second": {name: round(rate) for name, rate in best.items()},
        "all_rounds": {name: [round(meter.rate) for meter in found] for name, found in meters.items()},
        "cpu_us_per_record": {
            name: round(min(meter.cpu for meter in found), 2) for name, found in meters.items()
        },
        "batched_to": {
            name: round(best["batched"] / rate, 2) for name, rate in best.items() if name != "batched"
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap")
    parser.add_argument("--records", type=int, default=1_500_000)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    tune()
    with some_broker(arguments.bootstrap) as bootstrap:
        print(json.dumps(measure(bootstrap, arguments.records, arguments.rounds), indent=2))


if __name__ == "__main__":
    main()
