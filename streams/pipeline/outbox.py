"""Sending while the next work is done, without ever getting ahead of what is delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

# topic, partition (None: by the key), key, value, headers.
Outgoing = tuple[str, int | None, bytes | None, bytes | None, Sequence[tuple[str, bytes]] | None]
Deliver = Callable[[Sequence[Outgoing]], Awaitable[None]]


class Outbox:
    """One delivery in flight: the next begins when the one before is confirmed, so no span can be missing
    between two that arrived.

    Args:
        deliver: sends records and returns once all are stored.
    """

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._flying: asyncio.Future[None] | None = None

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Waits for what is in flight, then sends. Raises what the former delivery has raised."""
        await self.flush()
        if records:
            self._flying = asyncio.ensure_future(self._deliver(records))

    async def flush(self) -> None:
        """Returns once everything is delivered. Raises what the delivery has raised."""
        if self._flying is not None:
            # A caller that is cancelled does not cancel the delivery.
            await asyncio.shield(self._flying)
            self._flying = None

    def drop(self) -> None:
        """Lets go of what is in flight, whatever becomes of it."""
        if self._flying is not None:
            self._flying.add_done_callback(lambda one: one.cancelled() or one.exception())
            self._flying = None
