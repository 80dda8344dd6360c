"""`detector run` as a process, for tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

PATIENCE_SECONDS = 90.0


class WorkerProcess:
    """A worker with its log and its web views; a context manager that kills what is left.

    Args:
        log: file for its log lines.
        options: of `detector run`.
    """

    def __init__(self, log: Path, *options: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = int(listening.getsockname()[1])
        self._log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streams", "run", "--metrics-port", str(self.port), *options],
                stderr=file,
                env={name: value for name, value in os.environ.items() if not name.startswith("DETECTOR_")},
            )

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._log.read_text()

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a view; 0 while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, str(answer.read(), "utf-8")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, str(error.read(), "utf-8")
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return 0, ""

    def until(self, done: Callable[[], bool]) -> None:
        """Waits until something is so, while the worker lives."""
        end = monotonic() + PATIENCE_SECONDS
        while not done():
            assert self.process.poll() is None, self.log
            assert monotonic() < end, self.log
            sleep(0.2)

    def stop(self) -> int:
        """Asks it to stop, and returns the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)
