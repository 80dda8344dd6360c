"""`detector demo` as its user runs it: it ends by itself, or as asked, and leaves nothing running."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.e2e

ENOUGH_SECONDS = 180


class Demo:
    """A demo that runs, and what it has said so far."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DETECTOR_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streams", "demo", "--data-dir", str(folder), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment | {"PYTHONUNBUFFERED": "1"},
        )
        self.said: list[str] = []
        self.running = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("worker "):
                self.running.set()
        self.running.set()

    def end(self) -> tuple[int, str, str]:
        """Exit code, output, errors."""
        assert self.process.stderr is not None
        try:
            code = self.process.wait(ENOUGH_SECONDS)
        finally:
            # Whatever the test finds out, the next one starts on a quiet machine.
            for process in [self.process, *self.left()] if self.process.poll() is None else []:
                process.kill()
        self._reader.join()
        errors = self.process.stderr.read()
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        return code, "".join(self.said), errors

    def left(self) -> list[psutil.Process]:
        """Processes of this demo: broker and worker name its folder, or its broker's port."""
        ports = re.findall(r"^broker +(\S+),", "".join(self.said), re.MULTILINE)
        found = []
        for process in psutil.process_iter():
            try:
                marks = [*process.cmdline(), process.environ().get("DETECTOR_BOOTSTRAP", "")]
            except psutil.Error:
                continue
            if process.pid != self.process.pid and any(
                mark in ports or str(self.folder) in mark for mark in marks
            ):
                found.append(process)
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def small(folder: Path, seconds: int = 10) -> Demo:
    return Demo(folder, "--events", "40000", "--days", "1", "--seconds", str(seconds))


def test_it_ends_by_itself_with_a_summary(folder: Path) -> None:
    demo = small(folder)
    code, said, errors = demo.end()
    assert code == 0, said + errors
    assert "campaigns are hidden" in said
    assert "/metrics" in said
    assert re.search(r"^40,000 events in \d+ s \([\d,]+ a second\), \d+ flags$", said, re.MULTILINE), said
    assert re.search(r"^\d+ campaigns hidden, \d+ found; \d+ false flags$", said, re.MULTILINE)
    assert demo.left() == []
    (kept,) = folder.iterdir()
    assert sorted(path.name for path in kept.iterdir()) == ["flags.jsonl", "labels.json", "worker.log"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_when_asked(folder: Path, number: signal.Signals) -> None:
    demo = small(folder, seconds=300)
    assert demo.running.wait(ENOUGH_SECONDS)
    assert demo.left()
    demo.process.send_signal(number)
    code, said, errors = demo.end()
    assert code == 130, said + errors
    assert "Traceback" not in errors
    assert demo.left() == []


@pytest.mark.parametrize("victim", ["kafka.Kafka", "run"])
def test_it_ends_when_broker_or_worker_die(folder: Path, victim: str) -> None:
    demo = small(folder, seconds=300)
    assert demo.running.wait(ENOUGH_SECONDS)
    (dead,) = [process for process in demo.left() if victim in process.cmdline()]
    dead.kill()
    code, _, errors = demo.end()
    assert code == 1
    assert errors.startswith("Error: the ")
    assert errors.count("\n") == 1
    assert demo.left() == []


def test_killed_it_leaves_nothing_running_either(folder: Path) -> None:
    demo = small(folder, seconds=300)
    assert demo.running.wait(ENOUGH_SECONDS)
    left = demo.left()
    assert any("kafka.Kafka" in process.cmdline() for process in left)
    assert any("run" in process.cmdline() for process in left)
    demo.process.kill()
    _, alive = psutil.wait_procs(left, timeout=60)
    assert demo.end()[0] == -signal.SIGKILL
    assert alive == []
