"""Faust's consumer, with batched partitions beside the stock ones."""

import asyncio
from collections.abc import Iterable
from time import monotonic
from typing import Any, cast

from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.transport.batch import CommitRefusedError, Committed, Offsets, RecordBatch
from streams.transport.plan import Plan
from streams.transport.thread import ConsumerThread

#: Longest that a commit may take while the worker stops, seconds.
_STOP_SECONDS = 3.0


class Consumer(driver.Consumer):
    """Opens and closes the flow of batches with the group's generations.

    Partitions assigned: their commits are read, the app's `on_assigned` hooks run, then batches flow.
    Partitions revoked, or the worker stops: the flow is closed, what waits is dropped, the agents may finish
    what they have in hand, the `on_revoked` hooks run (they can still commit), then the rebalance goes on.
    """

    _thread: ConsumerThread

    def __post_init__(self) -> None:
        super().__post_init__()
        self.plan: Plan = cast(Any, self.app).plan
        self.generation = 0
        self._flowing = False
        self._owned: set[TP] = set()
        self._commits: dict[TP, Committed] = {}
        self._at_end: frozenset[TP] = frozenset()
        self._opening: asyncio.Future[None] | None = None

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def is_batched(self, tp: TP) -> bool:
        return tp.topic in self.plan.inboxes

    # What the app offers.

    def taken(self, tp: TP, generation: int) -> None:
        self._thread.tell_pump(generation, "taken", tp)

    async def commit_offsets(self, offsets: Offsets, generation: int | None) -> None:
        wanted = self.generation if generation is None else generation
        if not wanted or wanted != self.generation or not self._owned >= offsets.keys():
            raise CommitRefusedError(
                f"the group has left generation {generation or 'that owned the partitions'}"
            )
        seconds = _STOP_SECONDS if self.app.should_stop else self.app.conf.broker_request_timeout
        await self._thread.commit_verified(offsets, wanted, seconds)
        if wanted == self.generation:
            self._commits.update(offsets)

    def last_commit(self, tp: TP) -> Committed | None:
        return self._commits.get(tp)

    def hold(self, tp: TP) -> None:
        self.plan.inboxes[tp.topic].pause(tp)
        self._thread.tell_pump(self.generation, "pause", tp)

    def release(self, tp: TP) -> None:
        self.plan.inboxes[tp.topic].resume(tp)
        self._thread.tell_pump(self.generation, "resume", tp)

    def at_end(self, tp: TP) -> bool:
        return tp in self._at_end and not self.plan.inboxes[tp.topic].holds(tp)

    # The flow.

    def _arrived(self, batches: list[RecordBatch], at_end: frozenset[TP] | None) -> None:
        for batch in batches:
            if self._flowing and batch.generation == self.generation:
                self.plan.inboxes[batch.tp.topic].put(batch)
        if at_end is not None:
            self._at_end = at_end

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        await super().on_partitions_assigned(assigned, generation_id)
        if self.app.should_stop:
            return
        self.generation = generation_id
        self._owned = {TP(*tp) for tp in assigned if tp.topic in self.plan.inboxes}
        # Not awaited here: the group's heartbeats stand still until this method returns, and restoring the
        # state of a partition may take longer than a session.
        self._opening = self.add_future(self._open())

    async def _open(self) -> None:
        generation = self.generation
        self._commits = await self._thread.fetch_committed(self._owned)
        for hook in self.plan.assigned_hooks:
            await hook(set(self._owned))
        self._flowing = True
        self._at_end = frozenset()
        await self._thread.open(generation, self._owned, self.plan.waiting_limit, self._arrived)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await self.close_flow()
        await super().on_partitions_revoked(revoked)

    async def close_flow(self) -> None:
        """Stop the batches, let the agents finish, run the hooks. The generation is over after."""
        if not self.generation:
            return
        opening, self._opening = self._opening, None
        if opening is not None and not opening.done():
            opening.cancel()
            await asyncio.wait({opening})
        opened, self._flowing = self._flowing, False
        await self._thread.close_pump()
        inboxes = set(self.plan.inboxes.values())
        for inbox in inboxes:
            inbox.clear()
        if opened and not self.app.crashed:
            deadline = monotonic() + self.plan.grace
            for inbox in inboxes:
                if not await inbox.idle(max(0.0, deadline - monotonic())):
                    self.log.warning("An agent did not finish its batch within %g s", self.plan.grace)
            # As a future of this service: an exception in a hook crashes the worker.
            await asyncio.wait({self.add_future(self._run_revoked_hooks())})
        self.generation = 0
        self._owned = set()
        self._commits = {}
        self._at_end = frozenset()

    async def _run_revoked_hooks(self) -> None:
        for hook in self.plan.revoked_hooks:
            try:
                await hook(set(self._owned))
            except CommitRefusedError:
                # The broker had given our partitions away: the next owner does the work again.
                self.log.warning("The group went on before the last commit")

    def close_unused(self) -> None:
        """Close the loop of a thread that never ran, because the start failed before."""
        if not self._thread.started and not self._thread.thread_loop.is_running():
            self._thread.thread_loop.close()

    # The stock way is for the other topics only.

    def _set_active_tps(self, tps: set[TP]) -> set[TP]:
        return super()._set_active_tps({tp for tp in tps if tp.topic not in self.plan.inboxes})

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        super().resume_partitions([tp for tp in tps if tp.topic not in self.plan.inboxes])

    def verify_event_path(self, now: float, tp: TP) -> None:
        if tp.topic not in self.plan.inboxes:
            cast(Any, super()).verify_event_path(now, tp)
