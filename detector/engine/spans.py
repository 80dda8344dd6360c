"""How work passes from stage to stage: spans of whole ticks, in order, from every source.

Time is cut on a grid of ticks (`ts // tick_ms`). A source says with each span that every tick up to `upto`
is complete, so a receiver can work up to the least of its sources, and knows what it has had before: rows of
ticks that the source had already completed are repetitions after a restart.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
    """

    source: int
    upto: int
    batch: Batch = field(default_factory=Batch.empty)
    idle: bool = False


def in_order(batch: Batch) -> Batch:
    """The batch sorted by (ts, id hash)."""
    ts, key = batch.rows["ts"], batch.rows["id"]
    if len(ts) < 2 or bool(np.all((ts[1:] > ts[:-1]) | ((ts[1:] == ts[:-1]) & (key[1:] >= key[:-1])))):
        return batch
    return batch.take(np.lexsort((key, ts)))


class Splitter:
    """Cuts the records of one source, in the order of arrival, into ticks.

    The watermark is the greatest ts so far less the allowed lateness. A row whose tick the watermark had
    closed when it arrived is late: it is moved to the start of the open tick and marked. Which tick a row
    goes to depends on the records before it alone, so a source read again gives the same ticks.

    Args:
        source: its number.
        tick_ms, lateness_ms: of the grid, and allowed.
        latest: the greatest ts before the first record, ms (from `latest` of an earlier run).

    Attributes:
        latest: greatest ts so far, ms.
        late: late rows so far.
    """

    def __init__(self, source: int, tick_ms: int, lateness_ms: int, latest: int = NEVER) -> None:
        self.source, self.tick_ms, self.lateness_ms = source, tick_ms, lateness_ms
        self.latest = latest
        self.late = 0
        self._pending: list[Batch] = []

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
        self._pending.append(batch)

    @property
    def pending(self) -> int:
        """Rows that wait for their tick to close."""
        return sum(map(len, self._pending))

    @property
    def oldest_pending(self) -> int | None:
        """The least source offset that still waits."""
        return min((int(batch.rows["offset"].min()) for batch in self._pending if len(batch)), default=None)

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
        batch = Batch.concat(self._pending)
        closed = batch.rows["ts"] // self.tick_ms <= upto
        if not closed.any():
            self._pending = [batch] if len(batch) else []
            return Span(self.source, upto)
        if closed.all():
            self._pending = []
        else:
            self._pending = [batch.take(np.flatnonzero(~closed))]
            batch = batch.take(np.flatnonzero(closed))
        return Span(self.source, upto, in_order(batch))


class Merger:
    """Brings the spans of all sources into one sequence of whole ticks, ordered by (ts, id).

    Args:
        sources: the numbers of all sources; none is passed over until it has spoken.
        tick_ms: of the grid.
        done: ticks up to this one have been handed out already (by an earlier run): rows in them are dropped.

    Attributes:
        done: the last tick handed out.
        repeated: rows dropped because their source had completed their tick before.
    """

    def __init__(self, sources: list[int], tick_ms: int, done: int = NEVER) -> None:
        self.tick_ms, self.done = tick_ms, done
        self.repeated = 0
        self._seen = dict.fromkeys(sources, done)
        self._idle: set[int] = set()
        self._pending: list[Batch] = []

    def push(self, span: Span) -> None:
        """Takes a span. Rows of ticks that the source has completed before are repetitions."""
        seen = self._seen.get(span.source, self.done)
        batch = span.batch
        if len(batch):
            ticks = batch.rows["ts"] // self.tick_ms
            if int(ticks[0]) <= seen:
                new = np.flatnonzero(ticks > seen)
                self.repeated += len(batch) - len(new)
                batch, ticks = batch.take(new), ticks[new]
            if len(batch) and int(ticks[0]) <= self.done:  # an idle source came back
                behind = ticks <= self.done
                moved = (self.done + 1) * self.tick_ms
                ts = batch.rows["ts"]
                batch.rows["late_by"][behind] += ((moved - ts[behind] + 999) // 1000).astype(np.uint32)
                batch.rows["flags"][behind] |= LATE
                ts[behind] = moved
            if len(batch):
                self._pending.append(batch)
        self._seen[span.source] = max(seen, span.upto)
        (self._idle.add if span.idle else self._idle.discard)(span.source)

    @property
    def pending(self) -> int:
        """Rows that wait."""
        return sum(map(len, self._pending))

    @property
    def least(self) -> int:
        """The last tick that every source has completed, those that are idle aside."""
        active = [tick for source, tick in self._seen.items() if source not in self._idle]
        return min(active) if active else max(self._seen.values(), default=NEVER)

    def ready(self) -> tuple[int, Batch] | None:
        """(last tick, rows) of the ticks that have become complete, or None."""
        least = self.least
        if least <= self.done:
            return None
        self.done = least
        batch = Batch.concat(self._pending)
        closed = batch.rows["ts"] // self.tick_ms <= least
        if closed.all():
            self._pending = []
        else:
            self._pending = [batch.take(np.flatnonzero(~closed))]
            batch = batch.take(np.flatnonzero(closed))
        return least, in_order(batch)
