"""Raw records a second: bare aiokafka, the batched transport, stock Faust; one broker, one run.

``python -m tests.bench.bench_transport [--bootstrap HOST:PORT] [--records N] [--rounds N]``
"""

import argparse
import asyncio
import json
import logging
import tempfile
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import faust
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from streams.transport import BatchedApp, serve
from streams.transport.defaults import broker_url, faust_settings

PARTITIONS = 4
SIZE = 176
#: Stock Faust gets a smaller topic: it would take minutes for the large one.
STOCK_SHARE = 25
TIMEOUT = 120.0


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


async def bare(bootstrap: str, topic: str, count: int) -> float:
    """The floor: `getmany` in a loop, with the same fetch settings."""
    settings = faust_settings()
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
        seen = 0
        begin = 0.0
        while seen < count:
            fetched = await consumer.getmany(timeout_ms=1000)
            begin = begin or time.perf_counter()
            seen += sum(map(len, fetched.values()))
        return seen / (time.perf_counter() - begin)
    finally:
        await consumer.stop()


async def batched(bootstrap: str, topic: str, count: int) -> float:
    app = BatchedApp(f"batched-{uuid4().hex[:8]}", bootstrap)
    meter = Meter(count)

    @app.agent(app.batches(topic))
    async def read(stream: Any) -> None:
        async for batch in stream:
            meter.add(len(batch.records))

    if await asyncio.wait_for(serve(app, meter.done), TIMEOUT):
        raise RuntimeError("the worker failed")
    return meter.rate()


async def stock(bootstrap: str, topic: str, count: int) -> float:
    options = {**faust_settings(), "broker": broker_url(bootstrap), "datadir": tempfile.gettempdir()}
    app = faust.App(f"stock-{uuid4().hex[:8]}", **options)
    meter = Meter(count)

    @app.agent(app.topic(topic, value_type=bytes, value_serializer="raw"))
    async def read(stream: Any) -> None:
        async for _ in stream:
            meter.add(1)

    await app.start()
    try:
        await asyncio.wait_for(meter.done.wait(), TIMEOUT)
        return meter.rate()
    finally:
        await app.stop()


class Meter:
    """Rate from the first to the last record."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.seen = 0
        self.begin = 0.0
        self.end = 0.0
        self.done = asyncio.Event()

    def add(self, number: int) -> None:
        self.begin = self.begin or time.perf_counter()
        self.seen += number
        if self.seen >= self.count:
            self.end = time.perf_counter()
            self.done.set()

    def rate(self) -> float:
        return self.seen / (self.end - self.begin)


def fresh(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
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
        results: dict[str, list[float]] = {"bare aiokafka": [], "batched": [], "stock Faust": []}
        for _ in range(rounds):
            results["bare aiokafka"].append(fresh(bare(bootstrap, large, records)))
            results["batched"].append(fresh(batched(bootstrap, large, records)))
            results["stock Faust"].append(fresh(stock(bootstrap, small, records // STOCK_SHARE)))
        admin.delete_topics([large, small])
    finally:
        admin.close()
    best = {name: max(rates) for name, rates in results.items()}
    return {
        "records": records,
        "bytes_per_record": SIZE,
        "records_per_second": {name: round(rate) for name, rate in best.items()},
        "all_rounds": {name: [round(rate) for rate in rates] for name, rates in results.items()},
        "batched_to_bare": round(best["batched"] / best["bare aiokafka"], 2),
        "batched_to_stock": round(best["batched"] / best["stock Faust"], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap")
    parser.add_argument("--records", type=int, default=1_500_000)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    with some_broker(arguments.bootstrap) as bootstrap:
        print(json.dumps(measure(bootstrap, arguments.records, arguments.rounds), indent=2))


if __name__ == "__main__":
    main()
