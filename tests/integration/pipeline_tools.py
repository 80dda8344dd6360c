"""What the pipeline is tested with on a real broker: toy stages, events, worker processes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from config.settings import Settings
from detector.cases.findings import Finding
from detector.engine.engine import Engine
from detector.engine.rows import TYPES, Batch
from detector.events.decode import Decoder
from models.state import Blobs, Table
from streams.pipeline.stages import Stages
from streams.topics import TopicNames, provision

PATIENCE = 60.0
TICK_MS = 1000
START = 1_767_225_600_000
PARTITIONS = 2
TOPICS = {"click": "clicks", "post": "posts", "comment": "comments"}

Events = dict[tuple[str, int], list[bytes]]


def on_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs an async test on a fresh loop, for a bounded time."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(asyncio.wait_for(test(*args, **kwargs), 10 * PATIENCE))

    return run


class _Toy:
    """State, and a chain over all that was worked on: a row more, less or elsewhere changes the rest."""

    schema = "toy/1"

    def __init__(self) -> None:
        self.table = Table("counts", np.dtype("i8"), 1024)
        self.table.used = 1024
        self.names = Blobs("names")
        self.chain = 0

    def add(self, *values: int) -> int:
        for value in values:
            self.chain = (self.chain * 1_000_003 + value) % (1 << 61)
        return self.chain

    def count(self, key: int) -> int:
        self.table.rows[key % 1024] += 1
        self.table.dirty[key % 1024] = 1
        return int(self.table.rows[key % 1024])

    def tables(self) -> Sequence[Table]:
        return (self.table,)

    def blobs(self) -> Sequence[Blobs]:
        return (self.names,)

    def scalars(self) -> dict[str, Any]:
        return {"chain": self.chain}

    def restore(self, scalars: dict[str, Any]) -> None:
        self.chain = scalars["chain"]

    def rebuild(self) -> None:
        return


class ToyActors(_Toy):
    """Counts an actor's events."""

    def step(self, upto: int, batch: Batch) -> Batch:
        seen, actors, ids = batch.rows["seen"], batch.rows["actor"].tolist(), batch.rows["id"].tolist()
        for i, (actor, key) in enumerate(zip(actors, ids, strict=True)):
            self.add(key)
            seen[i] = self.count(actor)
        return batch


class ToyFindings(_Toy):
    """A finding for every tick that had rows."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        findings: list[Finding] = []
        columns = (batch.rows[name].tolist() for name in ("ts", "id", "seen", "subject"))
        last = None
        for ts, key, seen, subject in zip(*columns, strict=True):
            if last is not None and ts // TICK_MS != last:
                findings.append(self._finding(last))
            last = ts // TICK_MS
            self.add(key, seen, ts, self.count(subject))
        if last is not None:
            findings.append(self._finding(last))
        return findings

    def _finding(self, tick: int) -> Finding:
        ts = (tick + 1) * TICK_MS
        subject = f"s{self.chain % 50}"
        self.names[subject] = str(self.chain).encode()
        return Finding(self.kind, "account", subject, ts, ts - TICK_MS, ts, float(self.chain % 997), 1.0, [])


class ToyCases(_Toy):
    """A flag for every finding, with a chain over all findings before."""

    def step(self, upto: int, findings: Sequence[Finding]) -> list[tuple[str, bytes]]:
        out = []
        for one in sorted(findings, key=lambda f: (f.ts, f.kind, f.subject, f.observed)):
            self.add(one.ts, sum(one.kind.encode()), int(one.observed), sum(one.subject.encode()))
            number = self.count(sum(one.subject.encode()))
            flag = {
                "id": f"f-{self.chain}",
                "ts": one.ts,
                "kind": one.kind,
                "revision": number,
                "status": "open",
            }
            out.append((one.subject, json.dumps(flag).encode()))
        return out


@dataclass(frozen=True)
class ToySettings:
    """In the place of the engine's, for the run in one process."""

    shards: int = 2
    tick_ms: int = TICK_MS
    lateness_ms: int = 2000

    def actors(self) -> ToyActors:
        return ToyActors()

    def subjects(self) -> ToyFindings:
        return ToyFindings("subjects")

    def contents(self) -> ToyFindings:
        return ToyFindings("contents")

    def company(self) -> ToyFindings:
        return ToyFindings("company")

    def cases(self) -> ToyCases:
        return ToyCases()


def toy_stages() -> Stages:
    toys = ToySettings()
    return Stages(toys.actors, toys.subjects, toys.contents, toys.company, toys.cases)


def settings_of(bootstrap: str, prefix: str, **others: Any) -> Settings:
    """Small and quick ones."""
    quick = {
        "shards": 2, "tick_seconds": 1, "lateness_seconds": 2, "idle_seconds": 1.0,
        "checkpoint_seconds": 0.3, "max_poll_records": 300,
    }  # fmt: skip
    return Settings(bootstrap=bootstrap, topic_prefix=prefix, group=f"{prefix}group", **{**quick, **others})


def make_events(seed: int, n: int, seconds: int = 120, start: int = 0) -> Events:
    """Events of three types over some time, within the lateness out of order, by topic and partition.

    `seconds` is how long they take, `start` when they begin.
    """
    random = Random(seed)
    events: Events = {}
    for number, at in enumerate(sorted(random.randrange(seconds * 1000) for _ in range(n))):
        kind = random.choices(list(TOPICS), (6, 1, 2))[0]
        one: dict[str, object] = {
            "id": f"e{seed}-{number}", "ts": START + start * 1000 + max(0, at - random.randrange(1500)),
            "actor": f"u{random.randrange(300)}", "content": f"p{random.randrange(60)}",
        }  # fmt: skip
        if kind != "post":
            one["author"] = f"c{random.randrange(40)}"
        if kind != "click":
            one["text"] = f"some words {random.randrange(1000)} about nothing"
        where = kind, random.randrange(PARTITIONS)
        events.setdefault(where, []).append(json.dumps(one).encode())
    return events


def with_end(events: Events) -> Events:
    """The events, and in every partition of every topic one long after: all before it is then complete."""
    common = {
        "ts": START + 10**9, "actor": "u", "content": "p", "author": "c", "target": "c",
        "count": 1, "text": "end",
    }  # fmt: skip
    action = {"subscription": "subscribe", "account": "login"}
    out = {}
    for kind in TYPES:
        for partition in range(PARTITIONS):
            last = {"id": f"end-{kind}-{partition}", "action": action.get(kind, ""), **common}
            out[kind, partition] = [*events.get((kind, partition), []), json.dumps(last).encode()]
    return out


def in_process(events: Events, settings: Any, *, ended: bool = True) -> list[tuple[str, bytes]]:
    """The flags of the same events in one process; `ended`: of those too that still wait when all is read."""
    engine = Engine(settings)
    flags: list[tuple[str, bytes]] = []
    typed = [(kind, one) for (kind, _), values in events.items() for one in values]
    typed.sort(key=lambda each: json.loads(each[1])["ts"])
    decoders = {kind: Decoder(kind) for kind in TYPES}
    for at in range(0, len(typed), 500):
        piece = typed[at : at + 500]
        flags += engine.push(
            Batch.concat([decoders[kind].decode([one], first_offset=at).batch for kind, one in piece])
        )
    return flags + engine.finish() if ended else flags


async def produce(bootstrap: str, prefix: str, events: Events, shards: int = 2) -> TopicNames:
    """Makes the topics, and fills those of the events."""
    names = TopicNames(prefix)
    await asyncio.to_thread(provision, bootstrap, names, shards, PARTITIONS)
    await send(bootstrap, names, events)
    return names


async def send(bootstrap: str, names: TopicNames, events: Events) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type="lz4", linger_ms=20)
    await producer.start()
    try:
        sent = [
            await producer.send(names.events[kind], value, partition=partition)
            for (kind, partition), values in events.items()
            for value in values
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


class Reader:
    """Reads a topic from its beginning, as an outsider."""

    def __init__(self, bootstrap: str, topic: str, partitions: int = 1) -> None:
        self.records: list[Any] = []
        self._tps = [TopicPartition(topic, number) for number in range(partitions)]
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")

    async def __aenter__(self) -> Reader:
        await self._consumer.start()
        self._consumer.assign(self._tps)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not enough():
                await self._more()

    async def _more(self) -> None:
        for records in (await self._consumer.getmany(timeout_ms=200)).values():
            self.records += records

    async def to_end(self) -> None:
        """All that is there now."""
        ends = await self._consumer.end_offsets(self._tps)
        async with asyncio.timeout(PATIENCE):
            for tp, end in ends.items():
                while await self._consumer.position(tp) < end:
                    await self._more()


class Worker:
    """A worker in a process of its own; every line it prints is a thing it has done."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def lines(self, number: int) -> bool:
        """Waits for so many things to be done. False when the process ends before."""
        assert self.process.stdout is not None
        for _ in range(number):
            if not await asyncio.wait_for(self.process.stdout.readline(), PATIENCE):
                return False
        return True

    async def until(self, word: bytes) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while word not in (line := await self.process.stdout.readline()):
                assert line, "the worker ended"

    def drain(self) -> asyncio.Task[bytes]:
        """Reads on, so that the worker is not held up."""
        assert self.process.stdout is not None
        return asyncio.create_task(self.process.stdout.read())

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        rest = self.drain()
        self.process.terminate()
        await asyncio.wait_for(self.process.wait(), PATIENCE)
        await rest
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def worker(settings: Settings, member: str = "one", stages: str = "toy") -> AsyncIterator[Worker]:
    """Runs `tests.integration.pipeline_worker`; a successor of the same name takes its place at once."""
    given = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in vars(settings).items()
        if isinstance(value, str | int | float | Path) and value != getattr(Settings(), name)
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.pipeline_worker", json.dumps(given), member, stages),
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    one = Worker(process)
    try:
        yield one
    finally:
        if process.returncode is None:
            await one.kill()
