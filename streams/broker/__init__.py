"""A real Apache Kafka on one node, for demos, tests and small installations: no cluster to set up.

broker = start(Path("broker"))
...  # clients connect to broker.bootstrap
stop(Path("broker"))
"""

from streams.broker.errors import BrokerError
from streams.broker.guard import Guard
from streams.broker.local import Broker, kill, start, status, stop
from streams.broker.ready import answers

__all__ = ["Broker", "BrokerError", "Guard", "answers", "kill", "start", "status", "stop"]
