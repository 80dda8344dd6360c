"""Kafka records in whole lists through Faust agents, acknowledged by hand.

Stock Faust starts four asyncio tasks for every record, and acknowledges a record even when its agent failed.
Here an agent iterates `RecordBatch`: what aiokafka fetched, as arrays without an object for each record, its
partition and the group's generation. Nothing is acknowledged but by `BatchedApp.commit`, which returns when
the broker has confirmed, and refuses what belongs to another generation. Topics that are not read with
`BatchedApp.batches` go Faust's usual way beside.

How a rebalance goes: the flow of batches is closed, what waits is dropped, agents may finish the batch in
hand, `on_revoked` hooks run (commits still go through), the group moves on; then the commits of the new
partitions are read, `on_assigned` hooks run, and batches flow. A stop is the first half of that. After a
crash no hook runs, so that nothing half done is saved.

Memory: of every partition at most `Plan.waiting_limit` + 1 batches (2 waiting, 1 in hand) of at most
`broker_max_poll_records` records, and one fetched chunk of `consumer_max_fetch_size` bytes.

This rests on things that Faust 0.15.3, mode and aiokafka 0.14.0 do not promise to keep. Look here when one of
them is upgraded; `tests/contract/test_transport.py` holds them.

- Faust: `App._new_transport`, `App._create_directories`, `App._on_rebalance_when_stopped`, `App._consumer`;
  `Consumer._new_consumer_thread`, `._thread`, `._set_active_tps`, `.resume_partitions`, `.verify_event_path`;
  `AIOKafkaConsumerThread._create_worker_consumer`, `._assignor`, `._consumer`, `._ensure_consumer`,
  `.on_thread_stop`, `.seek_to_committed`; `Producer._settings_extra`, `._ensure_producer`;
  `Topic._clone_args`; that a stream passes on what its channel's `__anext__` returns when it is not an event.
- mode: `ServiceThread.thread_loop` and `.parent_loop`; that `Service.add_future` turns an exception into a
  crash of the service.
- aiokafka: `AIOKafkaConsumer._coordinator` (`generation`, `fetch_committed_offsets`, `_commit_lock`,
  `ensure_coordinator_known`, `_do_commit_offsets`), `._subscription.subscription.assignment` (`tps`,
  `active`, `state_value`), `._client.close`; that the listener for revoked partitions is awaited before the
  group is joined again; that `getmany`, cancelled, has taken nothing; `AIOKafkaClient.bootstrap`,
  `.coordinator_lookup`; that `Fetcher._proc_fetch_request` makes `MemoryRecords` and `PartitionRecords` of
  what it got, by these names, and `FetchResult.getall` iterates the latter and reads its `next_fetch_offset`;
  `PartitionRecords._unpack_records`, `._consumer_record`, `._consume_aborted_up_to`,
  `._contains_abort_marker`, and its attributes; the codecs in `aiokafka.codec`
  (`tests/unit/streams/transport/test_pieces.py` too); that `Sender._send_produce_req` makes a
  `SendProduceReqHandler`, by this name, whose `create_request` gives what is encoded by its `SCHEMA`; of a
  `BatchBuilder`, what `MessageBatch` asks for (`test_outgoing.py`).
"""

from streams.transport.app import BatchedApp
from streams.transport.batch import (
    CommitError,
    CommitRefusedError,
    DeliveryError,
    RecordBatch,
    TransportError,
)
from streams.transport.run import run, serve, tune, wait_for_broker

__all__ = [
    "BatchedApp",
    "CommitError",
    "CommitRefusedError",
    "DeliveryError",
    "RecordBatch",
    "TransportError",
    "run",
    "serve",
    "tune",
    "wait_for_broker",
]
