"""One partition of the topic of reviewers' decisions: checks them and hands them to the cases."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from detector.events.decode import Invalid
from streams import reviews
from streams.pipeline.dead_letter import dead_letters
from streams.pipeline.observe import Observer
from streams.pipeline.outbox import Deliver
from streams.pipeline.routes import Origin
from streams.pipeline.wire import Message, encode

Commit = Callable[[int, str], Awaitable[None]]

INVALID = "invalid_review"
"""The reason of their dead letters."""


class Reviewing:
    """A partition, while it is ours. Decisions are few: each fetch is delivered before the next is taken.

    A decision that is handed on twice changes nothing the second time.

    Args:
        cases: topic of the cases' stage.
        dead_letter: topic of the dead letters.
        origin: as which it sends on.
        deliver: sends records.
        commit: commits offset and metadata; raises when the partition is no longer ours.
        observer: is told.
    """

    def __init__(
        self,
        cases: str,
        dead_letter: str,
        origin: Origin,
        deliver: Deliver,
        commit: Commit,
        observer: Observer,
    ) -> None:
        self._cases, self._dead_letter, self._origin = cases, dead_letter, origin
        self._deliver, self._commit, self._observer = deliver, commit, observer
        self._lock = asyncio.Lock()

    async def work(self, records: Sequence[Any]) -> None:
        """Takes records as fetched.

        Raises:
            DeliveryError: they could not be sent on.
            CommitRefusedError: the partition has another owner.
        """
        async with self._lock:
            good, bad = [], []
            for index, record in enumerate(records):
                try:
                    good.append(reviews.decode(record.value))
                except reviews.ReviewError as error:
                    bad.append(Invalid(index, INVALID, str(error)))
            out = dead_letters(self._dead_letter, records, bad)
            if good:
                source, epoch = self._origin.source, self._origin.epoch
                message = Message(source, epoch, 0, reviews.pack(good), reviews=True)
                out += [(self._cases, 0, None, record, None) for record in encode(message)]
            await self._deliver(out)
            if bad:
                self._observer.invalid(INVALID, len(bad))
            for decision, n in Counter(review.decision for review in good).items():
                self._observer.reviews(decision, n)
            await self._commit(records[-1].offset + 1, "")
