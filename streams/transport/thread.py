"""The consumer's thread: aiokafka's consumer, the pump, and commits that are verified."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, TypeVar, cast

from aiokafka.errors import (
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.transport.assign import Spread
from streams.transport.batch import CommitError, CommitRefusedError, Committed, Offsets
from streams.transport.fetched import ArrayConsumer
from streams.transport.plan import Plan
from streams.transport.pump import Arrived, Pump

T = TypeVar("T")

#: Longest that a fetch waits at the broker, milliseconds. A partition whose records were just taken can't be
#: asked for while a fetch of the quiet partitions of its broker waits there, so this bounds that delay.
_FETCH_WAIT_MS = 100
#: Pause before a commit is tried again, seconds.
_COMMIT_BACKOFF = 0.1
#: Longest that the consumer may take to leave its group, seconds.
_LEAVE_SECONDS = 3.0

_OTHER_GENERATION = (IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread with a second way out: whole record lists."""

    _pump: Pump | None = None
    _pumping: "asyncio.Task[None] | None" = None

    def _create_worker_consumer(self, transport: Any) -> ArrayConsumer:
        conf = self.app.conf
        # Tables need Faust's own assignor, as in the stock driver.
        plan: Plan = cast(Any, self.app).plan
        self._assignor = cast(Any, self.app.assignor if self.app.tables else Spread(plan.weights))
        return ArrayConsumer(
            plan.inboxes.__contains__,
            conf.broker_max_poll_records,
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset=conf.consumer_auto_offset_reset,
            max_poll_records=conf.broker_max_poll_records,
            max_poll_interval_ms=int((conf.broker_max_poll_interval or 0) * 1000),
            max_partition_fetch_bytes=conf.consumer_max_fetch_size,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            check_crcs=conf.broker_check_crcs,
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            metadata_max_age_ms=conf.consumer_metadata_max_age_ms,
            connections_max_idle_ms=conf.consumer_connections_max_idle_ms,
            **driver.credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context),
        )

    async def on_thread_stop(self) -> None:
        await self._close()
        # In a task: aiokafka lets the cancellation of its own tasks escape when the broker is gone.
        leaving = asyncio.create_task(super().on_thread_stop())
        await asyncio.wait({leaving}, timeout=_LEAVE_SECONDS)
        if not leaving.done() or leaving.cancelled():
            leaving.cancel()
            self.log.warning("Left the group without a word: the broker does not answer")
            if self._consumer is not None:
                await self._consumer._client.close()

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Only the partitions that go the stock way: aiokafka itself starts the others at their commit."""
        stock = [
            TopicPartition(*tp) for tp in self.assignment() if not cast(Any, self.consumer).is_batched(tp)
        ]
        if not stock:
            return {}
        return cast(
            Mapping[TP, int], await self.call_thread(self._ensure_consumer().seek_to_committed, *stock)
        )

    # From here on: called on the worker's loop.

    async def run_here(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the thread's loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.thread_loop))

    async def open(self, generation: int, tps: Iterable[TP], limit: int, arrived: Arrived) -> None:
        """Begin to fetch."""
        await self.run_here(self._open(generation, list(tps), limit, arrived))

    async def close_pump(self) -> None:
        """Stop fetching; nothing is posted after."""
        await self.run_here(self._close())

    def tell_pump(self, generation: int, method: str, tp: TP) -> None:
        """Call a method of the generation's pump with a partition, soon."""
        self.thread_loop.call_soon_threadsafe(self._tell_pump, generation, method, tp)

    async def fetch_committed(self, tps: Iterable[TP]) -> dict[TP, Committed]:
        """Committed offsets and their metadata; partitions without a commit are left out."""
        wanted = [TopicPartition(*tp) for tp in tps]
        coordinator = self._ensure_consumer()._coordinator
        stored = await self.run_here(coordinator.fetch_committed_offsets(wanted))
        return {TP(*tp): (value.offset, value.metadata) for tp, value in stored.items() if value.offset >= 0}

    async def commit_verified(self, offsets: Offsets, generation: int, seconds: float) -> None:
        """Commit in this generation or not at all.

        Raises:
            CommitRefusedError: the group has moved on.
            CommitError: the broker said no, or nothing for so many seconds.
        """
        await self.run_here(self._commit_verified(offsets, generation, seconds))

    # From here on: on the thread's loop.

    async def _open(self, generation: int, tps: list[TP], limit: int, arrived: Arrived) -> None:
        await self._close()

        def post(*arguments: Any) -> None:
            self.parent_loop.call_soon_threadsafe(arrived, *arguments)

        self._pump = Pump(self._ensure_consumer(), generation, tps, limit, post)
        self._pumping = asyncio.create_task(self._pump.run())
        self._pumping.add_done_callback(self._pump_ended)

    async def _close(self) -> None:
        pumping, self._pumping, self._pump = self._pumping, None, None
        if pumping is not None and not pumping.done():
            pumping.cancel()
            await asyncio.wait({pumping})

    def _pump_ended(self, pumping: "asyncio.Task[None]") -> None:
        if not pumping.cancelled() and (error := pumping.exception()) is not None:
            asyncio.run_coroutine_threadsafe(self.app.crash(error), self.parent_loop)

    def _tell_pump(self, generation: int, method: str, tp: TP) -> None:
        if self._pump is not None and self._pump.generation == generation:
            getattr(self._pump, method)(tp)

    async def _commit_verified(self, offsets: Offsets, generation: int, seconds: float) -> None:
        request = {TopicPartition(*tp): OffsetAndMetadata(*value) for tp, value in offsets.items()}
        try:
            async with asyncio.timeout(seconds):
                while not await self._try_commit(request, generation):
                    await asyncio.sleep(_COMMIT_BACKOFF)
        except TimeoutError as error:
            raise CommitError(f"the broker did not confirm the commit within {seconds:g} s") from error

    async def _try_commit(self, request: dict[Any, Any], generation: int) -> bool:
        try:
            await self._commit_once(request, generation)
        except _OTHER_GENERATION as error:
            raise CommitRefusedError(f"the group has left generation {generation}") from error
        except KafkaError as error:
            if not error.retriable:
                raise CommitError(f"the broker refused the commit: {error!r}") from error
            return False
        return True

    async def _commit_once(self, request: dict[Any, Any], generation: int) -> None:
        consumer = self._ensure_consumer()
        coordinator = consumer._coordinator
        await coordinator.ensure_coordinator_known()
        async with coordinator._commit_lock:
            # Nothing is awaited between this check and the request, which carries the generation.
            subscription = consumer._subscription.subscription
            assignment = subscription.assignment if subscription is not None else None
            if (
                coordinator.generation != generation
                or assignment is None
                or not assignment.tps >= set(request)
            ):
                raise CommitRefusedError(f"the group has left generation {generation}")
            await coordinator._do_commit_offsets(assignment, request)
