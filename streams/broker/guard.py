"""Brokers that end with their owner, even one that is killed: for the demo and for tests.

A broker has to outlive who starts it, so nobody but its owner ends it; an owner that is killed cannot. Beside
it stands a small process that reads from a pipe whose other end only the owner has: when the pipe breaks, the
owner has gone, and what it had started is killed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from streams.broker import local
from streams.broker.errors import BrokerError

# The watcher needs nothing of ours until the pipe breaks. The owner's last word says that all is stopped.
_DONE = "done\n"
_WATCH = f"""import sys
said = sys.stdin.readlines()
if {_DONE!r} not in said:
    from streams.broker.guard import end
    end(said)
"""


class Guard:
    """While it is entered: should this process die, what it was told of is killed.

    with Guard() as guard:
        guard.broker(folder)
        start(folder)
        ...
        stop(folder)
    """

    def __enter__(self) -> Self:
        # In a session of its own: what is sent to the owner's whole group must not reach it.
        self._watcher = subprocess.Popen(
            [sys.executable, "-c", _WATCH],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(BrokenPipeError):
            self._tell(_DONE)
        self._watcher.communicate()

    def broker(self, folder: Path) -> None:
        """The broker of a folder, whichever runs there when this process dies."""
        self._tell(json.dumps(["broker", str(folder.resolve())]) + "\n")

    def process(self, pid: int) -> None:
        """A process that runs now."""
        with suppress(psutil.NoSuchProcess):
            self._tell(json.dumps(["process", pid, psutil.Process(pid).create_time()]) + "\n")

    def _tell(self, line: str) -> None:
        assert self._watcher.stdin is not None
        self._watcher.stdin.write(line)
        self._watcher.stdin.flush()


def end(said: Iterable[str]) -> None:
    """Kills what the lines of an owner name, unless it has ended already."""
    for line in said:
        what, which, *created = json.loads(line)
        with suppress(BrokerError, OSError, psutil.Error):
            if what == "broker":
                local.kill(Path(which))
            else:
                found = psutil.Process(which)
                # The number may be another's by now.
                if [found.create_time()] == created:
                    found.kill()
