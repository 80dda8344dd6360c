"""A cluster that wants TLS and a password: the settings alone make every client speak to it."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from kafka import KafkaProducer

from config.load import load
from streams.broker import Guard, layout, local
from streams.cli import main
from streams.security import client_options
from tests.integration.worker_process import WorkerProcess

pytestmark = pytest.mark.integration

LISTENER = """
listeners=PLAINTEXT://127.0.0.1:{{ports.clients}},CONTROLLER://127.0.0.1:{{ports.controller}},SASL_SSL://127.0.0.1:{port}
advertised.listeners=PLAINTEXT://127.0.0.1:{{ports.clients}},SASL_SSL://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=\\
org.apache.kafka.common.security.plain.PlainLoginModule required user_detector="right";
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def config(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A settings file for a broker with a SASL_SSL listener."""
    folder = tmp_path_factory.mktemp("secured")
    key, cert, store = (folder / name for name in ("key.pem", "cert.pem", "keystore.pem"))
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", cert),
        ],
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    store.write_text(key.read_text() + cert.read_text())
    port = free_port()
    # The later `listeners` counts for Kafka.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "_PROPERTIES", layout._PROPERTIES + LISTENER.format(port=port, keystore=store))
        guard.broker(folder / "broker")
        local.start(folder / "broker")
    try:
        path = folder / "detector.yaml"
        path.write_text(
            f"bootstrap: 127.0.0.1:{port}\nsecurity_protocol: SASL_SSL\nssl_cafile: {cert}\n"
            "sasl_username: detector\nsasl_password: right\npartitions: 1\nshards: 2\n"
        )
        yield path
    finally:
        local.stop(folder / "broker")


def test_tools(config: Path) -> None:
    for arguments in (["topics", "create"], ["topics", "check"], ["lag"], ["export"], ["dlq", "list"]):
        result = CliRunner().invoke(main, [*arguments, "--config", str(config)])
        assert result.exit_code == 0, result.output


def test_a_wrong_password_is_one_clear_line(config: Path) -> None:
    result = CliRunner().invoke(main, ["lag", "--config", str(config), "--set", "sasl_password=wrong"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert "wrong" not in result.stderr


def test_a_worker(config: Path, tmp_path: Path) -> None:
    settings = load(config).settings
    with WorkerProcess(tmp_path / "log", "--config", str(config)) as worker:
        worker.until(lambda: worker.get("/readyz")[0] == 200)
        producer = KafkaProducer(**client_options(settings))
        event = {"id": "e1", "ts": 1_767_225_600_000, "actor": "u", "target": "c", "action": "subscribe"}
        producer.send(settings.topic_subscriptions, json.dumps(event).encode()).get(30)
        producer.close()
        worker.until(lambda: 'detector_events_total{type="subscription"} 1.0' in worker.get("/metrics")[1])
        assert worker.stop() == 0, worker.log
