"""The spans of all sources as one sequence of whole ticks; see detector.engine.spans."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from detector.engine.rows import LATE, Batch
from detector.engine.spans import NEVER, Runs, Span


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
