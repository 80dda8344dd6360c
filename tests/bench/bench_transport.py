"""Raw records a second: bare aiokafka, the batched transport, stock Faust; one broker, one run.

``python -m tests.bench.bench_transport [--bootstrap HOST:PORT] [--records N] [--rounds N]``
"""

import argparse
import asyncio
import json
import logging
from typing import Any
from uuid import uuid4

import numpy as np
from aiokafka import AIOKafkaConsumer
from kafka.admin import KafkaAdminClient, NewTopic
from numba import njit

from streams.transport import BatchedApp, serve, tune
from streams.transport.defaults import faust_settings
from tests.bench.brokers import fill, fresh, some_broker
from tests.bench.meter import Meter
from tests.bench.stock import stock

PARTITIONS = 4
SIZE = 176
#: Stock Faust gets a smaller topic: it would take minutes for the large one.
STOCK_SHARE = 25
TIMEOUT = 120.0
PATHS = (
    "bare aiokafka",
    "batched",
    "batched, an object each",
    "stock Faust",
    "stock Faust, our settings, uvloop",
)


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


def spread(count: int) -> list[list[bytes]]:
    """The records of each partition."""
    return [[value(number) for number in range(part, count, PARTITIONS)] for part in range(PARTITIONS)]


async def bare(bootstrap: str, topic: str, count: int) -> Meter:
    """The floor: `getmany` in a loop, with the same fetch settings. It makes an object of every record, and
    they are only counted."""
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


async def batched(bootstrap: str, topic: str, records: list[list[bytes]]) -> Meter:
    """Our way, the offset and every byte of the value of each record read in a kernel: nothing may be left
    undone because nobody looks at it. Raises RuntimeError when the sum of them is not that of `records`."""
    app = BatchedApp(f"batched-{uuid4().hex[:8]}", bootstrap)
    meter, total = Meter(sum(map(len, records))), 0
    _sum(np.zeros(1, np.uint8), *np.zeros((3, 1), np.int64))

    @app.agent(app.batches(topic))
    async def read(stream: Any) -> None:
        nonlocal total
        async for batch in stream:
            values = batch.records.values
            total += _sum(values.buffer, batch.records.offsets, values.starts, values.lengths)
            meter.add(len(batch.records))

    if await asyncio.wait_for(serve(app, meter.done), TIMEOUT):
        raise RuntimeError("the worker failed")
    content = sum(int(np.frombuffer(b"".join(part), np.uint8).sum(dtype=np.int64)) for part in records)
    if total != content + sum(len(part) * (len(part) - 1) // 2 for part in records):
        raise RuntimeError("what was read is not what was sent")
    return meter


async def objects(bootstrap: str, topic: str, count: int) -> Meter:
    """Our way, and then an object of every record, as aiokafka makes them."""
    app = BatchedApp(f"objects-{uuid4().hex[:8]}", bootstrap)
    meter = Meter(count)

    @app.agent(app.batches(topic))
    async def read(stream: Any) -> None:
        async for batch in stream:
            meter.add(len(list(batch.records)))

    if await asyncio.wait_for(serve(app, meter.done), TIMEOUT):
        raise RuntimeError("the worker failed")
    return meter


@njit  # type: ignore[untyped-decorator]
def _sum(buffer: np.ndarray, offsets: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> int:
    """Of all offsets, and of all bytes of all values."""
    total = 0
    for i in range(len(starts)):
        total += offsets[i]
        for at in range(starts[i], starts[i] + lengths[i]):
            total += buffer[at]
    return total


def measure(bootstrap: str, records: int, rounds: int) -> dict[str, Any]:
    large, small = (f"bench.{uuid4().hex[:8]}.{name}" for name in ("large", "small"))
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in (large, small)])
        sent = spread(records)
        fresh(fill(bootstrap, {large: sent}))
        fresh(fill(bootstrap, {small: spread(records // STOCK_SHARE)}))
        meters: dict[str, list[Meter]] = {name: [] for name in PATHS}
        for _ in range(rounds):
            meters["bare aiokafka"].append(fresh(bare(bootstrap, large, records)))
            meters["batched"].append(fresh(batched(bootstrap, large, sent)))
            meters["batched, an object each"].append(fresh(objects(bootstrap, large, records)))
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
