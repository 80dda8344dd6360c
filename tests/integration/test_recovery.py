"""Workers and brokers die at any moment; the flags stay those of an undisturbed run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from streams import broker as local
from streams.broker import Broker
from tests.integration.pipeline_tools import (
    Events,
    Reader,
    ToySettings,
    in_process,
    make_events,
    on_loop,
    produce,
    send,
    settings_of,
    with_end,
    worker,
)

pytestmark = pytest.mark.integration

KILLS = 10


def same(flags: Reader, events: Events) -> Callable[[], bool]:
    """Whether all flags are there, and none that should not be; the same one may have come again."""
    expected = {(key.encode(), flag) for key, flag in in_process(events, ToySettings(), ended=False)}

    def check() -> bool:
        found = {(record.key, record.value) for record in flags.records}
        assert found <= expected, sorted(found - expected)[:3]
        return found == expected

    return check


@on_loop
async def test_killed_at_random_moments(broker: Broker, prefix: str) -> None:
    random = Random(20)
    events = with_end(make_events(20, 12_000, seconds=400))
    names = await produce(broker.bootstrap, prefix, events)
    settings = settings_of(broker.bootstrap, prefix, max_poll_records=100, idle_seconds=600.0)
    kills = 0
    async with Reader(broker.bootstrap, names.sanctions) as flags:
        check = same(flags, events)
        while kills < KILLS:
            async with worker(settings) as one:
                # From its first commit or batch on, into a recovery, or far into the work.
                assert await one.lines(random.choice((1, 5, 20, 60, 150, 300)))
                await one.kill()
                kills += 1
        async with worker(settings) as one:
            await one.until(b"assigned")
            rest = one.drain()
            await flags.until(check)
            one.process.terminate()
            await one.process.wait()
            await rest
            assert one.process.returncode == 0
        await flags.to_end()
        assert check()


@on_loop
async def test_the_broker_restarts_in_the_middle(broker_folder: Path, prefix: str) -> None:
    own = await asyncio.to_thread(local.start, broker_folder)
    events = with_end(make_events(21, 6000, seconds=200))
    names = await produce(own.bootstrap, prefix, events)
    settings = settings_of(own.bootstrap, prefix, max_poll_records=100, idle_seconds=600.0)
    async with worker(settings) as one:
        await one.until(b"checkpoint 'cases'")
        rest = one.drain()
        await asyncio.to_thread(local.kill, broker_folder)
        own = await asyncio.to_thread(local.start, broker_folder)
        async with Reader(own.bootstrap, names.sanctions) as flags:
            check = same(flags, events)
            await flags.until(check)
            one.process.terminate()
            await one.process.wait()
            await rest
            assert one.process.returncode == 0
            await flags.to_end()
            assert check()


@on_loop
async def test_a_second_worker_comes_and_goes(broker: Broker, prefix: str) -> None:
    events = with_end(make_events(22, 6000, seconds=200))
    half = {where: values[: (len(values) + 1) // 2] for where, values in events.items()}
    rest_of = {where: values[(len(values) + 1) // 2 :] for where, values in events.items()}
    names = await produce(broker.bootstrap, prefix, half)
    settings = settings_of(broker.bootstrap, prefix, max_poll_records=100, idle_seconds=600.0)
    async with Reader(broker.bootstrap, names.sanctions) as flags, worker(settings, "one") as one:
        check = same(flags, events)
        await one.until(b"checkpoint 'cases'")
        reading = one.drain()
        async with worker(settings, "two") as two:
            # It has state of its own to recover, and works on it.
            await two.until(b"recovered")
            await send(broker.bootstrap, names, rest_of)
            await two.until(b"checkpoint")
            assert await two.stop() == 0
        await flags.until(check)
        one.process.terminate()
        await one.process.wait()
        await reading
        assert one.process.returncode == 0
        await flags.to_end()
        assert check()
