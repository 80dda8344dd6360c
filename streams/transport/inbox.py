"""Where fetched batches wait for the agent."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from faust.types import TP

from streams.transport.batch import RecordBatch


class Inbox:
    """Batches of some topics, waiting for the one agent that reads them.

    The batch that `get` returned is in hand until `get` is called again, so `idle` tells when the agent
    has finished. Lives on the worker's event loop; its length is bounded by the `Pump`, which does not read
    partitions that have too much waiting here.
    """

    def __init__(self, taken: Callable[[TP, int], None]) -> None:
        """`taken(tp, generation)` is called when a batch leaves the inbox."""
        self._taken = taken
        self._batches: deque[RecordBatch] = deque()
        self._paused: set[TP] = set()
        self._wakeup = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._in_hand: TP | None = None

    def put(self, batch: RecordBatch) -> None:
        self._batches.append(batch)
        self._wakeup.set()

    async def get(self) -> RecordBatch:
        """The next batch of a partition that is not paused."""
        self._in_hand = None
        self._idle.set()
        while (batch := self._next()) is None:
            self._wakeup.clear()
            await self._wakeup.wait()
        self._in_hand = batch.tp
        self._idle.clear()
        self._taken(batch.tp, batch.generation)
        return batch

    def _next(self) -> RecordBatch | None:
        for place, batch in enumerate(self._batches):
            if batch.tp not in self._paused:
                del self._batches[place]
                return batch
        return None

    def holds(self, tp: TP) -> bool:
        """Whether a batch of the partition waits here or is in the agent's hands."""
        return self._in_hand == tp or any(batch.tp == tp for batch in self._batches)

    def pause(self, tp: TP) -> None:
        self._paused.add(tp)

    def resume(self, tp: TP) -> None:
        self._paused.discard(tp)
        self._wakeup.set()

    def clear(self) -> None:
        """Forget what waits, and all pauses."""
        self._batches.clear()
        self._paused.clear()

    async def idle(self, seconds: float) -> bool:
        """Wait until the agent asks for the next batch. False when that takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        return self._idle.is_set()
