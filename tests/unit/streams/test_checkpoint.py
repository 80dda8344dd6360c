"""After a crash at any record, the state is that of the last checkpoint that counts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.engine.rows import Batch
from models.state import Blobs, Table
from streams.checkpoint import ChangelogError, Checkpoints, Named
from tests.unit.streams.fakes import Crash, Log

RING = 3


class Toy:
    schema = "toy/1"

    def __init__(self) -> None:
        self.table = Table("numbers", np.dtype("i8"), 64)
        self.pairs = Table("pairs", np.dtype(("f8", (2,))), 4)
        self.pairs.used = 4
        self.names = Blobs("names")
        self.sum = 0
        self.rebuilt = False

    def step(self, upto: int, batch: Batch) -> None:
        raise AssertionError

    def tables(self) -> Sequence[Table]:
        return self.table, self.pairs

    def blobs(self) -> Sequence[Blobs]:
        return (self.names,)

    def scalars(self) -> dict[str, Any]:
        return {"sum": self.sum}

    def restore(self, scalars: dict[str, Any]) -> None:
        self.sum = scalars["sum"]

    def rebuild(self) -> None:
        self.rebuilt = True

    def change(self, key: int, value: int) -> None:
        self.table.used = max(self.table.used, key + 1)
        self.table.rows[key] = value
        self.table.dirty[key] = 1
        self.pairs.rows[key % 4] += (1, value)
        self.pairs.dirty[key % 4] = 1
        self.sum += value
        name = str(key % 7)
        if value % 3:
            self.names[name] = bytes([value % 251]) * (value % 50)
        elif name in self.names:
            del self.names[name]

    def content(self) -> tuple[list[int], list[list[float]], dict[str, bytes], int]:
        names = {key: self.names[key] for key in self.names}
        return self.table.rows[: self.table.used].tolist(), self.pairs.rows.tolist(), names, self.sum


def checkpoints(log: Log, owner: str, schema: str = "toy/1") -> Checkpoints:
    return Checkpoints(log, schema, owner, RING, part_bytes=40)


CHANGE = st.tuples(st.just("change"), st.integers(0, 63), st.integers(1, 1000))
OTHER = st.tuples(
    st.sampled_from(["checkpoint", "checkpoint", "uncommitted", "crash", "stale", "compact", "restart"]),
    st.integers(0, 12),
    st.just(0),
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(CHANGE | OTHER, max_size=60), st.booleans())
def test_recovery_gives_the_last_checkpoint_that_counts(ops: list[tuple[str, int, int]], hint: bool) -> None:
    asyncio.run(play(ops, hint))


async def play(ops: list[tuple[str, int, int]], hint: bool) -> None:
    log, toy, named, counted = Log(), Toy(), None, Toy().content()
    owners = 0
    writer, stale = checkpoints(log, "0"), None
    for op, a, b in [*ops, ("restart", 0, 0)]:
        if op == "change":
            toy.change(a, b)
            continue
        if op == "compact":
            log.compact()
            continue
        if op == "checkpoint":
            named, _ = await writer.write(toy, {"at": toy.sum})
            counted = toy.content()
            continue
        if op == "uncommitted":
            # Only a worker that is lost leaves one, so it begins anew.
            await writer.write(toy, {"at": toy.sum})
        elif op == "crash":
            log.left = a
            try:
                named, _ = await writer.write(toy, {"at": toy.sum})
                counted = toy.content()
            except Crash:
                pass
            log.left = None
        elif op == "stale" and stale is not None:
            # The former owner wakes up and writes once more; its commit is refused.
            await stale[0].write(stale[1], {"at": -1})
            continue
        stale = (writer, toy)
        owners += 1
        toy, writer = Toy(), checkpoints(log, str(owners))
        if named is not None and not hint:
            named = Named(named.owner, named.seq, 0)
        if named is None:  # nothing counts yet
            log, stale = Log(), None
            writer = checkpoints(log, str(owners))
            continue
        recovered = await writer.recover(toy, named)
        assert toy.content() == counted
        assert recovered is not None
        assert recovered.position == {"at": toy.sum}
        assert toy.rebuilt


def test_what_recovery_reads_is_bounded() -> None:
    async def run() -> None:
        log, named = Log(), None
        sizes, keys = [], []
        for life in range(8):
            toy, writer = Toy(), checkpoints(log, str(life))
            if named is not None:
                recovered = await writer.recover(toy, named)
                assert recovered is not None
                sizes.append(recovered.bytes_read)
            for i in range(3 * RING):
                toy.change(i * 7 % 64, i + 1)
                named, _ = await writer.write(toy, {})
            log.compact()
            keys.append(len(log.records))
        assert max(sizes) < 3 * sizes[0]
        assert max(keys) < 3 * keys[0]

    asyncio.run(run())


def test_another_schema_is_refused_with_a_way_out() -> None:
    async def run() -> None:
        log = Log()
        await checkpoints(log, "a").write(Toy(), {})
        with pytest.raises(ChangelogError, match=r"state of toy/1; this program reads toy/2.*replay"):
            await checkpoints(log, "b", "toy/2").recover(Toy())

    asyncio.run(run())


def test_without_a_commit_the_last_complete_one_counts() -> None:
    async def run() -> None:
        log, toy = Log(), Toy()
        writer = checkpoints(log, "a")
        for i in range(5):
            toy.change(i, i + 1)
            await writer.write(toy, {"at": i})
        recovered = await checkpoints(log, "b").recover(Toy())
        assert recovered is not None
        assert (recovered.position, recovered.seq) == ({"at": 4}, 4)

    asyncio.run(run())


def test_nothing_written_is_no_state() -> None:
    assert asyncio.run(checkpoints(Log(), "a").recover(Toy())) is None


def test_a_committed_checkpoint_that_is_gone_is_an_error() -> None:
    async def run() -> None:
        log = Log()
        with pytest.raises(ChangelogError, match="committed but not in its changelog"):
            await checkpoints(log, "a").recover(Toy(), Named("z", 3, 0))
        toy, writer = Toy(), checkpoints(log, "a")
        for _ in range(2):
            named, _ = await writer.write(toy, {})
        log.records = [one for one in log.records if not one[1].startswith(b"a/0/0")]
        with pytest.raises(ChangelogError, match=r"checkpoints \[0\] of toy/1 are missing"):
            await checkpoints(log, "b").recover(Toy(), named)

    asyncio.run(run())


@pytest.mark.parametrize("strange", [b"x", b"a/0", b"a/0/0/0", b"\xff/0/0", b"a/0/commit", b"a/0/1"])
def test_records_of_somebody_else_are_passed_over(strange: bytes) -> None:
    async def run() -> None:
        log, toy = Log(), Toy()
        await log.append([(strange, b"junk")])
        toy.change(1, 2)
        named, _ = await checkpoints(log, "a").write(toy, {"at": 1})
        await log.append([(strange, b"")])
        for which in (None, named):
            found = Toy()
            recovered = await checkpoints(log, "b").recover(found, which)
            assert recovered is not None
            assert recovered.position == {"at": 1}
            assert found.sum == toy.sum

    asyncio.run(run())


def test_names_survive_the_commit() -> None:
    named = Named("a", 7, 99)
    assert Named.parse(named.text()) == named
    assert [Named.parse(text) for text in (None, "", "{}", "[1]", "x")] == [None] * 5
