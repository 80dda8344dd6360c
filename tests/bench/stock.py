"""A stock Faust agent, one record at a time.

`python -m tests.bench.stock BOOTSTRAP TOPIC COUNT CORE [decode]`

It has Faust's own settings and asyncio's loop. With `decode` it decodes each record with msgspec to a Struct
of the events' schema and does nothing else. Prints records a second, and microseconds of processor time each.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from typing import Any
from uuid import uuid4

import faust
import msgspec

from detector.events.schema import AnyEvent
from streams.transport.defaults import broker_url
from tests.bench.brokers import fresh
from tests.bench.meter import Meter

TIMEOUT = 120.0


async def stock(bootstrap: str, topic: str, count: int, *, decode: bool = False, **options: Any) -> Meter:
    """Reads so many records of a topic.

    Args:
        decode: whether each is decoded.
        options: of Faust, over its own.
    """
    with tempfile.TemporaryDirectory(prefix="detector-bench-") as folder:
        app = faust.App(
            f"stock-{uuid4().hex[:8]}",
            **{
                "broker": broker_url(bootstrap),
                "consumer_auto_offset_reset": "earliest",
                "datadir": folder,
                "topic_disable_leader": True,
                "web_enabled": False,
                **options,
            },
        )
        meter = Meter(count)
        one = msgspec.json.Decoder(AnyEvent).decode

        @app.agent(app.topic(topic, value_type=bytes, value_serializer="raw"))
        async def read(stream: Any) -> None:
            async for value in stream:
                if decode:
                    one(value)
                meter.add(1)

        await app.start()
        try:
            await asyncio.wait_for(meter.done.wait(), TIMEOUT)
        finally:
            await app.stop()
    return meter


def main(bootstrap: str, topic: str, count: str, core: str, *wishes: str) -> None:
    logging.basicConfig(level=logging.ERROR)
    os.sched_setaffinity(0, {int(core)})
    work = stock(bootstrap, topic, int(count), decode="decode" in wishes)
    meter = fresh(work, asyncio.new_event_loop)
    print(meter.rate, meter.cpu)


if __name__ == "__main__":
    main(*sys.argv[1:])
