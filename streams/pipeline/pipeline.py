"""The partitions of a worker: taken over, worked on, saved, let go of."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import fields
from functools import partial
from time import monotonic, time_ns
from typing import Any

from faust.types import TP

from config.load import ConfigError
from config.settings import Settings
from detector.engine.routing import ACTORS_BY, SUBJECTS_BY, with_company, with_contents
from streams.checkpoint import Checkpoints, Named
from streams.pipeline.ask import ends, partitions
from streams.pipeline.changelog import KafkaChangelog
from streams.pipeline.inbound import FindingsInbound, RowsInbound
from streams.pipeline.intake import Decodes, Intake, IntakePlan
from streams.pipeline.observe import Observer
from streams.pipeline.pause import to_pause
from streams.pipeline.reload import Reload
from streams.pipeline.reviewing import Reviewing
from streams.pipeline.routes import ByShard, Chosen, Findings, Flags, Origin, Route, every
from streams.pipeline.shard import MakeInbound, Shard, StagePlan
from streams.pipeline.stages import Limits, Stages
from streams.security import client_options
from streams.topics import TopicNames
from streams.transport import BatchedApp, CommitRefusedError

log = logging.getLogger(__name__)

# How often partitions and shards are looked after, seconds.
_WATCH_SECONDS = 0.1
# Longest that the last checkpoints may take when partitions are taken away, seconds.
_FAREWELL_SECONDS = 15.0
# Pause between the commits of a partition of events, seconds.
_COMMIT_SECONDS = 1.0
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
        self.app, self.settings, self.stages = app, settings, stages
        self.names = TopicNames.of(settings)
        self._decoder, self._observer, self._limits = decoder, observer, limits
        self._reload = reload
        self._client = client_options(settings)
        self._tick_ms = settings.tick_seconds * 1000
        self._types = {topic: kind for kind, topic in self.names.events.items()}
        self._stage_of = {self.names.internal(one.name): one.name for one in fields(Stages)}
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
        for topic in (*self._types, *self._stage_of, self.names.reviews):
            # The topic is read by this agent alone, so partitions of one topic take turns.
            channel = self.app.batches(topic, weight=_WEIGHTS.get(self._stage_of.get(topic, ""), 1.0))
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
        found = await partitions(self._client, sorted(self._types))
        sources = [(topic, partition) for topic in sorted(found) for partition in range(found[topic])]
        numbers = {TP(*source): i for i, source in enumerate(sources)}
        names = tuple(self._source(*source) for source in sources)
        generation = self.app.generation
        shards = {tp: self._shard(tp, names, generation) for tp in sorted(tps) if tp.topic in self._stage_of}
        await asyncio.gather(*(self._recover(tp, shard) for tp, shard in shards.items()))
        self._shards = shards
        # A partition that is so new that it was not found has no number yet: the next rebalance brings it.
        self._intakes = {tp: self._intake(tp, numbers[tp], generation) for tp in sorted(tps & numbers.keys())}
        self._reviewing = {
            tp: self._review(tp, generation) for tp in sorted(tps) if tp.topic == self.names.reviews
        }
        found_ends = await ends(self._client, self._intakes.keys())
        await asyncio.gather(*(intake.begin(found_ends[tp]) for tp, intake in self._intakes.items()))
        self._observer.assigned(
            len(tps), {f"{shard.plan.name}/{shard.number}": shard.stage for shard in shards.values()}
        )
        self._enough = asyncio.Event()
        # As a future of the app: an exception in it crashes the worker.
        self._watching = self.app.add_future(self._watch(self._enough))

    def _source(self, topic: str, partition: int) -> str:
        return f"{self._types[topic]}/{partition}"

    def _intake(self, tp: TP, number: int, generation: int) -> Intake:
        settings = self.settings
        plan = IntakePlan(
            ByShard(self.names.internal("actors"), settings.shards, ACTORS_BY),
            self.names.dead_letter,
            self._tick_ms,
            settings.lateness_seconds * 1000,
            settings.idle_seconds,
            min(_COMMIT_SECONDS, settings.checkpoint_seconds),
        )
        return Intake(
            plan,
            number,
            Origin(self._source(*tp), time_ns()),
            self._decoder(self._types[tp.topic]),
            self.app.committed(tp),
            self.app.deliver,
            partial(self._commit, tp, generation),
            partial(self.app.at_end, tp),
            self._observer,
        )

    def _review(self, tp: TP, generation: int) -> Reviewing:
        return Reviewing(
            self.names.internal("cases"),
            self.names.dead_letter,
            Origin(f"reviews/{tp.partition}", time_ns()),
            self.app.deliver,
            partial(self._commit, tp, generation),
            self._observer,
        )

    def _shard(self, tp: TP, events: tuple[str, ...], generation: int) -> Shard:
        name, settings = self._stage_of[tp.topic], self.settings
        inbound: MakeInbound = RowsInbound
        if name == "cases":
            inbound = FindingsInbound
        plan = StagePlan(
            name=name,
            make=getattr(self.stages, name),
            inbound=inbound,
            route=self._route(name),
            sources=self._sources(name, events),
            tick_ms=self._tick_ms,
            shards=settings.shards,
            checkpoint_seconds=settings.checkpoint_seconds,
            checkpoint_rows=self._limits.checkpoint_rows,
        )
        return Shard(
            plan,
            tp.partition,
            Origin(f"{name}/{tp.partition}", time_ns()),
            self.app.deliver,
            partial(self._commit, tp, generation),
            self._observer,
        )

    def _sources(self, stage: str, events: tuple[str, ...]) -> tuple[str, ...]:
        if stage == "actors":
            return events
        shards = range(self.settings.shards)
        if stage == "cases":
            return (*(f"subjects/{i}" for i in shards), "contents/0", "company/0")
        return tuple(f"actors/{i}" for i in shards)

    def _route(self, stage: str) -> Route[Any]:
        names, to = self.names, self.names.internal
        if stage == "actors":
            return every(
                ByShard(to("subjects"), self.settings.shards, SUBJECTS_BY),
                Chosen(to("contents"), with_contents),
                Chosen(to("company"), with_company),
            )
        if stage == "cases":
            return Flags(names.sanctions)
        return Findings(to("cases"), self._tick_ms)

    async def _recover(self, tp: TP, shard: Shard) -> None:
        topic = self.names.state(shard.plan.name)
        changelog = KafkaChangelog(self._client, topic, tp.partition, self.app.deliver)
        self._changelogs.append(changelog)
        schema = shard.plan.schema(shard.stage)
        checkpoints = Checkpoints(changelog, schema, secrets.token_hex(8), self._limits.ring)
        committed = self.app.committed(tp)
        await shard.recover(checkpoints, Named.parse(committed[1]) if committed else None)

    async def _commit(self, tp: TP, generation: int, offset: int, text: str) -> None:
        await self.app.commit({tp: (offset, text)}, generation)
        self._observer.committed(True)

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
            self.stages = Stages.of(engine)
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
