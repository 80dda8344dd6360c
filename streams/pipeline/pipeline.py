"""The partitions of a worker: taken over, worked on, saved, let go of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from faust.types import TP

from config.load import ConfigError
from config.settings import Settings
from streams.pipeline.ask import ends, partitions
from streams.pipeline.changelog import KafkaChangelog
from streams.pipeline.intake import Decodes, Intake
from streams.pipeline.observe import Observer
from streams.pipeline.parts import Parts
from streams.pipeline.pause import to_pause
from streams.pipeline.reload import Reload
from streams.pipeline.reviewing import Reviewing
from streams.pipeline.shard import Shard
from streams.pipeline.stages import Limits, Stages
from streams.transport import BatchedApp, CommitRefusedError

log = logging.getLogger(__name__)

# How often partitions and shards are looked after, seconds.
_WATCH_SECONDS = 0.1
# Longest that the last checkpoints may take when partitions are taken away, seconds.
_FAREWELL_SECONDS = 15.0
# How much work a shard of a stage is, against a partition of events: measured with as many shards as the
# settings have, and two partitions of each topic of events.
_WEIGHTS = {"actors": 2.0, "subjects": 6.0, "contents": 6.0, "company": 9.0, "cases": 0.5}


class Pipeline:
    """All partitions of a worker, from assignment to assignment.

    Args:
        app: whose agents and hooks these become.
        settings, stages, decoder, observer, limits: as of `build_app`.
        reload: looks for changed rules.
    """

    def __init__(
        self,
        app: BatchedApp,
        settings: Settings,
        stages: Stages,
        decoder: Callable[[str], Decodes],
        observer: Observer,
        limits: Limits,
        reload: Reload | None = None,
    ) -> None:
        self.app = app
        self.parts = Parts(app, settings, stages, decoder, observer, limits)
        self._observer, self._limits, self._reload = observer, limits, reload
        self._intakes: dict[TP, Intake] = {}
        self._shards: dict[TP, Shard] = {}
        self._reviewing: dict[TP, Reviewing] = {}
        self._changelogs: list[KafkaChangelog] = []
        self._watching: asyncio.Future[None] | None = None
        self._enough = asyncio.Event()
        self._paused: frozenset[TP] = frozenset()

    def attach(self) -> None:
        """Declares the agents and hooks."""
        self.app.on_assigned(self.assigned)
        self.app.on_revoked(self.revoked)
        self.app.on_before_shutdown.connect(self._shutdown)
        parts = self.parts
        for topic in (*parts.types, *parts.stage_of, parts.names.reviews):
            # The topic is read by this agent alone, so partitions of one topic take turns.
            channel = self.app.batches(topic, weight=_WEIGHTS.get(parts.stage_of.get(topic, ""), 1.0))
            self.app.agent(channel, name=f"agent.{topic}")(self._agent)

    async def _agent(self, stream: Any) -> None:
        async for batch in stream:
            await self._owned(batch.tp, self._work(batch.tp, batch.records))

    async def _work(self, tp: TP, records: Any) -> None:
        worker = self._intakes.get(tp) or self._shards.get(tp) or self._reviewing.get(tp)
        if worker is not None:
            await worker.work(records)
            self._balance()

    async def _owned(self, tp: TP, doing: Awaitable[None]) -> None:
        """Does something for a partition; when it turns out to be another's, lets go of it."""
        try:
            await doing
        except CommitRefusedError:
            self._observer.committed(False)
            log.info("%s/%d has another owner now", *tp)
            self._let_go(tp)

    def _let_go(self, tp: TP) -> None:
        for held in (self._intakes.pop(tp, None), self._shards.pop(tp, None)):
            if held is not None:
                held.drop()
        self._reviewing.pop(tp, None)

    # Partitions come and go.

    async def assigned(self, tps: set[TP]) -> None:
        """Takes the partitions over: recovers the states, begins to read."""
        await self._drop()
        parts = self.parts
        found = await partitions(parts.client, sorted(parts.types))
        sources = [(topic, partition) for topic in sorted(found) for partition in range(found[topic])]
        numbers = {TP(*source): i for i, source in enumerate(sources)}
        names = tuple(parts.source(*source) for source in sources)
        generation = self.app.generation
        shards = {tp: parts.shard(tp, names, generation) for tp in sorted(tps) if tp.topic in parts.stage_of}
        await asyncio.gather(*(self._recover(tp, shard) for tp, shard in shards.items()))
        self._shards = shards
        # A partition that is so new that it was not found has no number yet: the next rebalance brings it.
        self._intakes = {tp: parts.intake(tp, numbers[tp], generation) for tp in sorted(tps & numbers.keys())}
        self._reviewing = {
            tp: parts.reviewing(tp, generation) for tp in sorted(tps) if tp.topic == parts.names.reviews
        }
        found_ends = await ends(parts.client, self._intakes.keys())
        await asyncio.gather(*(intake.begin(found_ends[tp]) for tp, intake in self._intakes.items()))
        self._observer.assigned(
            len(tps), {f"{shard.plan.name}/{shard.number}": shard.stage for shard in shards.values()}
        )
        self._enough = asyncio.Event()
        # As a future of the app: an exception in it crashes the worker.
        self._watching = self.app.add_future(self._watch(self._enough))

    async def _recover(self, tp: TP, shard: Shard) -> None:
        changelog = self.parts.changelog(tp)
        self._changelogs.append(changelog)
        await self.parts.recover(tp, shard, changelog)

    async def revoked(self, tps: set[TP]) -> None:
        """Saves what is done, and lets go of everything."""
        try:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._stop_watching()
                await asyncio.gather(*(self._owned(tp, one.save()) for tp, one in self._intakes.items()))
                await asyncio.gather(*(self._owned(tp, one.checkpoint()) for tp, one in self._shards.items()))
        except TimeoutError:
            log.warning("not everything was saved within %g s: it will be done again", _FAREWELL_SECONDS)
        await self._drop()

    async def _shutdown(self, *_: Any, **__: Any) -> None:
        # After a crash nothing was revoked.
        await self._drop()

    async def _drop(self) -> None:
        self._enough.set()
        for tp in [*self._intakes, *self._shards, *self._reviewing]:
            self._let_go(tp)
        changelogs, self._changelogs = self._changelogs, []
        await asyncio.gather(*(changelog.close() for changelog in changelogs))
        self._paused = frozenset()

    # While they are ours.

    async def _watch(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            for tp, intake in list(self._intakes.items()):
                await self._owned(tp, intake.watch())
            for tp, shard in list(self._shards.items()):
                if shard.due(monotonic()):
                    await self._owned(tp, shard.checkpoint())
            self._balance()
            await self._look_at_rules()
            with suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_SECONDS):
                    await enough.wait()

    async def _look_at_rules(self) -> None:
        """Gives all shards, and those to come, the rules that an operator has changed."""
        if self._reload is None:
            return
        try:
            engine = self._reload.changed(monotonic())
        except ConfigError as error:
            self._observer.rules(None)
            log.error("changed rules are refused, the former ones stay in force: %s", error)
            return
        if engine is not None:
            self.parts.stages = Stages.of(engine)
            for shard in list(self._shards.values()):
                await shard.tune(engine.tune)
            self._observer.rules(engine.versions["rules"])
            log.info("rules %s are in force", engine.versions["rules"])

    async def _stop_watching(self) -> None:
        self._enough.set()
        watching, self._watching = self._watching, None
        if watching is not None:
            # It ends by itself, after the checkpoint that it may be writing.
            await watching

    def _balance(self) -> None:
        local = [shard.inbound for shard in self._shards.values() if shard.plan.name == "actors"]
        if not local:
            return
        paused = to_pause(
            {tp: intake.upto for tp, intake in self._intakes.items()},
            min(inbound.clock.least for inbound in local),
            sum(inbound.pending for inbound in local),
            self._limits.rows,
            self._paused,
        )
        if paused == self._paused:
            return
        for tp in paused - self._paused:
            self.app.pause(tp)
        for tp in self._paused - paused:
            self.app.resume(tp)
        self._paused = paused
        self._observer.paused(len(paused))
