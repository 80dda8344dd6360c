"""Events on Kafka in, flags on Kafka out: those of a run in one process, whatever happens on the way."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections import Counter
from time import monotonic

import pytest

from streams.broker import Broker
from tests.integration.pipeline_tools import (
    Reader,
    ToySettings,
    in_process,
    make_events,
    on_loop,
    produce,
    send,
    settings_of,
    worker,
)

pytestmark = pytest.mark.integration


@on_loop
async def test_the_flags_are_those_of_a_run_in_one_process(broker: Broker, prefix: str) -> None:
    events = make_events(1, 4000)
    expected = in_process(events, ToySettings())
    names = await produce(broker.bootstrap, prefix, events)
    async with (
        worker(settings_of(broker.bootstrap, prefix)) as one,
        Reader(broker.bootstrap, names.sanctions) as flags,
    ):
        rest = one.drain()
        await flags.until(lambda: len(flags.records) >= len(expected))
        began = monotonic()
        one.process.terminate()
        await asyncio.wait_for(one.process.wait(), 20)
        assert one.process.returncode == 0
        assert monotonic() - began < 5
        await flags.to_end()
        told = (await rest).decode()
    assert [(record.key.decode(), record.value) for record in flags.records] == expected
    assert "checkpoint 'cases' 0" in told


@on_loop
async def test_bad_records_are_dead_letters_with_their_place(broker: Broker, prefix: str) -> None:
    events = make_events(2, 1500)
    bad: dict[tuple[str, int, int], bytes] = {}
    for (kind, partition), values in events.items():
        for at in range(3, len(values), 7):
            values.insert(at, b"{%d" % at)
            bad[f"{prefix}events.{kind}s", partition, at] = values[at]
    good = {where: [v for v in values if v.endswith(b"}")] for where, values in events.items()}
    expected = in_process(good, ToySettings())
    names = await produce(broker.bootstrap, prefix, events)
    async with (
        worker(settings_of(broker.bootstrap, prefix)) as one,
        Reader(broker.bootstrap, names.sanctions) as flags,
        Reader(broker.bootstrap, names.dead_letter) as dead,
    ):
        rest = one.drain()
        await flags.until(lambda: len(flags.records) >= len(expected))
        await dead.until(lambda: len(dead.records) >= len(bad))
        one.process.terminate()
        await one.process.wait()
        await dead.to_end()
        told = (await rest).decode().splitlines()
    letters = [json.loads(record.value) for record in dead.records]
    assert {(one["topic"], one["partition"], one["offset"]): b64decode(one["raw"]) for one in letters} == bad
    assert len(letters) == len(bad)
    assert Counter(record.value for record in flags.records) == Counter(flag for _, flag in expected)
    assert sum(int(line.split()[-1]) for line in told if line.startswith("invalid ")) == len(bad)


@on_loop
async def test_a_topic_filled_later_and_a_stop_between_lose_nothing(broker: Broker, prefix: str) -> None:
    events = make_events(3, 2000, seconds=60)
    first = {where: values[: len(values) // 2] for where, values in events.items()}
    second = {where: values[len(values) // 2 :] for where, values in events.items()}
    expected = in_process(events, ToySettings())
    names = await produce(broker.bootstrap, prefix, first)
    # Nothing rests in between, so the cut between the two halves cannot show.
    settings = settings_of(broker.bootstrap, prefix, idle_seconds=4.0)
    async with Reader(broker.bootstrap, names.sanctions) as flags:
        async with worker(settings) as one:
            await one.until(b"checkpoint 'actors'")
            assert await one.stop() == 0
        await send(broker.bootstrap, names, second)
        async with worker(settings) as one:
            rest = one.drain()
            await flags.until(lambda: len(flags.records) >= len(expected))
            await flags.to_end()
            await one.kill()
            await rest
    assert [(record.key.decode(), record.value) for record in flags.records] == expected


@on_loop
async def test_after_a_rest_and_an_outage_nothing_is_late(broker: Broker, prefix: str) -> None:
    first = make_events(4, 1000, seconds=60)
    second = make_events(5, 3000, seconds=60, start=300)
    # Before the outage some partitions rest; after it, all have to be caught up with.
    both = {where: first.get(where, []) + second.get(where, []) for where in second}
    expected = in_process(both, ToySettings())
    names = await produce(broker.bootstrap, prefix, first)
    settings = settings_of(broker.bootstrap, prefix, max_poll_records=50)
    async with Reader(broker.bootstrap, names.sanctions) as flags:
        async with worker(settings) as one:
            rest = one.drain()
            before = len(in_process(first, ToySettings()))
            await flags.until(lambda: len(flags.records) >= before)
            one.process.terminate()
            await one.process.wait()
            await rest
        await send(broker.bootstrap, names, second)
        async with worker(settings) as one:
            rest = one.drain()
            await flags.until(lambda: len(flags.records) >= len(expected))
            await flags.to_end()
            await one.kill()
            assert b"late" not in await rest
    assert [(record.key.decode(), record.value) for record in flags.records] == expected
