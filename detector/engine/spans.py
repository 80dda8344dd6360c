"""How work passes from stage to stage: spans of whole ticks, in order, from every source.

Time is cut on a grid of ticks (`ts // tick_ms`). A source says with each span that every tick up to `upto`
is complete, so a receiver can work up to the least of its sources, and knows what it has had before: rows of
ticks that the source had already completed are repetitions after a restart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from detector.engine.rows import LATE, Batch

NEVER = -(1 << 62)


@dataclass(slots=True)
class Span:
    """Rows of one source, complete up to a tick.

    Attributes:
        source: number of the source.
        upto: every tick up to and with this one is complete; the rows belong to such ticks.
        idle: the source has nothing more for now and holds nobody back.
        batch: the rows, sorted by (ts, id).
        since: the span has all rows of the ticks after this one; NEVER: those before were surely received.
    """

    source: int
    upto: int
    batch: Batch = field(default_factory=Batch.empty)
    idle: bool = False
    since: int = NEVER


def in_order(batch: Batch) -> Batch:
    """The batch sorted by (ts, id hash)."""
    ts, key = np.ascontiguousarray(batch.rows["ts"]), np.ascontiguousarray(batch.rows["id"])
    if len(ts) < 2 or bool(np.all((ts[1:] > ts[:-1]) | ((ts[1:] == ts[:-1]) & (key[1:] >= key[:-1])))):
        return batch
    # Mostly these are sorted runs, which a stable sort makes use of; ids decide only where times are equal.
    order = np.argsort(ts, kind="stable")
    equal = ts[order[1:]] == ts[order[:-1]]
    if equal.any():
        tied = np.zeros(len(ts), np.bool_)
        tied[1:] = equal
        tied[:-1] |= equal
        some = order[tied]
        order[tied] = some[np.lexsort((key[some], ts[some]))]
    return batch.take(order)


class Runs:
    """Rows that wait for their tick to close, as sorted runs, so that those which stay are not copied.

    Args:
        tick_ms: of the grid.
    """

    def __init__(self, tick_ms: int) -> None:
        self._tick_ms = tick_ms
        self._runs: list[tuple[np.ndarray, Batch]] = []  # (ts, batch sorted by ts)
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[Batch]:
        return (batch for _, batch in self._runs)

    def add(self, batch: Batch) -> None:
        """Takes rows in any order."""
        if not len(batch):
            return
        ts = np.ascontiguousarray(batch.rows["ts"])
        if bool((ts[1:] < ts[:-1]).any()):
            order = np.argsort(ts, kind="stable")
            ts, batch = ts[order], batch.take(order)
        self._runs.append((ts, batch))
        self._rows += len(batch)

    def cut(self, upto: int) -> Batch:
        """Takes out the rows of the ticks up to `upto`, sorted by (ts, id)."""
        bound = (upto + 1) * self._tick_ms
        closed, kept = [], []
        for ts, batch in self._runs:
            if ts[0] >= bound:
                kept.append((ts, batch))
            elif ts[-1] < bound:
                closed.append(batch)
            else:
                k = int(np.searchsorted(ts, bound))
                closed.append(Batch(batch.rows[:k], batch.heap))
                kept.append((ts[k:], Batch(batch.rows[k:], batch.heap)))
        self._runs = kept
        self._rows -= sum(map(len, closed))
        return in_order(Batch.concat(closed))


class Splitter:
    """Cuts the records of one source, in the order of arrival, into ticks.

    The watermark is the greatest ts so far less the allowed lateness. A row whose tick the watermark had
    closed when it arrived is late: it is moved to the start of the open tick and marked. Which tick a row
    goes to depends on the records before it alone, so a source read again gives the same ticks.

    Args:
        source: its number.
        tick_ms, lateness_ms: of the grid, and allowed.
        latest: the greatest ts before the first record, ms (from `resume` of an earlier run).

    Attributes:
        latest: greatest ts so far, ms.
        late: late rows so far.
    """

    def __init__(self, source: int, tick_ms: int, lateness_ms: int, latest: int = NEVER) -> None:
        self.source, self.tick_ms, self.lateness_ms = source, tick_ms, lateness_ms
        self.latest = latest
        self.late = 0
        self._pending = Runs(tick_ms)
        self._sent = NEVER
        self._before: deque[tuple[np.ndarray, np.ndarray]] = deque()  # offsets, greatest ts before each

    def push(self, batch: Batch) -> None:
        """Takes rows in the order of arrival. Changes `batch`."""
        if not len(batch):
            return
        ts = batch.rows["ts"]
        greatest = np.maximum.accumulate(np.maximum(ts, self.latest))
        before = np.concatenate(([np.int64(self.latest)], greatest[:-1]))
        opened = (before - self.lateness_ms) // self.tick_ms
        late = ts // self.tick_ms < opened
        if late.any():
            moved = opened[late] * self.tick_ms
            batch.rows["late_by"][late] = np.minimum((moved - ts[late] + 999) // 1000, 0xFFFFFFFF)
            batch.rows["flags"][late] |= LATE
            self.late += int(late.sum())
            ts[late] = moved
        self.latest = int(greatest[-1])
        self._before.append((batch.rows["offset"].copy(), before))
        self._pending.add(batch)

    @property
    def pending(self) -> int:
        """Rows that wait for their tick to close."""
        return len(self._pending)

    @property
    def oldest_pending(self) -> int | None:
        """The least source offset that still waits."""
        return min((int(batch.rows["offset"].min()) for batch in self._pending), default=None)

    def resume(self) -> tuple[int, int] | None:
        """(oldest pending offset, greatest ts before it): where to read on from; None when nothing waits."""
        oldest = self.oldest_pending
        if oldest is None:
            self._before.clear()
            return None
        while int(self._before[0][0][-1]) < oldest:
            self._before.popleft()
        offsets, before = self._before[0]
        return oldest, int(before[np.searchsorted(offsets, oldest)])

    def close(self) -> Span:
        """What the watermark has closed."""
        return self._close((self.latest - self.lateness_ms) // self.tick_ms - 1)

    def release(self) -> Span:
        """Everything, when the source has been quiet for a while or has ended."""
        span = self._close(self.latest // self.tick_ms)
        self.latest = max(self.latest, (span.upto + 1) * self.tick_ms + self.lateness_ms)
        span.idle = True
        return span

    def _close(self, upto: int) -> Span:
        since, self._sent = self._sent, upto
        return Span(self.source, upto, self._pending.cut(upto), since=since)


class Clock:
    """How far every source has come, and so up to where ticks are complete.

    It depends on the sequence of spans alone, not on when they are asked for; `scalars` and `restore` take
    it over a restart.

    Args:
        sources: the numbers of all sources; none is passed over until it has spoken.
        start: tick up to which all of them count as received.

    Attributes:
        closed: ticks up to this one are complete.
        gaps: spans refused because their source's span before them was never received.
    """

    def __init__(self, sources: Iterable[int], start: int = NEVER) -> None:
        self.closed = start
        self.gaps = 0
        self._seen = dict.fromkeys(sources, start)
        self._idle: set[int] = set()
        self._trusted = set(self._seen)

    def seen(self, source: int) -> int:
        """The last tick that the source has completed."""
        return self._seen.get(source, NEVER)

    def note(self, source: int, upto: int, idle: bool = False, since: int = NEVER) -> bool:
        """Takes a source's word. False, and nothing noted, when ticks before `since` are missing."""
        seen = self.seen(source)
        if since > seen and source in self._seen and source not in self._trusted:
            self.gaps += 1
            return False
        self._trusted.discard(source)
        self._seen[source] = max(seen, upto)
        (self._idle.add if idle else self._idle.discard)(source)
        self.closed = max(self.closed, self.least)
        return True

    def trust(self) -> None:
        """Takes the next span of every source as it comes: what lay before it is lost for good."""
        self._trusted = set(self._seen)

    @property
    def least(self) -> int:
        """The last tick that every source has completed, those that are idle aside."""
        active = [tick for source, tick in self._seen.items() if source not in self._idle]
        return min(active) if active else max(self._seen.values(), default=NEVER)

    def scalars(self) -> dict[str, Any]:
        """The state, of lists and numbers."""
        return {
            "closed": self.closed,
            "sources": [
                [source, tick, source in self._idle, source in self._trusted]
                for source, tick in self._seen.items()
            ],
        }

    def restore(self, scalars: dict[str, Any]) -> None:
        """Takes over the state of the sources that are still there; the others are new."""
        self.closed = scalars["closed"]
        for source, tick, idle, trusted in scalars["sources"]:
            if source in self._seen:
                self._seen[source] = tick
                (self._idle.add if idle else self._idle.discard)(source)
                (self._trusted.add if trusted else self._trusted.discard)(source)


class Merger:
    """Brings the spans of all sources into one sequence of whole ticks, ordered by (ts, id).

    Args:
        sources: the numbers of all sources; none is passed over until it has spoken.
        tick_ms: of the grid.
        done: ticks up to this one have been handed out already (by an earlier run): rows in them are dropped.
        clock: how far the sources have come, where that is known from an earlier run.

    Attributes:
        done: the last tick handed out.
        clock: how far the sources have come.
        repeated: rows dropped because their source had completed their tick before.
    """

    def __init__(
        self, sources: Iterable[int], tick_ms: int, done: int = NEVER, clock: Clock | None = None
    ) -> None:
        self.tick_ms, self.done = tick_ms, done
        self.clock = Clock(sources, done) if clock is None else clock
        self.repeated = 0
        self._pending = Runs(tick_ms)

    def push(self, span: Span) -> int | None:
        """Takes a span. Rows of ticks that the source has completed before are repetitions.

        Returns the last tick for which the span had rows that now wait, or None. Changes the span's rows.
        """
        clock, batch = self.clock, span.batch
        seen, closed = clock.seen(span.source), clock.closed
        if not clock.note(span.source, span.upto, span.idle, span.since) or not len(batch):
            return None
        ts = batch.rows["ts"]
        if int(ts[0]) // self.tick_ms <= seen:
            new = np.flatnonzero(ts // self.tick_ms > seen)
            self.repeated += len(batch) - len(new)
            batch = batch.take(new)
            ts = batch.rows["ts"]
        if len(batch) and int(ts[0]) // self.tick_ms <= closed:  # an idle source came back
            behind = ts // self.tick_ms <= closed
            moved = (closed + 1) * self.tick_ms
            batch.rows["late_by"][behind] += ((moved - ts[behind] + 999) // 1000).astype(np.uint32)
            batch.rows["flags"][behind] |= LATE
            ts[behind] = moved
        if len(batch) and int(ts[0]) // self.tick_ms <= self.done:  # read again after a restart
            batch = batch.take(np.flatnonzero(ts // self.tick_ms > self.done))
        if not len(batch):
            return None
        self._pending.add(batch)
        return int(batch.rows["ts"][-1]) // self.tick_ms

    @property
    def pending(self) -> int:
        """Rows that wait."""
        return len(self._pending)

    @property
    def least(self) -> int:
        """The last tick that every source has completed, those that are idle aside."""
        return self.clock.least

    def ready(self) -> tuple[int, Batch] | None:
        """(last tick, rows) of the ticks that have become complete, or None."""
        closed = self.clock.closed
        if closed <= self.done:
            return None
        self.done = closed
        return closed, self._pending.cut(closed)
