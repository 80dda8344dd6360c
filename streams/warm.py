"""Loads every compiled kernel before the worker joins its group.

A worker that compiled or loaded them with its first events would hold partitions meanwhile, and do nothing.
"""

from __future__ import annotations

import time

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import TopicPartition

from detector import warm
from detector.engine.rows import Batch
from streams import logs
from streams.transport.pieces import Kept, Pieces

log = logs.get(__name__)


def load() -> None:
    """Takes a few made-up events the way that real ones go, without a broker; takes a second at most where
    the kernels were compiled before."""
    began = time.monotonic()
    batch = warm.through([records.values for records in _fetched(warm.events())])
    Batch.concat([Batch.unpack(batch.pack())] * 2).compact()
    log.info("kernels_loaded", seconds=round(time.monotonic() - began, 3))


def _fetched(values: list[bytes]) -> Pieces:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for offset, value in enumerate(values):
        builder.append(offset, timestamp=0, key=None, value=value, headers=[])
    arguments = (None, 0, None, None, True, 0)
    return Pieces(TopicPartition("warm", 0), Kept(bytes(builder.build())), *arguments, records_max=1 << 20)
