"""The local broker, as a process."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from streams import broker
from streams.broker import jars, lock
from streams.broker.layout import Layout

pytestmark = pytest.mark.integration

TOPIC = "kept"


@pytest.fixture
def folder(broker_folder: Path) -> Path:
    return broker_folder


def write(bootstrap: str, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    try:
        producer.send(TOPIC, value).get(timeout=30)
    finally:
        producer.close()


def read(bootstrap: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=30_000
    )
    try:
        consumer.assign([TopicPartition(TOPIC, 0)])
        return [next(consumer).value for _ in range(count)]
    finally:
        consumer.close()


def make_topic(bootstrap: str) -> None:
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        admin.create_topics({TOPIC: {"num_partitions": 1}}, wait_for_metadata=True)


def test_start_status_stop(folder: Path) -> None:
    assert broker.status(folder) is None
    assert broker.stop(folder) is False
    started = broker.start(folder)
    assert started == broker.start(folder) == broker.status(folder)
    assert (folder / "pid").read_text() == f"{started.pid}\n"
    assert (folder / "bootstrap").read_text() == f"{started.bootstrap}\n"
    assert broker.answers(started.bootstrap)
    assert broker.stop(folder) is True
    assert broker.status(folder) is None
    assert not psutil.pid_exists(started.pid)
    assert not broker.answers(started.bootstrap)


def test_data_and_port_outlive_a_stop_and_a_kill(folder: Path) -> None:
    first = broker.start(folder)
    make_topic(first.bootstrap)
    write(first.bootstrap, b"before the stop")
    broker.stop(folder)
    second = broker.start(folder)
    write(second.bootstrap, b"before the kill")
    assert broker.kill(folder) is True
    third = broker.start(folder)
    assert first.bootstrap == second.bootstrap == third.bootstrap
    assert len({first.pid, second.pid, third.pid}) == 3
    assert read(third.bootstrap, 2) == [b"before the stop", b"before the kill"]


def test_two_starts_at_once_give_one_broker_that_outlives_them(folder: Path) -> None:
    code = "import sys, pathlib; from streams import broker; print(broker.start(pathlib.Path(sys.argv[1])))"
    starts = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [start.communicate(timeout=120)[0].strip() for start in starts]
    assert said == [str(broker.status(folder))] * 2


def test_a_guarded_broker_and_process_end_with_their_owner(folder: Path) -> None:
    code = """
import pathlib, subprocess, sys, time
from streams import broker
folder = pathlib.Path(sys.argv[1])
with broker.Guard() as guard:
    guard.broker(folder)
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    guard.process(other.pid)
    print(broker.start(folder).pid, other.pid, flush=True)
    time.sleep(600)
"""
    owner = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert owner.stdout is not None
    started = [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
    assert len(started) == 2
    os.killpg(owner.pid, signal.SIGKILL)
    owner.communicate()
    gone, alive = psutil.wait_procs(started, timeout=30)
    assert (len(gone), alive) == (2, [])
    assert broker.status(folder) is None


def test_a_guard_that_is_left_ends_nothing(folder: Path) -> None:
    with broker.Guard() as guard:
        guard.broker(folder)
        started = broker.start(folder)
    assert broker.status(folder) == started


def test_a_taken_port_gives_way_to_another(folder: Path) -> None:
    first = broker.start(folder)
    broker.stop(folder)
    with socket.create_server(("127.0.0.1", int(first.bootstrap.rpartition(":")[2]))):
        assert broker.start(folder).bootstrap != first.bootstrap


def test_a_broker_that_dies_shows_the_end_of_its_log(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=another\n")
    with pytest.raises(broker.BrokerError, match=r"(?s)ended while starting.*broker\.log.*node"):
        broker.start(folder)
    assert broker.status(folder) is None


def test_stop_touches_no_process_but_its_own(folder: Path) -> None:
    folder.mkdir()
    Layout(folder).pid.write_text(f"{os.getpid()}\n")
    assert broker.status(folder) is None
    assert broker.stop(folder) is False


def test_a_tampered_jar_starts_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = jars.resolve()
    other = tmp_path / "cache" / "detector" / f"kafka-{lock.kafka_version(lock.locked())}"
    other.mkdir(parents=True)
    for path in cached:
        (other / path.name).symlink_to(path)
    (other / cached[0].name).unlink()
    (other / cached[0].name).write_bytes(b"not this")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(broker.BrokerError, match=f"{cached[0].name} is not the file that the lock names"):
        broker.start(folder)
    assert broker.status(folder) is None
