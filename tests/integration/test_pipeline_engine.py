"""The real stages: a simulated platform through Kafka gives the flags of a replay, byte for byte."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from detector.replay import replay
from detector.simulate import SimulateConfig, simulate
from detector.warm import events as warm_events
from streams.broker import Broker
from streams.engine import engine_settings
from tests.integration.pipeline_tools import (
    PARTITIONS,
    Events,
    Reader,
    on_loop,
    produce,
    settings_of,
    worker,
)

pytestmark = pytest.mark.integration


def by_partition(lines: list[bytes]) -> Events:
    """The events by type, those of an actor in one partition."""
    events: defaultdict[tuple[str, int], list[bytes]] = defaultdict(list)
    for line in lines:
        one = json.loads(line)
        key = str(one.get("actor", one["id"]))
        events[one["type"], Random(key).randrange(PARTITIONS)].append(line)
    return dict(events)


def last_revisions(values: list[bytes]) -> list[bytes]:
    """As in a file of flags: the last revision of each, by (ts, id)."""
    flags = {}
    for value in values:
        one = json.loads(value)
        if one["id"] not in flags or flags[one["id"]][0] <= one["revision"]:
            flags[one["id"]] = one["revision"], one["ts"], value
    return [value for _, (_, _, value) in sorted(flags.items(), key=lambda each: (each[1][1], each[0]))]


async def through_kafka(broker: Broker, prefix: str, lines: list[bytes], kills: int, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    settings = settings_of(
        broker.bootstrap, prefix, tick_seconds=60, lateness_seconds=120, max_poll_records=500,
        idle_seconds=3.0,
    )  # fmt: skip
    _, expected = replay([str(file)], engine_settings(settings))
    assert expected
    names = await produce(broker.bootstrap, prefix, by_partition(lines))
    random = Random(5)
    async with Reader(broker.bootstrap, names.sanctions) as flags:
        for _ in range(kills):
            async with worker(settings, stages="engine") as one:
                assert await one.lines(random.randrange(5, 120))
                await one.kill()
        async with worker(settings, stages="engine") as one:
            await one.until(b"assigned")
            rest = one.drain()
            wanted = set(expected)
            await flags.until(lambda: wanted <= {record.value for record in flags.records})
            began = monotonic()
            one.process.terminate()
            await asyncio.wait_for(one.process.wait(), 20)
            await rest
            assert (one.process.returncode, monotonic() - began < 8) == (0, True)
        await flags.to_end()
    assert last_revisions([record.value for record in flags.records]) == expected
    assert all(json.loads(record.value)["subject"]["id"] == record.key.decode() for record in flags.records)


@on_loop
async def test_bursts_rings_and_copies(broker: Broker, prefix: str, tmp_path: Path) -> None:
    await through_kafka(broker, prefix, warm_events(), 0, tmp_path)


@on_loop
async def test_a_simulated_platform_with_a_worker_that_dies(
    broker: Broker, prefix: str, tmp_path: Path
) -> None:
    path = tmp_path / "simulated.jsonl"
    world = SimulateConfig(
        seed=4, events=40_000, days=2.0, history_days=0, fake_share=0.04, innocents=("viral_post",),
        attacks=("batch_posting", "repost_ring", "rented_followers", "bought_followers"),
    )  # fmt: skip
    simulate(world, path, tmp_path / "labels.json")
    await through_kafka(broker, prefix, path.read_bytes().splitlines(), 3, tmp_path)
