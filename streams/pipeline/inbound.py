"""What comes into a stage, made into whole ticks: rows, or findings."""

from __future__ import annotations

from typing import Protocol, TypeVar

import msgspec

from detector.cases.findings import Finding
from detector.engine.merging import Clock, Merger
from detector.engine.rows import Batch
from detector.engine.spans import NEVER, Span
from streams.pipeline.wire import Message, WireError

In = TypeVar("In", covariant=True)


class Inbound(Protocol[In]):
    """Takes the messages of all sources, hands out whole ticks.

    Attributes:
        clock: how far the sources have come.
        done: the last tick handed out.
        pending: rows or findings that wait.
        repeated: those left out so far because they had come before.
    """

    @property
    def clock(self) -> Clock: ...

    @property
    def done(self) -> int: ...

    @property
    def repeated(self) -> int: ...

    @property
    def pending(self) -> int: ...

    def push(self, source: int, message: Message) -> int | None:
        """Takes a message; the last tick that got something by it, or None. Raises WireError."""
        ...

    def ready(self) -> tuple[int, In, int] | None:
        """(last tick, all of the ticks that have become complete, how many), or None."""
        ...


class RowsInbound:
    """Rows of events.

    Args:
        clock: of the sources.
        tick_ms: of the grid.
        done: ticks up to this one are done.
    """

    def __init__(self, clock: Clock, tick_ms: int, done: int = NEVER) -> None:
        self._merger = Merger((), tick_ms, done, clock)

    @property
    def clock(self) -> Clock:
        return self._merger.clock

    @property
    def done(self) -> int:
        return self._merger.done

    @property
    def pending(self) -> int:
        return self._merger.pending

    @property
    def repeated(self) -> int:
        return self._merger.repeated

    def push(self, source: int, message: Message) -> int | None:
        batch = Batch.empty()
        if message.payload:
            try:
                batch = Batch.unpack(message.payload)
            except ValueError as error:
                raise WireError(f"the rows of a span cannot be read: {error}") from error
        return self._merger.push(Span(source, message.upto, batch, message.idle, message.since))

    def ready(self) -> tuple[int, Batch, int] | None:
        ready = self._merger.ready()
        return None if ready is None else (*ready, len(ready[1]))


_FINDINGS = msgspec.msgpack.Decoder(list[Finding])


def tick_of(finding: Finding, tick_ms: int) -> int:
    """The tick at whose end the finding was known."""
    return (finding.ts - 1) // tick_ms


def pack_findings(findings: list[Finding], since: int, upto: int, tick_ms: int) -> bytes:
    """Findings as bytes. Raises ValueError when one is not of the ticks that the span is about."""
    for finding in findings:
        if not since < tick_of(finding, tick_ms) <= upto:
            raise ValueError(
                f"a finding of {finding.kind} is dated {finding.ts}, not in the ticks {since + 1} to {upto}"
            )
    return msgspec.msgpack.encode(findings) if findings else b""


class FindingsInbound:
    """Findings, ordered by (ts, kind, subject type, subject) whatever shard they come from.

    Args:
        clock: of the sources.
        tick_ms: of the grid.
        done: ticks up to this one are done.
    """

    def __init__(self, clock: Clock, tick_ms: int, done: int = NEVER) -> None:
        self.clock, self.done = clock, done
        self.repeated = 0
        self._tick_ms = tick_ms
        self._pending: list[Finding] = []

    @property
    def pending(self) -> int:
        return len(self._pending)

    def push(self, source: int, message: Message) -> int | None:
        findings: list[Finding] = []
        if message.payload:
            try:
                findings = _FINDINGS.decode(message.payload)
            except msgspec.DecodeError as error:
                raise WireError(f"the findings of a span cannot be read: {error}") from error
        seen = self.clock.seen(source)
        if not self.clock.note(source, message.upto, message.idle, message.since):
            return None
        new = [one for one in findings if tick_of(one, self._tick_ms) > max(seen, self.done)]
        self.repeated += len(findings) - len(new)
        self._pending += new
        return max((tick_of(one, self._tick_ms) for one in new), default=None)

    def ready(self) -> tuple[int, list[Finding], int] | None:
        closed = self.clock.closed
        if closed <= self.done:
            return None
        self.done = closed
        out: list[Finding] = []
        kept: list[Finding] = []
        for finding in self._pending:
            (out if tick_of(finding, self._tick_ms) <= closed else kept).append(finding)
        self._pending = kept
        out.sort(key=lambda one: (one.ts, one.kind, one.subject_type, one.subject))
        return closed, out, len(out)
