"""Whether a broker answers."""

import logging
import socket

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

_PROBE_GROUP = "detector-ready"
_PATIENCE_MS = 5_000


def answers(bootstrap: str) -> bool:
    """Whether a broker lists its topics and its group coordinator works; waits a few seconds at most."""
    host, _, port = bootstrap.rpartition(":")
    try:
        # Asked before the client, which would log and wait for a port that nobody listens on.
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
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
