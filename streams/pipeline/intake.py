"""One partition of an events' topic: decodes its records, cuts them into ticks, hands them to the actors."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

import numpy as np

from detector.engine.rows import TYPES
from detector.engine.spans import NEVER, Span, Splitter
from detector.events.decode import Decoded
from detector.events.envelope import Headers
from detector.events.slices import Slices
from streams.pipeline.dead_letter import dead_letters
from streams.pipeline.observe import Observer
from streams.pipeline.outbox import Deliver, Outbox
from streams.pipeline.routes import ByShard, Origin
from streams.transport.records import Records

Commit = Callable[[int, str], Awaitable[None]]


class Decodes(Protocol):
    """`detector.events.decode.Decoder`."""

    def decode(
        self,
        records: Slices | Sequence[bytes | None],
        headers: Sequence[Headers] | None = None,
        *,
        part: int = 0,
        first_offset: int | Sequence[int] | np.ndarray = 0,
    ) -> Decoded: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """What is committed with the offset of a partition.

    Attributes:
        latest: greatest ts before that offset, ms.
        dead: the dead letters of the records before this offset are delivered.
        release: the partition was released at this offset, if anywhere: it had been quiet there, and whoever
            reads it again must cut it there too. Said before it is done.
        quiet: it was released at the offset of this commit, and nothing came since.
    """

    latest: int = NEVER
    dead: int = 0
    release: int | None = None
    quiet: bool = False

    def text(self) -> str:
        return json.dumps(
            {"latest": self.latest, "dead": self.dead, "release": self.release, "quiet": self.quiet}
        )

    @classmethod
    def parse(cls, text: str | None) -> Mark:
        """The mark of a text; of one that is not ours (set by another tool), that of a fresh start."""
        try:
            said = json.loads(text or "")
            release = said["release"]
            return cls(
                int(said["latest"]),
                int(said["dead"]),
                None if release is None else int(release),
                bool(said["quiet"]),
            )
        except (ValueError, KeyError, TypeError):
            return cls()


@dataclass(frozen=True)
class IntakePlan:
    """What is common to all partitions.

    Attributes:
        route: to the actors.
        dead_letter: topic of the dead letters.
        idle_seconds: a partition at its end for so long is released.
        commit_seconds: pause between commits.
    """

    route: ByShard
    dead_letter: str
    tick_ms: int
    lateness_ms: int
    idle_seconds: float
    commit_seconds: float = 1.0


class Intake:
    """A partition, while it is ours.

    Args:
        plan: common to all.
        number: of the source, for the rows.
        origin: as which it sends on.
        decoder: of the topic's type.
        committed: offset and metadata of the last commit, if any.
        deliver: sends records.
        commit: commits offset and metadata; raises when the partition is no longer ours.
        at_end: whether all that the broker has was handed to `work`.
        observer: is told.

    Attributes:
        upto: the last tick sent.
    """

    def __init__(
        self,
        plan: IntakePlan,
        number: int,
        origin: Origin,
        decoder: Decodes,
        committed: tuple[int, str] | None,
        deliver: Deliver,
        commit: Commit,
        at_end: Callable[[], bool],
        observer: Observer,
    ) -> None:
        self.plan, self.origin = plan, origin
        self.lock = asyncio.Lock()
        self.upto = NEVER
        self._number, self._decoder, self._observer = number, decoder, observer
        self._commit, self._at_end = commit, at_end
        self._outbox = Outbox(deliver)
        mark = Mark.parse(committed[1]) if committed else Mark()
        self._next = committed[0] if committed else None
        self._dead, self._release_at, self._quiet = mark.dead, mark.release, mark.quiet
        self._splitter = Splitter(number, plan.tick_ms, plan.lateness_ms, mark.latest)
        self._idle = False
        self._since: float | None = None  # when the end was reached
        self._changed = self._broken = False
        self._last_commit = self._last_word = monotonic()

    async def begin(self, end: int) -> None:
        """Before the first record: when there is something to read, up to the offset `end`, says so.

        Where the partition was at rest, the others would go on without it, and make late what was in time.
        """
        if (self._next is None or self._quiet) and end > (self._next or 0):
            async with self.lock:
                await self._outbox.send(self._spans(self._splitter.close()))
                await self._outbox.flush()

    async def work(self, records: Records) -> None:
        """Takes records as fetched.

        Raises:
            DeliveryError: what came before could not be sent.
            CommitRefusedError: the partition has another owner.
        """
        async with self.lock:
            # What is left in the middle, by an error or because it is cancelled, must never be saved.
            self._broken = True
            await self._work(records)
            self._broken = False

    async def _work(self, records: Records) -> None:
        self._since = None
        if self._next is not None:
            records = records.since(self._next)
        release = self._release_at
        if release is not None:
            before = records.before(release)
            if len(before):
                await self._handle(before)
            if len(before) == len(records):
                return
            await self._release(release)
            records = records.since(release)
        if len(records):
            await self._handle(records)
        if monotonic() - self._last_commit >= self.plan.commit_seconds:
            await self._save()

    async def _handle(self, records: Records) -> None:
        began = monotonic()
        offsets = records.offsets
        first, following = int(offsets[0]), int(offsets[-1]) + 1
        decoded = self._decoder.decode(
            records.values,
            records.headers,
            part=self._number,
            first_offset=first if following - first == len(records) else offsets,
        )
        letters = []
        if decoded.invalid:
            fresh = [bad for bad in decoded.invalid if offsets[bad.index] >= self._dead]
            letters = dead_letters(self.plan.dead_letter, records, fresh)
            for reason, n in Counter(bad.reason for bad in fresh).items():
                self._observer.invalid(reason, n)
        for kind, n in enumerate(np.bincount(decoded.batch.rows["type"], minlength=len(TYPES)).tolist()):
            if n:
                # A topic has events of one type.
                self._observer.events(TYPES[kind], n)
                self._observer.rows(TYPES[kind], decoded.batch.rows)
        late = self._splitter.late
        self._splitter.push(decoded.batch)
        if self._splitter.late > late:
            self._observer.late(self._splitter.late - late)
        if len(decoded.batch):
            self._quiet = False
        self._next, self._changed = following, True
        self._dead = max(self._dead, following)
        span = self._splitter.close()
        spans = []
        if span.upto > self.upto or (self._idle and len(decoded.batch)):
            self._idle = False
            spans = self._spans(span)
        self._observer.batch("intake", len(records), monotonic() - began)
        await self._outbox.send(letters + spans)

    def _spans(self, span: Span) -> list[Any]:
        self.upto, self._last_word = span.upto, monotonic()
        return self.plan.route(self.origin, span.since, span.upto, span.batch, idle=span.idle)

    async def _release(self, offset: int) -> None:
        """Sends everything before an offset on, and says that nothing more is to be waited for."""
        span = self._splitter.release()
        self._idle = self._quiet = True
        self._release_at = None
        await self._outbox.send(self._spans(span))
        await self._save(offset)

    async def _save(self, following: int | None = None) -> None:
        """Commits how far everything is delivered."""
        await self._outbox.flush()
        following = self._next if following is None else following
        self._last_commit = monotonic()
        if following is None:
            return
        offset, latest = self._splitter.resume() or (following, self._splitter.latest)
        mark = Mark(latest, max(self._dead, following), self._release_at, self._quiet and offset == following)
        await self._commit(offset, mark.text())
        self._changed = False

    async def save(self) -> None:
        """Commits, when there is something new."""
        async with self.lock:
            if self._changed and not self._broken:
                await self._save()

    async def watch(self) -> None:
        """To be called now and then: releases the partition when it has been quiet, and says so again.

        Raises as `work`.
        """
        if not self._at_end():
            self._since = None
        elif self._since is None:
            self._since = monotonic()
        elif monotonic() - self._since >= self.plan.idle_seconds:
            async with self.lock:
                # Records may have come while the lock was waited for.
                if self._since is not None and self._at_end() and not self._broken:
                    self._broken = True
                    await self._rest()
                    self._broken = False
        if self._changed and monotonic() - self._last_commit >= self.plan.commit_seconds:
            await self.save()

    async def _rest(self) -> None:
        if not self._idle and not self._quiet:
            if self._next is not None:
                # Said before it is done: a successor that reads the same records must cut them here as well,
                # or rows that come later would count as had.
                self._release_at = self._next
                await self._save()
                await self._release(self._next)
            else:
                self._idle = True
                await self._outbox.send(self._spans(self._splitter.release()))
        elif not self._idle or monotonic() - self._last_word >= max(self.plan.idle_seconds, 1.0):
            # Again, for a shard whose state began anew.
            await self._outbox.flush()
            span = self._splitter.close()
            span.idle, span.since, self._idle = True, NEVER, True
            await self._outbox.send(self._spans(span))

    def drop(self) -> None:
        """Lets go of everything."""
        self._outbox.drop()
