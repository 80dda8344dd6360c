"""What works on each partition, and who sends what to whom: intakes of events, reviews, shards of stages."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from time import time_ns
from typing import Any

from faust.types import TP

from config.settings import Settings
from detector.engine.routing import ACTORS_BY, SUBJECTS_BY, with_company, with_contents
from streams.checkpoint import Checkpoints, Named
from streams.pipeline.changelog import KafkaChangelog
from streams.pipeline.inbound import FindingsInbound, RowsInbound
from streams.pipeline.intake import Decodes, Intake, IntakePlan
from streams.pipeline.observe import Observer
from streams.pipeline.reviewing import Reviewing
from streams.pipeline.routes import ByShard, Chosen, Findings, Flags, Origin, Route, every
from streams.pipeline.shard import MakeInbound, Shard, StagePlan
from streams.pipeline.stages import Limits, Stages
from streams.security import client_options
from streams.topics import TopicNames
from streams.transport import BatchedApp

# Pause between the commits of a partition of events, seconds.
_COMMIT_SECONDS = 1.0


class Parts:
    """Makes them.

    Args:
        app: that commits and delivers.
        settings, stages, decoder, observer, limits: as of `build_app`.

    Attributes:
        names: of the topics.
        types: topic -> type of its events.
        stage_of: internal topic -> name of the stage that reads it.
        client: options of Kafka's clients.
    """

    def __init__(
        self,
        app: BatchedApp,
        settings: Settings,
        stages: Stages,
        decoder: Callable[[str], Decodes],
        observer: Observer,
        limits: Limits,
    ) -> None:
        self.stages = stages
        self.names = TopicNames.of(settings)
        self.types = {topic: kind for kind, topic in self.names.events.items()}
        self.stage_of = {self.names.internal(one.name): one.name for one in fields(Stages)}
        self.client = client_options(settings)
        self._app, self._settings, self._decoder = app, settings, decoder
        self._observer, self._limits = observer, limits
        self._tick_ms = settings.tick_seconds * 1000

    def source(self, topic: str, partition: int) -> str:
        """The name of a partition of events among the sources of a stage."""
        return f"{self.types[topic]}/{partition}"

    def intake(self, tp: TP, number: int, generation: int) -> Intake:
        """Of a partition of events; `number`: among all of them."""
        settings = self._settings
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
            Origin(self.source(*tp), time_ns()),
            self._decoder(self.types[tp.topic]),
            self._app.committed(tp),
            self._app.deliver,
            partial(self._commit, tp, generation),
            partial(self._app.at_end, tp),
            self._observer,
        )

    def reviewing(self, tp: TP, generation: int) -> Reviewing:
        """Of a partition of reviews."""
        return Reviewing(
            self.names.internal("cases"),
            self.names.dead_letter,
            Origin(f"reviews/{tp.partition}", time_ns()),
            self._app.deliver,
            partial(self._commit, tp, generation),
            self._observer,
        )

    def shard(self, tp: TP, events: tuple[str, ...], generation: int) -> Shard:
        """Of a partition of a stage's topic, not yet recovered; `events`: the names of all `source`s."""
        name, settings = self.stage_of[tp.topic], self._settings
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
            self._app.deliver,
            partial(self._commit, tp, generation),
            self._observer,
        )

    def _sources(self, stage: str, events: tuple[str, ...]) -> tuple[str, ...]:
        if stage == "actors":
            return events
        shards = range(self._settings.shards)
        if stage == "cases":
            return (*(f"subjects/{i}" for i in shards), "contents/0", "company/0")
        return tuple(f"actors/{i}" for i in shards)

    def _route(self, stage: str) -> Route[Any]:
        names, to = self.names, self.names.internal
        if stage == "actors":
            return every(
                ByShard(to("subjects"), self._settings.shards, SUBJECTS_BY),
                Chosen(to("contents"), with_contents),
                Chosen(to("company"), with_company),
            )
        if stage == "cases":
            return Flags(names.sanctions)
        return Findings(to("cases"), self._tick_ms)

    def changelog(self, tp: TP) -> KafkaChangelog:
        """Of a partition of a stage's topic; to be closed when the shard is let go of."""
        topic = self.names.state(self.stage_of[tp.topic])
        return KafkaChangelog(self.client, topic, tp.partition, self._app.deliver)

    async def recover(self, tp: TP, shard: Shard, changelog: KafkaChangelog) -> None:
        """Reads a shard's state back; from now on it is saved to the same changelog."""
        schema = shard.plan.schema(shard.stage)
        checkpoints = Checkpoints(changelog, schema, secrets.token_hex(8), self._limits.ring)
        committed = self._app.committed(tp)
        await shard.recover(checkpoints, Named.parse(committed[1]) if committed else None)

    async def _commit(self, tp: TP, generation: int, offset: int, text: str) -> None:
        await self._app.commit({tp: (offset, text)}, generation)
        self._observer.committed(True)
