"""What a broker's folder holds."""

import re
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

MAX_MESSAGE_BYTES = 16 << 20
"""Largest record batch that the broker takes: room for records of 8 MB."""

_LISTENERS = re.compile(r"^listeners=\D+127\.0\.0\.1:(\d+),\D+127\.0\.0\.1:(\d+)$", re.MULTILINE)


class Ports(NamedTuple):
    """Where a broker listens on 127.0.0.1: for clients, and for itself as the controller."""

    clients: int
    controller: int


class Layout:
    """Paths in a broker's folder, and the files that Kafka reads there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "broker.log"
        self.pid = self.folder / "pid"
        self.bootstrap = self.folder / "bootstrap"
        self.properties = self.folder / "server.properties"
        self.logging = self.folder / "log4j2.properties"
        self.lock = self.folder / "lock"

    @property
    def mark(self) -> str:
        """An argument of the broker's command line that no other process has."""
        return f"-Ddetector.broker={self.folder}"

    @property
    def formatted(self) -> bool:
        """Whether there is storage from an earlier start."""
        return (self.data / "meta.properties").exists()

    def ports(self) -> Ports | None:
        """The ports of the last start, None before the first."""
        if not self.properties.exists():
            return None
        match = _LISTENERS.search(self.properties.read_text(encoding="utf-8", errors="replace"))
        return Ports(int(match[1]), int(match[2])) if match else None

    def write(self, ports: Ports) -> None:
        """Write Kafka's settings and those of its log."""
        text = _PROPERTIES.format(data=_escaped(self.data), ports=ports, size=MAX_MESSAGE_BYTES)
        self.properties.write_text(text, encoding="utf-8")
        self.logging.write_text(_LOGGING, encoding="utf-8")


def cluster_id() -> str:
    """A fresh id in Kafka's form: 16 bytes in 22 characters, the first never a dash."""
    return "D" + urlsafe_b64encode(uuid4().bytes).decode()[1:22]


def _escaped(path: Path) -> str:
    """A path as a value in a Java properties file."""
    return str(path).replace("\\", "\\\\")


# One node is all there is: what Kafka keeps for itself can have one replica, and a group need not wait
# for more members. Large records carry packed batches of rows. After a crash the node is let in again only
# when its old session has run out.
_PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{ports.controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{ports.clients},CONTROLLER://127.0.0.1:{ports.controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{ports.clients}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
message.max.bytes={size}
replica.fetch.max.bytes={size}
fetch.max.bytes=67108864
socket.request.max.bytes=104857600
log.segment.bytes=134217728
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
"""

_LOGGING = """status=error
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %c{1}: %m%n
"""
