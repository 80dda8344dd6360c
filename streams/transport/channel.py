"""The channel that a batched agent iterates."""

from typing import Any, cast

import faust
from faust.types import AppT

from streams.transport.batch import RecordBatch
from streams.transport.inbox import Inbox


class BatchTopic(faust.Topic):
    """A topic (or several) read as `RecordBatch`; made by `BatchedApp.batches`.

    Faust subscribes to it like to any topic, but its records never pass through Faust's queues, events and
    acknowledgements.
    """

    def __init__(self, app: AppT, *, inbox: Inbox | None = None, **options: Any) -> None:
        super().__init__(app, **{**options, "acks": False})
        self._inbox = cast(Inbox, inbox)

    def _clone_args(self) -> Any:
        return {**super()._clone_args(), "inbox": self._inbox}

    async def __anext__(self) -> RecordBatch:  # type: ignore[override]
        return await self._inbox.get()
