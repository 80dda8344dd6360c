"""One delivery at a time, in order, and no error is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from streams.pipeline.outbox import Outbox, Outgoing


def record(n: int) -> Outgoing:
    return ("topic", 0, None, b"%d" % n, None)


def test_the_next_delivery_waits_for_the_one_before() -> None:
    async def run() -> None:
        gate, begun = asyncio.Event(), []

        async def deliver(records: Sequence[Outgoing]) -> None:
            begun.append(records[0][3])
            await gate.wait()

        outbox = Outbox(deliver)
        await outbox.send([record(1)])
        second = asyncio.create_task(outbox.send([record(2)]))
        while not begun:
            await asyncio.sleep(0)
        assert begun == [b"1"]
        gate.set()
        await second
        await outbox.flush()
        assert begun == [b"1", b"2"]

    asyncio.run(run())


def test_a_failed_delivery_is_raised_by_what_comes_next() -> None:
    async def run() -> None:
        async def deliver(records: Sequence[Outgoing]) -> None:
            raise OSError("gone")

        outbox = Outbox(deliver)
        await outbox.send([record(1)])
        with pytest.raises(OSError, match="gone"):
            await outbox.send([record(2)])
        with pytest.raises(OSError, match="gone"):
            await outbox.flush()
        outbox.drop()
        await outbox.flush()

    asyncio.run(run())


def test_who_is_cancelled_does_not_cancel_the_delivery() -> None:
    async def run() -> None:
        gate, done = asyncio.Event(), []

        async def deliver(records: Sequence[Outgoing]) -> None:
            await gate.wait()
            done.append(records)

        outbox = Outbox(deliver)
        await outbox.send([record(1)])
        waiting = asyncio.create_task(outbox.flush())
        await asyncio.sleep(0)
        waiting.cancel()
        gate.set()
        await outbox.flush()
        assert len(done) == 1

    asyncio.run(run())
