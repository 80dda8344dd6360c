"""What goes out is what aiokafka would have written."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from aiokafka.producer.sender import SendProduceReqHandler
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streams.transport import outgoing
from streams.transport.outgoing import OutgoingBatch

BYTES = st.none() | st.binary(max_size=300)
RECORDS = st.lists(
    st.tuples(BYTES, BYTES, st.lists(st.tuples(st.text(max_size=4), BYTES), max_size=2)),
    min_size=1,
    max_size=8,
)
NOW = 1_767_225_600_123


@given(RECORDS, st.tuples(st.integers(-1, 2**40), st.integers(-1, 99), st.integers(-1, 999)))
def test_the_same_bytes(records: list[Any], state: tuple[int, int, int]) -> None:
    stock = DefaultRecordBatchBuilder(2, 0, 0, *state, 1 << 20)
    with patch.object(outgoing, "time_ns", return_value=NOW * 1_000_000):
        batch = OutgoingBatch(1 << 20)
    for number, (key, value, headers) in enumerate(records):
        assert batch.append(key=key, value=value, headers=headers)
        stock.append(number, NOW, key, value, headers)
    batch._set_producer_state(*state)
    assert batch.record_count() == len(records)
    built = batch._build()
    assert built == bytes(stock.build())
    assert batch.size() == len(built)
    assert batch._build() is built


def test_a_full_batch_takes_no_more_and_one_record_always_fits() -> None:
    batch = OutgoingBatch(100)
    assert batch.append(key=None, value=b"x" * 1_000)
    assert batch.append(key=None, value=b"y") is None
    assert batch.closed()
    batch = OutgoingBatch(100)
    assert batch.append(key=None, value=b"x")
    batch.close()
    assert batch.append(key=None, value=b"y") is None
    assert batch.record_count() == 1


class _Batch:
    def get_data_buffer(self) -> bytes:
        return b"some records"


class _Sender:
    _acks, _request_timeout_ms, _retry_backoff = -1, 40_000, 0.1
    _txn_manager = client = None


@pytest.mark.parametrize("version", range(8))
def test_requests_are_encoded_alike(version: int) -> None:
    batches = {TopicPartition(topic, number): _Batch() for topic in ("one", "two") for number in range(2)}
    versions = {ProduceRequest.API_KEY: (version, version)}
    stock, ours = (
        handler(_Sender(), batches).create_request().prepare(versions)
        for handler in (SendProduceReqHandler, outgoing._Handler)
    )
    assert version == ours.API_VERSION
    assert ours.encode() == stock.encode()
    assert b"some records" in ours.encode()
