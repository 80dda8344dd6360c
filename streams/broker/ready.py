"""Whether a broker answers."""

import logging
import socket
from collections.abc import Iterable

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

_PROBE_GROUP = "detector-ready"
_PATIENCE_MS = 5_000
_REACH_SECONDS = 5


def reachable(brokers: Iterable[str]) -> bool:
    """Whether anybody listens at one of the addresses (`host:port`).

    To be asked before kafka-python's client is made: that one tries for long, logs every try, and
    leaves its thread and socket behind when it gives up.
    """
    for broker in brokers:
        host, _, port = broker.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_SECONDS).close()
        except (OSError, ValueError):
            continue
        return True
    return False


def answers(bootstrap: str) -> bool:
    """Whether a broker lists its topics and its group coordinator works; waits a few seconds at most."""
    if not reachable([bootstrap]):
        return False
    try:
        with KafkaAdminClient(
            bootstrap_servers=bootstrap, bootstrap_timeout_ms=_PATIENCE_MS, request_timeout_ms=_PATIENCE_MS
        ) as admin:
            admin.list_topics()
            # Makes the broker create its offsets topic, which the first consumer would else have to wait for.
            admin.list_group_offsets({_PROBE_GROUP: None})
    except KafkaError as error:
        logging.getLogger(__name__).debug("not ready: %s", error)
        return False
    return True
