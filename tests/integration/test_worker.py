"""`detector run`, as it is started and watched."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaProducer

from streams import topics
from streams.topics import TopicNames
from tests.integration.worker_process import PATIENCE_SECONDS, WorkerProcess

if TYPE_CHECKING:
    from streams.broker import Broker

pytestmark = pytest.mark.integration

START = 1_767_225_600_000


def place(broker: Broker, prefix: str) -> list[str]:
    return [
        "--bootstrap",
        broker.bootstrap,
        "--topic-prefix",
        prefix,
        "--group",
        f"{prefix}g",
        "--shards",
        "2",
    ]


def send(broker: Broker, topic: str, values: list[bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    for value in values:
        producer.send(topic, value)
    producer.flush()
    producer.close()


def follow(number: int) -> bytes:
    event = {
        "id": f"e{number}",
        "ts": START + number,
        "actor": f"u{number}",
        "target": "c",
        "action": "subscribe",
    }
    return json.dumps(event).encode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_makes_its_topics_counts_and_stops(
    broker: Broker, prefix: str, tmp_path: Path, number: signal.Signals
) -> None:
    names = TopicNames(prefix)
    with WorkerProcess(tmp_path / "log", *place(broker, prefix)) as worker:
        worker.until(lambda: worker.get("/readyz")[0] == 200)
        assert topics.check(broker.bootstrap, names, shards=2) == []
        send(broker, names.subscriptions, [follow(k) for k in range(20)] + [b"{no"])
        worker.until(lambda: 'detector_events_total{type="subscription"} 20.0' in worker.get("/metrics")[1])
        assert 'detector_events_invalid_total{reason="' in worker.get("/metrics")[1]
        assert worker.get("/livez") == (200, "ok\n")
        worker.process.send_signal(number)
        assert worker.process.wait(PATIENCE_SECONDS) == 0, worker.log
    lines = [json.loads(line) for line in worker.log.splitlines()]
    assert lines[-1]["event"] == "stopped"
    assert not [line for line in lines if line["level"] == "error"]
    # No id of an account is logged.
    assert not any(f'"u{k}"' in worker.log for k in range(20))


def test_too_many_dead_letters_stop_it_when_it_is_told_so(
    broker: Broker, prefix: str, tmp_path: Path
) -> None:
    names = TopicNames(prefix)
    options = ["--set", "dead_letter_stop_ratio=0.5"]
    with WorkerProcess(tmp_path / "log", *place(broker, prefix), *options) as worker:
        worker.until(lambda: worker.get("/readyz")[0] == 200)
        send(broker, names.clicks, [b"{bad"] * 3000)
        assert worker.process.wait(PATIENCE_SECONDS) == 1, worker.log
    assert "too_many_dead_letters" in worker.log
    rows = topics.lag(broker.bootstrap, "nobody", [names.dead_letter])
    assert sum(row.behind for row in rows) >= 1000


def test_topics_are_not_made_when_that_is_turned_off(broker: Broker, prefix: str, tmp_path: Path) -> None:
    options = ["--set", "create_topics=false"]
    with WorkerProcess(tmp_path / "log", *place(broker, prefix), *options) as worker:
        worker.until(lambda: worker.get("/livez")[0] == 200)
        worker.until(lambda: '"event": "started"' in worker.log)
        assert topics.check(broker.bootstrap, TopicNames(prefix), shards=2)
        worker.stop()
