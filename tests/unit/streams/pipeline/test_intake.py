"""A partition's intake that crashes anywhere hands on every record once."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import pytest
from aiokafka.structs import TopicPartition

from detector.engine.merging import Merger
from detector.engine.rows import Batch
from detector.engine.spans import Span
from detector.events.decode import Decoded, Invalid
from streams.pipeline.dead_letter import RAW_MAX
from streams.pipeline.intake import Intake, IntakePlan, Mark
from streams.pipeline.observe import Observer
from streams.pipeline.outbox import Outgoing
from streams.pipeline.routes import ByShard, Origin
from streams.pipeline.wire import Assembler
from streams.transport.records import Records
from tests.unit.streams.fakes import Crash, content, rows

TICK, LATENESS = 10, 15


@dataclass(frozen=True)
class Record:
    offset: int
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    topic: str = "clicks"
    partition: int = 0


class Numbers:
    """Decodes a decimal number as a row of that time."""

    def decode(
        self,
        records: Sequence[bytes | None],
        headers: Sequence[Sequence[tuple[str, bytes]]] | None = None,
        *,
        part: int = 0,
        first_offset: int | Sequence[int] = 0,
    ) -> Decoded:
        good = [i for i, value in enumerate(records) if value and value.isdigit()]
        offsets = [first_offset + i if isinstance(first_offset, int) else first_offset[i] for i in good]
        batch = Batch.concat(
            [rows([int(records[i] or b"")], at, part) for i, at in zip(good, offsets, strict=True)]
        )
        bad = [Invalid(i, "no_number", "not a number") for i in range(len(records)) if i not in set(good)]
        return Decoded(batch, bad)


@dataclass
class World:
    shards: int = 1
    idle_seconds: float = 0.0
    commit_seconds: float = 0.0
    committed: tuple[int, str] | None = None
    spans: dict[int, list[bytes]] = field(default_factory=dict)
    letters: list[Outgoing] = field(default_factory=list)
    quiet: bool = False
    lives: int = 0
    left: int | None = None

    def _may_fail(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Crash

    async def deliver(self, records: Sequence[Outgoing]) -> None:
        for record in records:
            self._may_fail()
            topic, partition, _, value, _ = record
            if topic == "dead":
                self.letters.append(record)
            else:
                assert value is not None
                self.spans.setdefault(partition or 0, []).append(value)

    async def commit(self, offset: int, text: str) -> None:
        self._may_fail()
        self.committed = offset, text

    def start(self) -> Intake:
        self.lives += 1
        plan = IntakePlan(
            ByShard("internal", self.shards, "actor"),
            "dead", TICK, LATENESS, self.idle_seconds, self.commit_seconds,
        )  # fmt: skip
        origin = Origin("click/0", self.lives)
        return Intake(
            plan, 0, origin, Numbers(), self.committed,
            self.deliver, self.commit, lambda: self.quiet, Observer(),
        )  # fmt: skip

    def received(self, shard: int = 0) -> list[tuple[int, ...]]:
        assembler, merger, out = Assembler(), Merger([0], TICK), []
        for offset, value in enumerate(self.spans.get(shard, ())):
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

    def offsets(self) -> list[int]:
        """The source offsets of the rows received, as their ids say."""
        known = {int(rows([0], n).rows["id"][0]): n for n in range(3000)}
        return sorted(known[row[1]] for shard in range(self.shards) for row in self.received(shard))


def in_records(values: Sequence[str | int], start: int = 0) -> Records:
    made = [Record(start + i, str(value).encode(), b"k") for i, value in enumerate(values)]
    return Records.of(TopicPartition("clicks", 0), made)


def stream(random: Random, n: int) -> Records:
    """Times that go up, out of order, now and then late, or no numbers at all."""
    now, values = 100, []
    for _ in range(n):
        now += random.choice((0, 0, 1, 2, 3, 40))
        late = random.choice((0, 0, 5, 12, 60))
        values.append("bad" if random.random() < 0.1 else max(0, now - late))
    return in_records(values)


async def settle(intake: Intake) -> None:
    await intake.watch()
    await intake.watch()
    await asyncio.sleep(0)  # what is in flight arrives


async def disturbed(records: Records, random: Random, world: World, rests: bool) -> None:
    end = 0
    while True:
        intake, at = world.start(), world.committed[0] if world.committed else 0
        try:
            while at < len(records):
                n = random.randrange(1, 20)
                world.left = random.randrange(25) if random.random() < 0.4 else None
                end = max(end, min(len(records), at + n))
                await intake.work(records[at : at + n])
                at = min(len(records), at + n)
                # The end as the broker has it: nothing behind it was ever read.
                if rests and at == end and random.random() < 0.3:
                    world.quiet = True
                    await settle(intake)
                    world.quiet = False
            world.left = None
            world.quiet = True
            await settle(intake)
            return
        except Crash:
            world.left, world.quiet = None, False
            intake.drop()


@pytest.mark.parametrize("seed", range(40))
def test_crashes_change_nothing(seed: int) -> None:
    async def run() -> None:
        random = Random(seed)
        records = stream(random, 200)
        whole, crashing = World(), World()
        intake = whole.start()
        await intake.work(records)
        whole.quiet = True
        await settle(intake)
        await disturbed(records, random, crashing, rests=False)
        assert crashing.received() == whole.received()
        assert {(one[3]) for one in crashing.letters} == {one[3] for one in whole.letters}

    asyncio.run(run())


@pytest.mark.parametrize("seed", range(40))
def test_no_record_is_lost_or_repeated_when_the_partition_rests(seed: int) -> None:
    async def run() -> None:
        random = Random(seed)
        records = stream(random, 200)
        world = World(shards=2)
        await disturbed(records, random, world, rests=True)
        assert world.offsets() == [one.offset for one in records if one.value != b"bad"]

    asyncio.run(run())


def test_dead_letters_say_what_and_where() -> None:
    async def run() -> None:
        world = World()
        intake = world.start()
        await intake.work(in_records(["17", "\u00fc{"], start=5))
        await intake.save()
        (topic, partition, key, value, _) = world.letters[0]
        assert (topic, partition, key) == ("dead", None, b"k")
        letter = json.loads(value or b"")
        assert b64decode(letter.pop("raw")) == "\u00fc{".encode()
        assert letter == {
            "reason": "no_number", "detail": "not a number", "topic": "clicks", "partition": 0, "offset": 6,
            "left_out": 0,
        }  # fmt: skip

    asyncio.run(run())


def test_a_value_too_large_for_a_letter_is_cut() -> None:
    async def run() -> None:
        world = World()
        intake = world.start()
        await intake.work(in_records(["x" * (RAW_MAX + 7)]))
        await intake.save()
        letter = json.loads(world.letters[0][3] or b"")
        assert b64decode(letter["raw"]) == b"x" * RAW_MAX
        assert letter["left_out"] == 7

    asyncio.run(run())


def test_letters_once_delivered_are_not_sent_again() -> None:
    async def run() -> None:
        world = World()
        records = in_records([100, "bad", 101])
        await world.start().work(records)
        assert world.committed is not None
        assert world.committed[0] == 0
        await world.start().work(records)
        assert len(world.letters) == 1

    asyncio.run(run())


def test_a_partition_that_never_had_a_record_holds_nobody_back() -> None:
    async def run() -> None:
        world = World(quiet=True)
        await settle(world.start())
        merger = Merger([0, 1], TICK)
        for value in world.spans[0]:
            whole = Assembler().add(0, value)
            assert whole is not None
            merger.push(Span(0, whole.message.upto, idle=whole.message.idle))
        merger.push(Span(1, 7))
        assert merger.least == 7
        assert world.committed is None

    asyncio.run(run())


def test_one_that_rested_says_before_it_reads_that_there_is_more() -> None:
    async def run() -> None:
        world = World(quiet=True)
        intake = world.start()
        await intake.work(in_records([100]))
        await settle(intake)
        told = len(world.spans[0])
        await world.start().begin(1)
        assert len(world.spans[0]) == told
        await world.start().begin(2)
        whole = Assembler().add(0, world.spans[0][-1])
        assert whole is not None
        assert (len(world.spans[0]), whole.message.idle, whole.message.upto) == (told + 1, False, 10)

    asyncio.run(run())


def test_a_rest_moves_time_on_once_however_often_the_worker_starts() -> None:
    async def run() -> None:
        world = World(quiet=True)
        intake = world.start()
        await intake.work(in_records([100]))
        await settle(intake)
        first = world.committed
        for _ in range(5):
            await settle(world.start())
        assert world.committed == first

    asyncio.run(run())


def test_marks_survive_and_others_are_a_fresh_start() -> None:
    mark = Mark(5, 7, 9, True)
    assert Mark.parse(mark.text()) == mark
    assert [Mark.parse(text) for text in (None, "", "{}", "x")] == [Mark()] * 4
