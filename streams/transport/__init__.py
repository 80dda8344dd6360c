"""Kafka records in whole lists through Faust agents, acknowledged by hand."""

from streams.transport.app import BatchedApp
from streams.transport.records import (
    CommitError,
    CommitRefusedError,
    DeliveryError,
    RecordBatch,
    TransportError,
)
from streams.transport.run import run, serve, wait_for_broker

__all__ = [
    "BatchedApp",
    "CommitError",
    "CommitRefusedError",
    "DeliveryError",
    "RecordBatch",
    "TransportError",
    "run",
    "serve",
    "wait_for_broker",
]
