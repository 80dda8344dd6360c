"""A shard that crashes anywhere hands on what an undisturbed one does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from aiokafka.structs import TopicPartition

from detector.engine.merging import Merger
from detector.engine.rows import Batch
from detector.engine.spans import NEVER, Span
from streams.checkpoint import Checkpoints, Named
from streams.pipeline.inbound import RowsInbound
from streams.pipeline.observe import Observer
from streams.pipeline.outbox import Outgoing
from streams.pipeline.routes import ByShard, Origin
from streams.pipeline.shard import Shard, StagePlan
from streams.pipeline.wire import Assembler, Message, WireError, encode
from streams.transport.records import Records
from tests.unit.streams.fakes import Chain, Crash, Log, content, rows

TICK = 10
SOURCES = ("click/0", "click/1", "post/0")
PLAN = StagePlan(
    name="actors",
    make=Chain,
    inbound=RowsInbound,
    route=ByShard("next", 1, "subject"),
    sources=SOURCES,
    tick_ms=TICK,
    shards=1,
    checkpoint_seconds=10.0,
)


@dataclass(frozen=True)
class Record:
    offset: int
    value: bytes
    key: bytes | None = None


@dataclass
class World:
    """What outlives the shard: its input, its changelog, its commit, what it has sent."""

    records: Records | None
    log: Log = field(default_factory=Log)
    committed: tuple[int, str] | None = None
    sent: list[bytes] = field(default_factory=list)
    lives: int = 0

    async def deliver(self, records: list[Outgoing]) -> None:
        for _, _, _, value, _ in records:
            assert value is not None
            self.sent.append(value)

    async def commit(self, offset: int, text: str) -> None:
        self.committed = offset, text

    async def start(self, plan: StagePlan = PLAN, observer: Observer | None = None) -> Shard:
        self.lives += 1
        origin = Origin("actors/0", self.lives)
        shard = Shard(plan, 0, origin, self.deliver, self.commit, observer or Observer())  # type: ignore[arg-type]
        checkpoints = Checkpoints(self.log, plan.schema(shard.stage), str(self.lives), ring=3, part_bytes=50)
        await shard.recover(checkpoints, Named.parse(self.committed[1]) if self.committed else None)
        return shard

    def received(self) -> list[tuple[int, ...]]:
        """What the next stage makes of it."""
        assembler, merger, out = Assembler(), Merger([0], TICK), []
        for offset, value in enumerate(self.sent):
            whole = assembler.add(offset, value)
            if whole is None:
                continue
            one = whole.message
            batch = Batch.unpack(one.payload) if one.payload else Batch.empty()
            merger.push(Span(0, one.upto, batch, one.idle, one.since))
            assert merger.clock.gaps == 0
            if ready := merger.ready():
                out += content(ready[1])
        return out


def input_records(random: Random, spans: int) -> Records:
    """Spans of all sources, in parts that interleave; sources die, repeat themselves, rest and come back."""
    queues: list[list[bytes]] = []
    for source, name in enumerate(SOURCES):
        values: list[bytes] = []
        sent: list[tuple[int, int, list[int], int, bool]] = []
        upto, n, epoch = -1, 0, 1
        for _ in range(spans):
            since = upto
            upto += random.choice((0, 1, 1, 2, 9))
            inside = range((since + 1) * TICK, (upto + 1) * TICK)
            times = sorted(random.choices(inside, k=random.choice((0, 1, 3)))) if len(inside) else []
            sent.append((since, upto, times, n, random.random() < 0.4))
            n += len(times)
            values += _span(name, source, epoch, sent[-1], len(sent) > 1)
            if (
                random.random() < 0.15
            ):  # dies in the middle of the next, and the new owner begins further back
                values += _span(
                    name, source, epoch, (upto, upto + 5, [upto * TICK + 10] * 3, n, False), True
                )[:-1]
                epoch += 1
                back = random.randrange(1, 4)
                for i, again in enumerate(sent[-back:]):
                    values += _span(name, source, epoch, again, i > 0)
        queues.append(values + _span(name, source, epoch, (upto, 10_000, [], n, False), True))
    records: list[Record] = []
    while any(queues):
        queue = random.choice([queue for queue in queues if queue])
        for _ in range(min(len(queue), random.choice((1, 1, 2, 12)))):
            records.append(Record(len(records), queue.pop(0)))
    return Records.of(TopicPartition("actors", 0), records)


def _span(
    name: str, source: int, epoch: int, span: tuple[int, int, list[int], int, bool], follows: bool
) -> list[bytes]:
    since, upto, times, first, idle = span
    payload = rows(times, first, source).pack() if times else b""
    message = Message(name, epoch, upto, payload, since if follows else NEVER, idle)
    return list(encode(message, limit=200))


async def undisturbed(records: Records) -> list[tuple[int, ...]]:
    world = World(records)
    shard = await world.start()
    await shard.work(records)
    await shard.checkpoint()
    return world.received()


async def disturbed(records: Records, random: Random) -> World:
    world = World(records)
    while True:
        shard = await world.start()
        at = world.committed[0] if world.committed else 0
        if random.random() < 0.5:
            at = max(0, at - random.randrange(10))  # what was had already may come again
        try:
            while at < len(records):
                n = random.randrange(1, 30)
                await shard.work(records[at : at + n])
                at += n
                event = random.random()
                if event < 0.3:
                    world.log.left = random.randrange(8) if random.random() < 0.5 else None
                    await shard.checkpoint()
                    world.log.left = None
                elif event < 0.4:
                    raise Crash
                elif event < 0.5:
                    world.log.compact()
            await shard.checkpoint()
            return world
        except Crash:
            world.log.left = None
            shard.drop()


@pytest.mark.parametrize("seed", range(60))
def test_crashes_change_nothing(seed: int) -> None:
    async def run() -> None:
        random = Random(seed)
        records = input_records(random, 20)
        expected = await undisturbed(records)
        world = await disturbed(records, random)
        assert world.received() == expected

    asyncio.run(run())


def message(source: str, upto: int, times: list[int], first: int = 0) -> bytes:
    payload = rows(times, first).pack() if times else b""
    return next(encode(Message(source, 1, upto, payload)))


def in_records(*values: bytes, start: int = 0) -> Records:
    made = [Record(start + i, value) for i, value in enumerate(values)]
    return Records.of(TopicPartition("actors", 0), made)


def test_it_resumes_at_the_oldest_record_that_matters() -> None:
    async def run() -> None:
        world = World(None)
        shard = await world.start()
        await shard.work(
            in_records(
                message("click/0", 3, [5]),
                message("click/1", 9, [15, 95]),
                message("post/0", 3, []),
                message("click/0", 5, []),
            )
        )
        await shard.checkpoint()
        assert world.committed is not None
        assert world.committed[0] == 1
        await shard.work(in_records(message("post/0", 20, []), message("click/0", 20, []), start=4))
        await shard.checkpoint()
        assert world.committed[0] == 6

    asyncio.run(run())


def test_nothing_new_needs_no_checkpoint() -> None:
    async def run() -> None:
        world = World(None)
        shard = await world.start()
        await shard.checkpoint()
        assert world.log.next == 0
        await shard.work(in_records(message("click/0", 3, [5])))
        assert not shard.due(0.0)
        assert shard.due(float("inf"))
        await shard.checkpoint()
        size = world.log.next
        await shard.checkpoint()
        assert world.log.next == size
        assert not shard.due(float("inf"))

    asyncio.run(run())


def test_a_damaged_record_is_named() -> None:
    async def run() -> None:
        shard = await World(None).start()
        with pytest.raises(WireError, match="actors/0 at offset 7: a record of 3 bytes is too short"):
            await shard.work(in_records(b"SPx", start=7))

    asyncio.run(run())


def test_a_record_of_somebody_else_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        world = World(None)
        shard = await world.start()
        await shard.work(in_records(b"junk", start=7))
        await shard.checkpoint()
        assert "actors/0 at offset 7: passed over" in caplog.text

    asyncio.run(run())


def test_what_failed_in_the_middle_is_never_saved() -> None:
    async def run() -> None:
        world = World(None)
        shard = await world.start()

        async def fail(_: Any) -> None:
            raise Crash

        shard._outbox._deliver = fail
        for name in SOURCES:
            await shard.work(in_records(message(name, 3, [5]), start=SOURCES.index(name)))
        with pytest.raises(Crash):
            await shard.checkpoint()
        await shard.checkpoint()
        assert (world.log.next, world.committed) == (0, None)

    asyncio.run(run())


def test_deleted_records_are_told_and_stop_nothing() -> None:
    class Seen(Observer):
        lost_records = 0

        def lost(self, stage: str, shard: int, records: int) -> None:
            self.lost_records += records

    async def run() -> None:
        world, seen = World(None), Seen()
        shard = await world.start(observer=seen)
        await shard.work(in_records(*(message(name, 3, [5]) for name in SOURCES)))
        await shard.checkpoint()
        again = await world.start(observer=seen)
        late = [next(encode(Message(name, 1, 30, rows([299], 9).pack(), since=20))) for name in SOURCES]
        await again.work(in_records(*late, start=100))
        await again.checkpoint()
        assert seen.lost_records == 97
        assert [row[0] for row in world.received()][-3:] == [299] * 3

    asyncio.run(run())


def test_a_source_that_is_not_known_holds_nobody_back() -> None:
    async def run() -> None:
        world = World(None)
        shard = await world.start()
        await shard.work(
            in_records(message("video/0", 1, [5], 50), *(message(name, 3, [15]) for name in SOURCES))
        )
        await shard.checkpoint()
        assert [row[0] for row in world.received()] == [5, 15, 15, 15]

    asyncio.run(run())


def test_the_numbers_of_the_sources_may_change() -> None:
    async def run() -> None:
        world = World(None)
        shard = await world.start()
        await shard.work(in_records(*(message(name, 3, [5]) for name in SOURCES), message("post/0", 8, [77])))
        await shard.checkpoint()
        more = StagePlan(**{**PLAN.__dict__, "sources": ("account/0", *SOURCES)})
        again = await world.start(more)
        assert [again.inbound.clock.seen(i) for i in range(4)] == [NEVER, 3, 3, 3]
        await again.work(in_records(message("post/0", 8, [77]), start=3))
        assert again.inbound.pending == 1

    asyncio.run(run())
