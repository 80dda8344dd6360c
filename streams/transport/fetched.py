"""A consumer that hands on what it has fetched as arrays.

aiokafka's fetcher gives a partition's bytes to `PartitionRecords`, which makes an object of every record. Of
topics that are read in batches they go to `Pieces` instead. Everything else stays with aiokafka: what to
fetch when, positions, errors.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher as stock

from streams.transport.pieces import Kept, Pieces


class ArrayConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer whose `getmany` gives lists of `Records` for some topics, instead of lists of records.

    `max_records` then counts these.

    Args:
        in_arrays: whether a topic is one of them.
        records_max: records in one `Records`.
        options: of aiokafka's consumer.
    """

    def __init__(self, in_arrays: Callable[[str], bool], records_max: int, **options: Any) -> None:
        super().__init__(**options)
        self._in_arrays, self._records_max = in_arrays, records_max

    async def start(self) -> None:
        """As aiokafka's."""
        await super().start()
        # aiokafka's own method, with other classes under two of the names that it uses. Nothing has been
        # fetched yet: topics are subscribed to after the start.
        fetch = stock.Fetcher._proc_fetch_request
        names = {**fetch.__globals__, "MemoryRecords": Kept, "PartitionRecords": self._choose}
        own = FunctionType(fetch.__code__, names, fetch.__name__, fetch.__defaults__)
        self._fetcher._proc_fetch_request = MethodType(own, self._fetcher)

    def _choose(self, tp: Any, records: Kept, *rest: Any) -> Any:
        if self._in_arrays(tp.topic):
            return Pieces(tp, records, *rest, records_max=self._records_max)
        return stock.PartitionRecords(tp, records, *rest)
