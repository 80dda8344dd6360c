"""The loop that fetches records, in the consumer's thread."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faust.types import TP

from streams.transport.batch import RecordBatch
from streams.transport.records import Records

#: Longest wait for records, milliseconds. Records and freed partitions end it; only `at_end` lags by it.
_WAIT_MS = 200
#: Pause after an error that may pass, seconds.
_BACKOFF = 0.2

Fetched = dict[TopicPartition, list[Records]]
Arrived = Callable[[list[RecordBatch], frozenset[TP] | None], None]


class Pump:
    """Fetches the partitions of one generation and posts whole record lists.

    A partition that is paused, or has `limit` batches waiting for its agent, is not asked for: aiokafka
    then keeps at most one fetched chunk of it. A pump lives for one generation; the next gets a new one, so
    a batch can't be taken for one of another generation.

    All methods must be called on the loop of the consumer's thread.
    """

    def __init__(
        self, consumer: AIOKafkaConsumer, generation: int, tps: Iterable[TP], limit: int, post: Arrived
    ) -> None:
        """`post(batches, at_end)` gets what came, and the partitions read to their end if that changed."""
        self.generation = generation
        self._consumer = consumer
        self._waiting = dict.fromkeys(tps, 0)
        self._limit = limit
        self._post = post
        self._paused: set[TP] = set()
        self._ready: tuple[TopicPartition, ...] = ()
        self._poll: asyncio.Task[Fetched] | None = None
        self._changed = asyncio.Event()
        self._changed.set()
        self._at_end: frozenset[TP] = frozenset()

    async def run(self) -> None:
        """Fetch until cancelled.

        Raises `KafkaError` when the consumer can't go on (no access, records that are damaged).
        """
        while True:
            try:
                await self._step()
            except KafkaError as error:
                if not error.retriable:
                    raise
                await asyncio.sleep(_BACKOFF)

    async def _step(self) -> None:
        if self._changed.is_set():
            self._changed.clear()
            # aiokafka wants its own type.
            self._ready = tuple(
                TopicPartition(*tp)
                for tp, waiting in self._waiting.items()
                if waiting < self._limit and tp not in self._paused
            )
        fetched = await self._fetch() if self._ready else await self._rest()
        batches = [
            RecordBatch(TP(*tp), records, self.generation)
            for tp, pieces in fetched.items()
            for records in pieces
        ]
        for batch in batches:
            self._waiting[batch.tp] += 1
            if self._waiting[batch.tp] >= self._limit:
                self._changed.set()
        at_end = self._read_to_end()
        if batches or at_end != self._at_end:
            self._post(batches, None if at_end == self._at_end else at_end)
            self._at_end = at_end
        # getmany returns at once while records are buffered: let the thread's other tasks run.
        await asyncio.sleep(0)

    async def _rest(self) -> Fetched:
        """Every partition is paused or full: an empty list would mean all of them to aiokafka."""
        # Not `wait_for`: it loses a cancellation that comes in the moment in which its wait is over.
        with suppress(TimeoutError):
            async with asyncio.timeout(_WAIT_MS / 1000):
                await self._changed.wait()
        return {}

    async def _fetch(self) -> Fetched:
        """What is buffered, or what comes; ends early with nothing when another partition becomes ready.

        One list at a time: a partition that is full then must not be asked for more.
        """
        buffered: Fetched = await self._consumer.getmany(*self._ready, max_records=1)
        if buffered:
            return buffered
        poll = asyncio.create_task(self._consumer.getmany(*self._ready, timeout_ms=_WAIT_MS, max_records=1))
        self._poll = poll
        try:
            await asyncio.wait({poll})
        finally:
            self._poll = None
            poll.cancel()
        # Cancelling can't lose records: aiokafka takes them without awaiting anything after.
        return {} if poll.cancelled() else poll.result()

    def _read_to_end(self) -> frozenset[TP]:
        assignment = self._consumer._subscription.subscription.assignment
        if assignment is None or not assignment.active:
            return frozenset()
        ended = []
        for tp in self._waiting:
            state = assignment.state_value(tp)
            if state.has_valid_position and state.highwater is not None and state.position >= state.highwater:
                ended.append(tp)
        return frozenset(ended)

    def taken(self, tp: TP) -> None:
        """A batch has left the inbox."""
        waiting = self._waiting[tp] = self._waiting[tp] - 1
        if waiting == self._limit - 1:
            self._wake()

    def pause(self, tp: TP) -> None:
        self._paused.add(tp)
        self._wake()

    def resume(self, tp: TP) -> None:
        self._paused.discard(tp)
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        if self._poll is not None:
            self._poll.cancel()
