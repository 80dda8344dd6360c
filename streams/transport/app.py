"""The Faust app with batched topics."""

from collections.abc import Iterable
from typing import Any, TypeVar, cast

import faust
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.transport.batch import Committed, Offsets
from streams.transport.channel import BatchTopic
from streams.transport.consumer import Consumer
from streams.transport.defaults import broker_url, faust_settings
from streams.transport.inbox import Inbox
from streams.transport.plan import Hook, Plan
from streams.transport.producer import Outgoing, Producer

H = TypeVar("H", bound=Hook)


class Transport(driver.Transport):
    """Faust's aiokafka transport with our consumer and producer."""

    Consumer = Consumer
    Producer = Producer


class BatchedApp(faust.App):
    """A Faust app whose agents get whole lists of records and acknowledge them themselves.

    >>> app = BatchedApp("docs-group", "localhost:9092")
    >>> @app.agent(app.batches("events"))
    ... async def intake(stream):
    ...     async for batch in stream:
    ...         ...  # work on batch.records
    ...         await app.commit({batch.tp: (batch.next_offset, "")}, batch.generation)

    An exception in an agent stops the worker; nothing that was not committed counts as done. One agent a
    channel, one channel a topic. All methods are for the worker's event loop.
    """

    def __init__(self, group: str, bootstrap: str, **options: Any) -> None:
        """`group` is the consumer group, `bootstrap` brokers as ``host:port,…``; options are Faust's."""
        self.plan = Plan()
        super().__init__(group, **{**faust_settings(), "broker": broker_url(bootstrap), **options})
        self.bootstrap = bootstrap

    def _new_transport(self) -> Any:
        return Transport(self.conf.broker_consumer, cast(Any, self))

    def _create_directories(self) -> None:
        if self.tables:
            super()._create_directories()

    @property
    def _batched(self) -> Consumer:
        return cast(Consumer, self.consumer)

    # Reading.

    def batches(self, *topics: str, weight: float = 1.0) -> BatchTopic:
        """A channel of `RecordBatch` for one agent.

        `weight` is how much work a partition of these topics is, against others: the members of the group get
        as much each as can be. They must agree on it.

        Raises `ValueError` when a topic has a channel already.
        """
        taken = [topic for topic in topics if topic in self.plan.inboxes]
        if taken or not topics:
            raise ValueError(f"topics read twice: {taken}" if taken else "no topics given")
        inbox = Inbox(lambda tp, generation: self._batched.taken(tp, generation))
        self.plan.inboxes.update(dict.fromkeys(topics, inbox))
        self.plan.weights.update(dict.fromkeys(topics, weight))
        return BatchTopic(cast(Any, self), topics=list(topics), inbox=inbox)

    def on_assigned(self, hook: H) -> H:
        """Add an async callback: partitions are ours, no batch has been delivered yet.

        Gets the set of batched partitions, after every rebalance. It is cancelled when the next rebalance
        begins while it runs; `on_revoked` is then not called for it.
        """
        self.plan.assigned_hooks.append(hook)
        return hook

    def on_revoked(self, hook: H) -> H:
        """Add an async callback: no batch will come, the rebalance or the stop waits for the callback.

        Commits are still possible in it, and are refused only when the broker had given up on us; then the
        hook may let `CommitRefusedError` through. It is not called after a crash.
        """
        self.plan.revoked_hooks.append(hook)
        return hook

    def pause(self, tp: TP) -> None:
        """Deliver no more batches of the partition until `resume`, or the next rebalance."""
        self._batched.hold(tp)

    def resume(self, tp: TP) -> None:
        """Undo `pause`."""
        self._batched.release(tp)

    def at_end(self, tp: TP) -> bool:
        """Whether the agent is done with everything the broker had, by the latest fetch."""
        return self._batched.at_end(tp)

    # Acknowledging.

    @property
    def generation(self) -> int:
        """The group's generation that owns our partitions; 0 when none does."""
        return self._batched.generation

    async def commit(self, offsets: Offsets, generation: int | None = None) -> None:  # type: ignore[override]
        """Store offsets (the next to read) and a text with each; returns once the broker has confirmed.

        `generation` is that of the batches the offsets come from; without it, the one that owns the
        partitions now.

        Raises:
            CommitRefusedError: the partitions were revoked since; nothing was stored. This is part of every
                rebalance: an agent should drop the batch and go on.
            CommitError: the broker refused or did not answer within `broker_request_timeout`.
        """
        await self._batched.commit_offsets(offsets, generation)

    def committed(self, tp: TP) -> Committed | None:
        """Offset and metadata last committed: as found when the partition was assigned, or by us since."""
        return self._batched.last_commit(tp)

    # Writing.

    async def deliver(self, records: Iterable[Outgoing]) -> None:
        """Send ``(topic, partition, key, value, headers)`` and wait until the broker has stored all.

        A partition of None is chosen by the key. Records of one partition keep their order.

        Raises:
            DeliveryError: some record is not known to be stored.
        """
        await cast(Producer, self.producer).deliver(records)

    # Stopping.

    async def on_stop(self) -> None:
        if self._consumer is not None:
            await self._batched.close_flow()
        await super().on_stop()

    async def on_shutdown(self) -> None:
        await super().on_shutdown()
        if self._consumer is not None:
            self._batched.close_unused()

    def _on_rebalance_when_stopped(self) -> None:
        # The stock one closes the consumer from the wrong thread; the stop does so in order.
        return
