"""Free ports on 127.0.0.1."""

import random
import socket

from streams.broker.errors import BrokerError
from streams.broker.layout import Ports

# Below the range that systems hand to outgoing connections: a client that tries again and again to reach a
# broker that is down could otherwise be given the very port and meet itself.
_RANGE = range(20_000, 32_000)
_TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on a port, also when old connections to it are still closing."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free() -> Ports:
    """Two free ports, drawn by chance so that brokers starting together seldom meet.

    Raises BrokerError when none are found.
    """
    drawn = (port for port in random.SystemRandom().sample(_RANGE, _TRIES) if is_free(port))
    try:
        return Ports(next(drawn), next(drawn))
    except StopIteration:
        raise BrokerError(f"no free ports on 127.0.0.1 among {_RANGE.start}..{_RANGE.stop - 1}") from None
