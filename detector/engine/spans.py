# mypy: allow-untyped-defs, allow-untyped-calls
"""How work passes from stage to stage: spans of whole ticks, in order, from every source.

Time is cut on a grid of ticks (`ts // tick_ms`). A source says with each span that every tick up to `upto`
is complete, so a receiver (detector.engine.merging) can work up to the least of its sources, and knows what
it has had before: rows of ticks that the source had already completed are repetitions after a restart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

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
