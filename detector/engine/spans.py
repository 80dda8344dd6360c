# mypy: allow-untyped-defs, allow-untyped-calls
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
from numba import njit

from detector.engine.ordering import in_order, merged
from detector.engine.rows import LATE, Batch

NEVER = -(1 << 62)
# Batches of which the splitter knows what came before, when it first looks which of them are still needed.
_TIDY = 64


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


class Runs:
    """Rows that wait for their tick to close, as sorted runs, so that those which stay are not copied.

    Args:
        tick_ms: of the grid.
    """

    def __init__(self, tick_ms: int) -> None:
        self._tick_ms = tick_ms
        self._runs: list[Batch] = []  # sorted
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[Batch]:
        return iter(self._runs)

    def add(self, batch: Batch) -> None:
        """Takes rows in any order."""
        if len(batch):
            self._runs.append(in_order(batch))
            self._rows += len(batch)

    def cut(self, upto: int) -> Batch:
        """Takes out the rows of the ticks up to `upto`, sorted by (ts, id)."""
        bound = (upto + 1) * self._tick_ms
        closed, kept = [], []
        for batch in self._runs:
            ts = batch.rows["ts"]
            if ts[0] >= bound:
                kept.append(batch)
            elif ts[-1] < bound:
                closed.append(batch)
            else:
                k = int(np.searchsorted(ts, bound))
                closed.append(Batch(batch.rows[:k], batch.heap))
                kept.append(Batch(batch.rows[k:], batch.heap))
        self._runs = kept
        self._rows -= sum(map(len, closed))
        return merged(closed)


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
        self._tidy = _TIDY

    def push(self, batch: Batch) -> None:
        """Takes rows in the order of arrival. Changes `batch`."""
        if not len(batch):
            return
        offsets, before = batch.rows["offset"].copy(), np.empty(len(batch), np.int64)
        self.latest, late = _place(batch.rows, self.latest, self.lateness_ms, self.tick_ms, before)
        self.late += late
        self._before.append((offsets, before))
        if len(self._before) >= self._tidy:
            self.resume()
            self._tidy = 2 * len(self._before) + _TIDY
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


@njit(cache=True)
def _place(rows, latest, lateness_ms, tick_ms, before):
    """Moves late rows, fills in the greatest ts before each row; (that after all, how many were late)."""
    late = 0
    opened = (latest - lateness_ms) // tick_ms * tick_ms
    for i in range(len(rows)):
        before[i] = latest
        if latest - lateness_ms >= opened + tick_ms:
            opened = (latest - lateness_ms) // tick_ms * tick_ms
        ts = rows[i].ts
        if ts < opened:
            rows[i].late_by = min((opened - ts + 999) // 1000, 0xFFFFFFFF)
            rows[i].flags |= LATE
            rows[i].ts = opened
            late += 1
        latest = max(latest, ts)
    return latest, late


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
