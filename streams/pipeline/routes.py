"""Where the outputs of each stage go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from detector.cases.findings import Finding
from detector.engine.routing import split
from detector.engine.rows import Batch
from streams.pipeline.inbound import pack_findings
from streams.pipeline.outbox import Outgoing
from streams.pipeline.wire import Message, encode

Out = TypeVar("Out", contravariant=True)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sends: name of the source, and epoch of this run of it."""

    source: str
    epoch: int


class Route(Protocol[Out]):
    """Makes records of what a stage has said about the ticks after `since` up to `upto`."""

    def __call__(
        self, origin: Origin, since: int, upto: int, out: Out, *, idle: bool = False
    ) -> list[Outgoing]: ...


def _send(topic: str, partition: int, message: Message) -> list[Outgoing]:
    return [(topic, partition, None, record, None) for record in encode(message)]


def _rows(
    topic: str, partition: int, origin: Origin, since: int, upto: int, rows: Batch, idle: bool
) -> list[Outgoing]:
    payload = rows.pieces() if len(rows) else b""
    return _send(topic, partition, Message(origin.source, origin.epoch, upto, payload, since, idle))


@dataclass(frozen=True, slots=True)
class ByShard:
    """Rows to the shards of a stage, each row to one, a span to all.

    Args:
        topic: of the stage.
        shards: its partitions.
        column: the field that chooses the shard.
    """

    topic: str
    shards: int
    column: str

    def __call__(
        self, origin: Origin, since: int, upto: int, out: Batch, *, idle: bool = False
    ) -> list[Outgoing]:
        return [
            record
            for shard, rows in enumerate(split(out, self.column, self.shards))
            for record in _rows(self.topic, shard, origin, since, upto, rows, idle)
        ]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some of the rows to the one shard of a stage.

    Args:
        topic: of the stage.
        choose: picks the rows.
    """

    topic: str
    choose: Callable[[Batch], Batch]

    def __call__(
        self, origin: Origin, since: int, upto: int, out: Batch, *, idle: bool = False
    ) -> list[Outgoing]:
        return _rows(self.topic, 0, origin, since, upto, self.choose(out), idle)


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings to the one shard of the cases' stage."""

    topic: str
    tick_ms: int

    def __call__(
        self, origin: Origin, since: int, upto: int, out: list[Finding], *, idle: bool = False
    ) -> list[Outgoing]:
        payload = pack_findings(out, since, upto, self.tick_ms)
        return _send(self.topic, 0, Message(origin.source, origin.epoch, upto, payload, since, idle))


@dataclass(frozen=True, slots=True)
class Flags:
    """Flags, keyed by their subject, to those outside."""

    topic: str

    def __call__(
        self, origin: Origin, since: int, upto: int, out: list[tuple[str, bytes]], *, idle: bool = False
    ) -> list[Outgoing]:
        return [(self.topic, None, key.encode(), flag, None) for key, flag in out]


def every(*routes: Callable[..., list[Outgoing]]) -> Callable[..., list[Outgoing]]:
    """One output to several stages."""

    def route(origin: Origin, since: int, upto: int, out: Batch, *, idle: bool = False) -> list[Outgoing]:
        return [record for each in routes for record in each(origin, since, upto, out, idle=idle)]

    return route
