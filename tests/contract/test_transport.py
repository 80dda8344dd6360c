"""The transport's promise, on a real broker: every record once, in order, none lost whatever fails."""

import asyncio
import signal
from itertools import pairwise
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import pytest
from faust.types import TP

from streams import broker as local
from streams.broker import Broker
from streams.transport import BatchedApp, CommitRefusedError, DeliveryError, RecordBatch
from tests.contract.transport_tools import (
    Log,
    create_topic,
    new_app,
    on_loop,
    process,
    produce,
    read_all,
    reading,
    running,
    stored_commit,
)

pytestmark = [pytest.mark.contract, pytest.mark.integration]


def numbers(count: int, start: int = 0) -> list[bytes]:
    return [b"%d" % number for number in range(start, start + count)]


@on_loop
async def test_every_record_comes_once_and_in_order(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events", 3)
    for partition in range(3):
        await produce(broker.bootstrap, topic, partition, numbers(2_000))
    app = new_app(broker.bootstrap, prefix)
    log = reading(app, topic)
    async with running(app) as worker:
        await log.count(6_000)
        await produce(broker.bootstrap, topic, 1, numbers(10))
        await log.count(6_010)
        assert await worker.stop() == 0
    assert log.offsets() == {0: list(range(2_000)), 1: list(range(2_010)), 2: list(range(2_000))}
    assert all(len(batch.records) <= 100 for batch in log.batches)
    assert await stored_commit(broker.bootstrap, prefix, TP(topic, 1)) == (2_010, "")


@on_loop
async def test_one_agent_reads_several_topics(broker: Broker, prefix: str) -> None:
    topics = [create_topic(broker.bootstrap, f"{prefix}{name}", 2) for name in ("clicks", "posts")]
    for topic in topics:
        await produce(broker.bootstrap, topic, 1, numbers(50))
    app = new_app(broker.bootstrap, prefix)
    log = reading(app, *topics)
    async with running(app):
        await log.count(100)
    assert [log.offsets(topic) for topic in topics] == [{1: list(range(50))}] * 2


@on_loop
async def test_a_stock_agent_works_beside(broker: Broker, prefix: str) -> None:
    batched = create_topic(broker.bootstrap, f"{prefix}batched")
    stock = create_topic(broker.bootstrap, f"{prefix}stock")
    await produce(broker.bootstrap, batched, 0, numbers(300))
    await produce(broker.bootstrap, stock, 0, numbers(300))
    app = new_app(broker.bootstrap, prefix)
    log = reading(app, batched)
    seen: list[bytes] = []
    enough = asyncio.Event()

    @app.agent(app.topic(stock, value_type=bytes, value_serializer="raw"))
    async def read(stream: Any) -> None:
        async for value in stream:
            seen.append(value)
            if len(seen) == 300:
                enough.set()

    async with running(app):
        await log.count(300)
        await asyncio.wait_for(enough.wait(), 30)
    assert log.offsets() == {0: list(range(300))}
    assert seen == numbers(300)


@on_loop
async def test_records_are_what_aiokafka_gives(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events", 1, cleanup_policy="compact")
    app = new_app(broker.bootstrap, prefix, broker_max_poll_records=7)
    log = reading(app, topic)
    headers = [("ce_id", b"1"), ("none", None)]
    async with running(app):
        await until(lambda: bool(app.generation))
        await app.deliver([(topic, 0, b"k%d" % (n % 3), b"v%d" % n, headers[: n % 3]) for n in range(50)])
        await app.deliver([(topic, 0, b"k", None, None), (topic, 0, b"", b"", None)])
        await log.count(52)
    assert [record for batch in log.batches for record in batch.records] == await read_all(
        broker.bootstrap, topic, 52
    )
    assert {len(batch.records) for batch in log.batches} <= set(range(1, 8))


@pytest.mark.parametrize("compression", ["lz4", "zstd", "gzip", "snappy", None])
@on_loop
async def test_compressed_records(broker: Broker, prefix: str, compression: str | None) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events")
    await produce(broker.bootstrap, topic, 0, numbers(500), compression)
    app = new_app(broker.bootstrap, prefix)
    log = reading(app, topic)
    async with running(app):
        await log.count(500)
    assert log.values() == numbers(500)


@on_loop
async def test_missing_and_empty_topics_stop_nobody(broker: Broker, prefix: str) -> None:
    full = create_topic(broker.bootstrap, f"{prefix}full")
    empty = create_topic(broker.bootstrap, f"{prefix}empty")
    app = new_app(broker.bootstrap, prefix, consumer_metadata_max_age_ms=500)
    log = reading(app, full)
    quiet = reading(app, empty)
    late = reading(app, f"{prefix}late")
    async with running(app):
        await produce(broker.bootstrap, full, 0, numbers(100))
        await log.count(100)
        assert not quiet.batches
        # A topic that is made later is found.
        create_topic(broker.bootstrap, f"{prefix}late")
        await produce(broker.bootstrap, f"{prefix}late", 0, numbers(7))
        await late.count(7)
    assert late.values() == numbers(7)


@on_loop
async def test_a_commit_carries_its_text(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events", 2)
    await produce(broker.bootstrap, topic, 0, numbers(10))
    first, second = TP(topic, 0), TP(topic, 1)
    found: list[dict[TP, tuple[int, str] | None]] = []

    def app_that_looks() -> tuple[BatchedApp, Log]:
        app = new_app(broker.bootstrap, prefix)

        @app.on_assigned
        async def look(tps: set[TP]) -> None:
            found.append({tp: app.committed(tp) for tp in tps})

        return app, reading(app, topic, commit=False)

    app, log = app_that_looks()
    async with running(app):
        await log.count(10)
        await app.commit({first: (4, '{"latest": 1760000000000}')})
        assert app.committed(first) == (4, '{"latest": 1760000000000}')
    app, log = app_that_looks()
    async with running(app):
        await log.count(6)
    assert found == [{first: None, second: None}, {first: (4, '{"latest": 1760000000000}'), second: None}]
    assert log.offsets() == {0: list(range(4, 10))}


@on_loop
async def test_a_commit_for_others_partitions_is_refused(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events")
    await produce(broker.bootstrap, topic, 0, numbers(10))
    app = new_app(broker.bootstrap, prefix)
    log = reading(app, topic, commit=False)
    with pytest.raises(CommitRefusedError):
        await app.commit({TP(topic, 0): (1, "")})
    async with running(app):
        await log.count(10)
        generation = log.batches[0].generation
        with pytest.raises(CommitRefusedError):
            await app.commit({TP(topic, 1): (1, "")})
        with pytest.raises(CommitRefusedError):
            await app.commit({TP(topic, 0): (1, "")}, generation - 1)
        await app.commit({TP(topic, 0): (1, "")}, generation)
    with pytest.raises(CommitRefusedError):
        await app.commit({TP(topic, 0): (2, "")}, generation)
    assert await stored_commit(broker.bootstrap, prefix, TP(topic, 0)) == (1, "")


@on_loop
async def test_nothing_comes_before_the_hook_is_done(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events")
    await produce(broker.bootstrap, topic, 0, numbers(10))
    app = new_app(broker.bootstrap, prefix)
    assigned, go_on = asyncio.Event(), asyncio.Event()

    @app.on_assigned
    async def restore(tps: set[TP]) -> None:
        assert tps == {TP(topic, 0)}
        assigned.set()
        await go_on.wait()

    log = reading(app, topic)
    async with running(app):
        await assigned.wait()
        # Longer than a fetch takes: there was time for a batch to slip through.
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(log.count(1), 1.5)
        go_on.set()
        await log.count(10)


@on_loop
async def test_pause_and_end(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events", 2)
    one, two = TP(topic, 0), TP(topic, 1)
    for partition in range(2):
        await produce(broker.bootstrap, topic, partition, numbers(1_000))
    app = new_app(broker.bootstrap, prefix)
    log = Log()

    @app.on_assigned
    async def assigned(tps: set[TP]) -> None:
        assert not app.at_end(one)

    @app.agent(app.batches(topic))
    async def read(stream: Any) -> None:
        async for batch in stream:
            if batch.tp == one:
                app.pause(one)
            await log.add(batch)

    async with running(app):
        await log.until(lambda log: log.offsets().get(1, [])[-1:] == [999])
        await log.until(lambda log: len(log.offsets().get(0, [])) == 100)
        await until(lambda: app.at_end(two))
        assert not app.at_end(one)
        for done in range(200, 1_001, 100):
            app.resume(one)
            await log.until(lambda log, done=done: len(log.offsets()[0]) == done)  # type: ignore[misc]
        await until(lambda: app.at_end(one))
        await produce(broker.bootstrap, topic, 0, numbers(10))
        app.resume(one)
        await log.until(lambda log: len(log.offsets()[0]) == 1_010)
    assert log.offsets() == {0: list(range(1_010)), 1: list(range(1_000))}


async def until(condition: Any) -> None:
    """Wait for something that has no event to wait for."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


@on_loop
async def test_a_slow_agent_is_not_flooded(broker: Broker, prefix: str) -> None:
    slow = create_topic(broker.bootstrap, f"{prefix}slow", 2)
    fast = create_topic(broker.bootstrap, f"{prefix}fast")
    for partition in range(2):
        await produce(broker.bootstrap, slow, partition, numbers(5_000))
    app = new_app(broker.bootstrap, prefix)
    go_on, log = asyncio.Event(), Log()

    @app.agent(app.batches(slow))
    async def read(stream: Any) -> None:
        async for batch in stream:
            await go_on.wait()
            await log.add(batch)

    others = reading(app, fast)
    async with running(app):
        await produce(broker.bootstrap, fast, 0, numbers(100))
        await others.count(100)
        for start in range(100, 500, 100):
            began = monotonic()
            await produce(broker.bootstrap, fast, 0, numbers(100, start))
            await others.count(start + 100)
            # Not held up by the partitions that nobody reads: no wait of a second anywhere.
            assert monotonic() - began < 0.9
        inbox = app.plan.inboxes[slow]
        assert len(inbox._batches) <= 2 * app.plan.waiting_limit
        go_on.set()
        await log.count(10_000)
    assert log.offsets() == {0: list(range(5_000)), 1: list(range(5_000))}


@on_loop
async def test_a_failing_agent_acknowledges_nothing(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events")
    await produce(broker.bootstrap, topic, 0, numbers(120))
    async with process(broker.bootstrap, prefix, topic, "fail") as worker:
        assert await worker.ended() == 1
    assert [(line["first"], line["last"]) for line in worker.lines] == [(0, 49)]
    assert await stored_commit(broker.bootstrap, prefix, TP(topic, 0)) == (50, "")
    app = new_app(broker.bootstrap, prefix)
    log = reading(app, topic)
    async with running(app):
        await log.count(70)
    assert log.offsets() == {0: list(range(50, 120))}


@on_loop
async def test_hooks_do_not_run_after_a_failure(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events")
    await produce(broker.bootstrap, topic, 0, numbers(10))
    app = new_app(broker.bootstrap, prefix)
    revoked = []

    @app.on_revoked
    async def save(tps: set[TP]) -> None:
        revoked.append(tps)

    @app.agent(app.batches(topic))
    async def read(stream: Any) -> None:
        async for _ in stream:
            raise ValueError("a batch that can't be worked on")

    async with running(app) as worker:
        assert await worker.task == 1
    assert not revoked
    assert await stored_commit(broker.bootstrap, prefix, TP(topic, 0)) is None


@on_loop
async def test_a_failing_hook_stops_the_worker(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events")
    app = new_app(broker.bootstrap, prefix)
    reading(app, topic)

    @app.on_assigned
    async def restore(tps: set[TP]) -> None:
        raise ValueError("a checkpoint that can't be read")

    async with running(app) as worker:
        assert await worker.task == 1


@on_loop
async def test_a_killed_worker_is_taken_over_from_its_last_commit(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events")
    await produce(broker.bootstrap, topic, 0, numbers(2_000))
    async with process(broker.bootstrap, prefix, topic, "commit") as first:
        for _ in range(5):
            await first.line()
        first.process.send_signal(signal.SIGKILL)
        await first.ended()
    commit = await stored_commit(broker.bootstrap, prefix, TP(topic, 0))
    assert commit is not None
    # The last line may not have been printed any more.
    assert commit[0] - first.lines[-1]["last"] - 1 in (0, 50)
    async with process(broker.bootstrap, prefix, topic, "commit") as second:
        while (await second.line())["last"] != 1_999:
            pass
        second.process.send_signal(signal.SIGTERM)
        assert await second.ended() == 0
    assert second.lines[0]["first"] == commit[0]
    assert all(after["first"] == before["last"] + 1 for before, after in pairwise(second.lines))


@on_loop
async def test_a_worker_given_up_for_dead_commits_nothing(broker: Broker, prefix: str) -> None:
    topic, tp = create_topic(broker.bootstrap, f"{prefix}events"), TP(f"{prefix}events", 0)
    await produce(broker.bootstrap, topic, 0, numbers(50_000))
    async with process(broker.bootstrap, prefix, topic, "commit") as first:
        await first.line()
        first.process.send_signal(signal.SIGSTOP)
        app = new_app(broker.bootstrap, prefix)
        log = reading(app, topic)
        async with running(app):
            await log.until(lambda log: bool(log.values()) and log.values()[-1] == b"49999")
            first.process.send_signal(signal.SIGCONT)
            while "refused" not in await first.line():
                pass
        start = log.batches[0].records[0].offset
        assert log.offsets() == {0: list(range(start, 50_000))}
        assert max(line.get("last", -1) for line in first.lines) < start == first.lines[-1]["refused"]
        assert await stored_commit(broker.bootstrap, prefix, tp) == (50_000, "")


@on_loop
async def test_sigterm_drains_within_seconds(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events")
    await produce(broker.bootstrap, topic, 0, numbers(50))
    async with process(broker.bootstrap, prefix, topic, "drain") as worker:
        await worker.line()
        began = monotonic()
        worker.process.send_signal(signal.SIGTERM)
        assert await worker.ended() == 0
        assert monotonic() - began < 6
    assert worker.lines[-1] == {"drained": {"0": 50}}
    assert await stored_commit(broker.bootstrap, prefix, TP(topic, 0)) == (50, "")


@on_loop
async def test_a_stop_lets_the_agent_finish_its_batch(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events")
    await produce(broker.bootstrap, topic, 0, numbers(1_000))
    app = new_app(broker.bootstrap, prefix)
    order: list[str] = []
    at_work, go_on = asyncio.Event(), asyncio.Event()

    @app.on_revoked
    async def save(tps: set[TP]) -> None:
        order.append("revoked")
        await app.commit({TP(topic, 0): (100, "")})

    @app.agent(app.batches(topic))
    async def read(stream: Any) -> None:
        async for _ in stream:
            at_work.set()
            await go_on.wait()
            order.append("done")

    async with running(app) as worker:
        await at_work.wait()
        stopping = asyncio.create_task(worker.stop())
        await until(lambda: app.should_stop)
        go_on.set()
        assert await stopping == 0
    assert order == ["done", "revoked"]
    assert await stored_commit(broker.bootstrap, prefix, TP(topic, 0)) == (100, "")


@on_loop
async def test_a_second_worker_joins_and_leaves(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events", 4)
    for partition in range(4):
        await produce(broker.bootstrap, topic, partition, numbers(300))
    one, two = (new_app(broker.bootstrap, prefix) for _ in range(2))
    owned: dict[str, set[TP]] = {}
    changed = asyncio.Condition()

    def track(name: str, app: BatchedApp) -> None:
        @app.on_assigned
        async def assigned(tps: set[TP]) -> None:
            async with changed:
                owned[name] = tps
                changed.notify_all()

        @app.on_revoked
        async def revoked(tps: set[TP]) -> None:
            assert owned[name] == tps
            owned[name] = set()

    track("one", one)
    track("two", two)
    first, second = reading(one, topic), reading(two, topic)

    @one.on_revoked
    async def save(tps: set[TP]) -> None:
        # The last commit of a generation goes through while the group waits for it.
        await one.commit({tp: commit for tp in tps if (commit := one.committed(tp))})
        saved.append(one.generation)

    saved: list[int] = []

    async def split(*sizes: int) -> None:
        async with changed:
            await asyncio.wait_for(
                changed.wait_for(lambda: tuple(len(owned.get(name, ())) for name in ("one", "two")) == sizes),
                60,
            )

    async with running(one):
        await first.count(1_200)
        alone = first.batches[0].generation
        async with running(two):
            await split(2, 2)
            lost, kept = next(iter(owned["two"])), next(iter(owned["one"]))
            for tp in (lost, kept):
                # Also for a partition that came back: the state behind the old offset may be gone.
                with pytest.raises(CommitRefusedError):
                    await one.commit({tp: (1, "")}, alone)
            for partition in range(4):
                await produce(broker.bootstrap, topic, partition, numbers(50))
            await second.count(100)
            await first.count(1_300)
        await split(4, 0)
        for partition in range(4):
            await produce(broker.bootstrap, topic, partition, numbers(20))
        await first.count(1_380)
    # Every batch was committed, so a rebalance repeats nothing.
    for partition in range(4):
        offsets = first.offsets()[partition] + second.offsets().get(partition, [])
        assert sorted(offsets) == list(range(370))
    assert {batch.generation for batch in first.batches} > {alone}
    assert len(saved) == 3


@on_loop
async def test_work_of_an_old_generation_is_dropped(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}events", 2)
    for partition in range(2):
        await produce(broker.bootstrap, topic, partition, numbers(1_000))
    one, two = (new_app(broker.bootstrap, prefix) for _ in range(2))
    one.plan.grace = 0.2
    at_work, go_on = asyncio.Event(), asyncio.Event()
    refused: list[RecordBatch] = []
    log = Log()

    @one.agent(one.batches(topic))
    async def read(stream: Any) -> None:
        async for batch in stream:
            at_work.set()
            await go_on.wait()
            try:
                await one.commit({batch.tp: (batch.next_offset, "")}, batch.generation)
            except CommitRefusedError:
                refused.append(batch)
            else:
                await log.add(batch)

    other = reading(two, topic)
    async with running(one):
        await at_work.wait()
        # The agent holds a batch of the first generation through the whole rebalance.
        async with running(two):
            await other.count(1_000)
            go_on.set()
            await log.count(1_000)
    assert len(refused) == 1
    assert {batch.generation for batch in refused} < {batch.generation for batch in [*refused, *log.batches]}
    assert sorted([*log.offsets(), *other.offsets()]) == [0, 1]
    assert {**log.offsets(), **other.offsets()} == {0: list(range(1_000)), 1: list(range(1_000))}


@on_loop
async def test_delivery_is_verified_and_in_order(broker: Broker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}out", 2)
    strict = create_topic(broker.bootstrap, f"{prefix}strict", max_message_bytes="10000")
    source = create_topic(broker.bootstrap, f"{prefix}in")
    app = new_app(broker.bootstrap, prefix)
    assigned = asyncio.Event()

    @app.on_assigned
    async def ready(tps: set[TP]) -> None:
        assigned.set()

    reading(app, source)
    async with running(app):
        await assigned.wait()
        await app.deliver([])
        await app.deliver(
            [
                (topic, number % 2, b"key", b"%06d" % number + b"x" * 90, [("n", b"1")])
                for number in range(20_000)
            ]
        )
        await app.deliver([(topic, 0, b"key", None, None), (topic, None, b"key", b"by key", None)])
        too_large = Random(0).randbytes(20_000)
        with pytest.raises(DeliveryError, match="MessageSizeTooLarge"):
            await app.deliver([(strict, 0, None, too_large, None), (topic, 1, None, b"good", None)])
        # The producer goes on after a failure, also for that partition.
        await app.deliver([(strict, 0, None, b"small", None)])
    assert [record.value for record in await read_all(broker.bootstrap, strict, 1)] == [b"small"]
    records = await read_all(broker.bootstrap, topic, 20_003)
    for partition in range(2):
        values = [record.value for record in records if record.partition == partition]
        assert [int(value[:6]) for value in values[:10_000]] == list(range(partition, 20_000, 2))
    assert records[0].headers == (("n", b"1"),)
    assert {record.value for record in records if len(record.value or b"") < 90} == {None, b"by key", b"good"}


@on_loop
async def test_a_worker_can_be_stopped_while_it_starts(broker: Broker, prefix: str) -> None:
    for bootstrap, states in ((broker.bootstrap, (False, True)), ("127.0.0.1:9", (False,))):
        for started in states:
            app = new_app(bootstrap, prefix)
            reading(app, f"{prefix}missing")
            async with running(app) as worker:
                await until(lambda app=app, started=started: app.started or not started)  # type: ignore[misc]
                began = monotonic()
                assert await worker.stop() == 0
                assert monotonic() - began < 10


def test_a_topic_has_one_channel() -> None:
    app = BatchedApp("one-channel", "localhost:1")
    app.batches("events")
    with pytest.raises(ValueError, match="twice"):
        app.batches("events")


@on_loop
async def test_the_broker_restarts_in_the_middle(broker_folder: Path) -> None:
    started = local.start(broker_folder)
    topic = create_topic(started.bootstrap, "events", 2)
    for partition in range(2):
        await produce(started.bootstrap, topic, partition, numbers(500))
    app = new_app(started.bootstrap, "restart", broker_session_timeout=30.0)
    log = reading(app, topic)
    async with running(app) as worker:
        await log.count(1_000)
        await asyncio.to_thread(local.kill, broker_folder)
        assert (await asyncio.to_thread(local.start, broker_folder)).bootstrap == started.bootstrap
        for partition in range(2):
            await produce(started.bootstrap, topic, partition, numbers(500))
        await log.count(2_000)
        assert await worker.stop() == 0
    # All was committed before the broker died, so nothing comes twice.
    assert log.offsets() == {0: list(range(1_000)), 1: list(range(1_000))}


@on_loop
async def test_a_worker_waits_for_its_broker_and_stops_without_it(broker_folder: Path) -> None:
    bootstrap = local.start(broker_folder).bootstrap
    topic = create_topic(bootstrap, "events")
    await produce(bootstrap, topic, 0, numbers(100))
    local.stop(broker_folder)
    app = new_app(bootstrap, "early")
    log = reading(app, topic)
    async with running(app) as worker:
        assert (await asyncio.to_thread(local.start, broker_folder)).bootstrap == bootstrap
        await log.count(100)
        await asyncio.to_thread(local.kill, broker_folder)
        began = monotonic()
        assert await worker.stop() == 0
        assert monotonic() - began < 10
