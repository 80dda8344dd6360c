"""One shard of a stage on one partition of its topic: recovers, works, checkpoints."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

import msgspec

from detector.cases.reviews import Review
from detector.engine.merging import Clock
from detector.engine.spans import NEVER
from detector.engine.stage import Stage
from streams import reviews
from streams.checkpoint import Checkpoints, Named
from streams.pipeline.inbound import Inbound
from streams.pipeline.observe import Observer
from streams.pipeline.outbox import Deliver, Outbox
from streams.pipeline.routes import Origin, Route
from streams.pipeline.trail import Step, Trail
from streams.pipeline.wire import Assembler, StrayError, WireError
from streams.transport.records import Records

log = logging.getLogger(__name__)

Commit = Callable[[int, str], Awaitable[None]]
MakeInbound = Callable[[Clock, int, int], Inbound[Any]]


@dataclass(frozen=True)
class StagePlan:
    """What is common to the shards of a stage.

    Attributes:
        name: `actors`, `subjects`, `contents` or `cases`.
        make: a fresh stage.
        inbound: makes what takes its input, of (clock, tick_ms, done).
        route: where its outputs go.
        sources: names of all who send to it, in the same order in every worker.
        tick_ms: of the grid.
        shards: the setting: what is in a shard depends on it.
        checkpoint_seconds, checkpoint_rows: a checkpoint is due after so long, or so many rows or findings.
    """

    name: str
    make: Callable[[], Stage[Any]]
    inbound: MakeInbound
    route: Route[Any]
    sources: tuple[str, ...]
    tick_ms: int
    shards: int
    checkpoint_seconds: float
    checkpoint_rows: int = 4_000_000

    def schema(self, stage: Stage[Any]) -> str:
        return f"{stage.schema} with {self.shards} shards and ticks of {self.tick_ms} ms"


class Shard:
    """The state of one shard, while its partition is ours.

    Args:
        plan: of the stage.
        number: of the shard.
        origin: as which it sends on.
        deliver: sends records.
        commit: commits offset and metadata for the partition; raises when it is no longer ours.
        observer: is told.
    """

    def __init__(
        self,
        plan: StagePlan,
        number: int,
        origin: Origin,
        deliver: Deliver,
        commit: Commit,
        observer: Observer,
    ) -> None:
        self.plan, self.number = plan, number
        self.lock = asyncio.Lock()
        self.stage = plan.make()
        self._origin, self._commit, self._observer = origin, commit, observer
        self._outbox = Outbox(deliver)
        self._assembler = Assembler()
        self._numbers = {name: i for i, name in enumerate(plan.sources)}
        self._checkpoints: Checkpoints | None = None
        self._next: int | None = None
        self._saved: int | None = None
        self._since = NEVER
        self._busy = 0
        self._last = monotonic()
        self._duplicates = 0
        self._broken = False
        self._decided: list[Review] = []
        self._start(None)

    def _start(self, position: Mapping[str, Any] | None) -> None:
        clock, base = Clock(self._numbers.values()), Clock(self._numbers.values())
        done = NEVER
        if position is not None:
            done, self._next = position["done"], position["resume"]
            for each in (clock, base):
                each.restore(self._numbered(position["clock"]))
        self.inbound = self.plan.inbound(clock, self.plan.tick_ms, done)
        self._trail = Trail(base)
        self._saved = self._next

    def _numbered(self, clock: dict[str, Any]) -> dict[str, Any]:
        """A clock by numbers, from one by names: the numbers change when a topic is added."""
        known = [one for one in clock["sources"] if one[0] in self._numbers]
        return clock | {"sources": [[self._numbers[name], *rest] for name, *rest in known]}

    def _named(self, clock: dict[str, Any]) -> dict[str, Any]:
        names = self.plan.sources
        known = [one for one in clock["sources"] if one[0] < len(names)]
        return clock | {"sources": [[names[number], *rest] for number, *rest in known]}

    async def recover(self, checkpoints: Checkpoints, named: Named | None) -> None:
        """Takes up the state of an earlier run.

        Raises:
            ChangelogError: it cannot be.
        """
        self._checkpoints = checkpoints
        found = await checkpoints.recover(self.stage, named)
        if found is None:
            return
        self._start(found.position)
        self._duplicates = getattr(self.stage, "duplicates", 0)
        self._observer.recovered(self.plan.name, self.number, found.bytes_read, found.seconds)
        log.info(
            "recovered %s/%d at checkpoint %d, %d bytes in %.2f s",
            self.plan.name, self.number, found.seq, found.bytes_read, found.seconds,
        )  # fmt: skip

    async def work(self, records: Records) -> None:
        """Takes records of the partition, and does the ticks that have become complete.

        Raises:
            WireError: a record is damaged; names its offset.
            DeliveryError: outputs could not be sent.
        """
        async with self.lock:
            with self._whole():
                for k, offset in enumerate(records.offsets.tolist()):
                    self._take(offset, records.view(k))
                await self._step()
                # After the ticks: read again from an earlier record, a decision must find its flag there.
                await self._review()

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """What is left in the middle, by an error or because it is cancelled, must never be saved."""
        self._broken = True
        yield
        self._broken = False

    def _take(self, offset: int, record: memoryview | None) -> None:
        if self._next is not None:
            if offset < self._next:
                return
            if offset > self._next:
                self._lost(offset - self._next)
        self._next = offset + 1
        try:
            whole = self._assembler.add(offset, record)
            if whole is None:
                return
            message = whole.message
            if message.reviews:
                self._decided += reviews.unpack(message.payload)
                return
            # Of a source that is no more, or not known here yet: it holds nobody back.
            source = self._numbers.get(message.source)
            idle = message.idle or source is None
            if source is None:
                source = self._numbers[message.source] = len(self._numbers)
            tick = self.inbound.push(source, message if idle == message.idle else message.idled())
        except StrayError as error:
            # Who has written it here is not known to us, and it holds nothing of ours.
            log.warning("%s/%d at offset %d: passed over, %s", self.plan.name, self.number, offset, error)
            return
        except (WireError, msgspec.DecodeError) as error:
            raise WireError(f"{self.plan.name}/{self.number} at offset {offset}: {error}") from error
        self._trail.add(Step(whole.first, whole.last, source, message.upto, idle, message.since, tick))

    def _lost(self, records: int) -> None:
        """Records were deleted before they were read: what they held cannot be had any more."""
        log.error("%s/%d: %d records were deleted unread", self.plan.name, self.number, records)
        self._observer.lost(self.plan.name, self.number, records)
        self.inbound.clock.trust()
        self._trail.base.trust()

    async def _step(self) -> None:
        before = self.inbound.repeated
        ready = self.inbound.ready()
        if ready is None:
            return
        upto, work, n = ready
        began = monotonic()
        out = self.stage.step(upto, work)
        observer, name = self._observer, self.plan.name
        observer.batch(name, n, monotonic() - began)
        records = self.plan.route(self._origin, self._since, upto, out)
        self._since = upto
        self._busy += n
        await self._outbox.send(records)
        observer.watermark(name, self.number, (upto + 1) * self.plan.tick_ms)
        if self.inbound.repeated > before:
            observer.repeated(name, self.inbound.repeated - before)
        duplicates = getattr(self.stage, "duplicates", 0)
        if duplicates > self._duplicates:
            observer.duplicates(duplicates - self._duplicates)
            self._duplicates = duplicates
        if name == "cases":
            observer.flags([flag for _, flag in out])

    async def _review(self) -> None:
        """Hands reviewers' decisions to the stage of the cases."""
        decided, self._decided = self._decided, []
        if not decided:
            return
        out = self.stage.review(decided)  # type: ignore[attr-defined]
        await self._outbox.send(self.plan.route(self._origin, self._since, self._since, out))
        self._observer.flags([flag for _, flag in out])

    async def tune(self, tune: Callable[[str, Any], None]) -> None:
        """Gives the stage other parameters, between two steps."""
        async with self.lock:
            tune(self.plan.name, self.stage)

    def due(self, now: float) -> bool:
        """Whether a checkpoint is due."""
        return self._next != self._saved and (
            now - self._last >= self.plan.checkpoint_seconds or self._busy >= self.plan.checkpoint_rows
        )

    async def checkpoint(self) -> None:
        """Writes a checkpoint once all outputs are delivered, and commits it.

        Raises:
            CommitRefusedError: the partition has another owner.
            DeliveryError: something could not be written.
        """
        async with self.lock:
            if self._next is None or self._next == self._saved or self._checkpoints is None or self._broken:
                return
            began = monotonic()
            with self._whole():
                await self._outbox.flush()
                done = self.inbound.done
                resume = self._trail.resume(done, self._assembler.oldest, self._next)
                clock = self._named(self._trail.base.scalars())
                position = {"done": done, "resume": resume, "clock": clock}
                named, size = await self._checkpoints.write(self.stage, position)
                await self._commit(resume, named.text())
            self._saved, self._busy, self._last = self._next, 0, monotonic()
            self._observer.checkpoint(self.plan.name, self.number, size, self._last - began)
            tables = self.stage.tables()
            held = getattr(self.stage, "nbytes", sum(table.nbytes for table in tables))
            self._observer.state(self.plan.name, self.number, sum(table.used for table in tables), held)

    def drop(self) -> None:
        """Lets go of everything."""
        self._outbox.drop()
