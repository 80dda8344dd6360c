"""A single-node Kafka of our own: started, found again, stopped, killed."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from streams.broker import jars, java, ports, process, ready
from streams.broker.errors import BrokerError
from streams.broker.layout import Layout, Ports, cluster_id

# The quick compiler alone: the optimising one (C2) takes more of the processor in the first minutes than its
# code gives back in them. Measured over 7 million records written and read: 7 to 9 s in all with C1, 11 to
# 12 s with both, and no less a record at the end; the start takes 1.7 s of processor time instead of 2.9.
_JAVA_OPTIONS = [
    *("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"),
    "-XX:TieredStopAtLevel=1",
]
_FORMAT_TIMEOUT_SECONDS = 120
_POLL_SECONDS = 0.05
_TAIL_LINES = 12
_PORT_TRIES = 3


@dataclass(frozen=True)
class Broker:
    """A broker that runs: `bootstrap` is `127.0.0.1:PORT`, `pid` its process, `folder` where it lives."""

    bootstrap: str
    pid: int
    folder: Path


def start(folder: Path, timeout: float = 120.0) -> Broker:
    """Start the broker of a folder, or return the one that runs; returns when it answers.

    The process outlives the caller. A folder used before keeps its data, and its port when that is
    free. `timeout` in seconds. Raises BrokerError when there is no Java, no jars, or it does not come up.
    """
    layout = Layout(folder)
    try:
        layout.folder.mkdir(parents=True, exist_ok=True)
        with jars.exclusive(layout.lock):
            return _start(layout, timeout)
    except OSError as error:
        raise BrokerError(f"cannot start a broker in {layout.folder}: {error}") from error


def status(folder: Path) -> Broker | None:
    """The broker that runs in a folder, None when there is none."""
    layout = Layout(folder)
    found = process.running(layout)
    if found is None or not layout.bootstrap.exists():
        return None
    return Broker(layout.bootstrap.read_text().strip(), found.pid, layout.folder)


def stop(folder: Path, grace: float = 30.0) -> bool:
    """Stop the broker of a folder, by force after `grace` seconds; False when none was running."""
    return _end(folder, grace)


def kill(folder: Path) -> bool:
    """Kill the broker of a folder without a warning, as a crash would; False when none was running."""
    return _end(folder, 0)


def _end(folder: Path, grace: float) -> bool:
    layout = Layout(folder)
    if not layout.folder.is_dir():
        return False
    with jars.exclusive(layout.lock):
        found = process.running(layout)
        if found is not None:
            process.end(found, grace)
        layout.pid.unlink(missing_ok=True)
        return found is not None


def _start(layout: Layout, timeout: float) -> Broker:
    deadline = time.monotonic() + timeout
    found = process.running(layout)
    if found is not None:
        return _wait(layout, found, deadline)
    base = [java.find(), *_JAVA_OPTIONS, layout.mark, f"-Dlog4j2.configurationFile={layout.logging}"]
    base += ["-cp", os.pathsep.join(map(str, jars.resolve()))]
    for left in reversed(range(_PORT_TRIES)):
        layout.write(_ports(layout))
        if not layout.formatted:
            _format(base, layout)
        before = layout.log.stat().st_size if layout.log.exists() else 0
        try:
            return _launch([*base, "kafka.Kafka", str(layout.properties)], layout, deadline)
        except BrokerError:
            # Somebody may have taken a port between our look and the broker's bind.
            if not left or b"Address already in use" not in layout.log.read_bytes()[before:]:
                raise
    raise AssertionError("unreachable")


def _launch(command: list[str], layout: Layout, deadline: float) -> Broker:
    """Start the process and wait for it; one that does not come up, or is not waited for, is ended."""
    launched = process.launch(command, layout.log)
    try:
        layout.pid.write_text(f"{launched.pid}\n")
        return _wait(layout, launched, deadline)
    except BaseException:
        process.end(launched, grace=0)
        layout.pid.unlink(missing_ok=True)
        raise


def _ports(layout: Layout) -> Ports:
    last = layout.ports()
    return last if last and all(map(ports.is_free, last)) else ports.free()


def _format(base: list[str], layout: Layout) -> None:
    arguments = ["kafka.tools.StorageTool", "format", "-t", cluster_id(), "-c", str(layout.properties)]
    try:
        done = subprocess.run(
            base + arguments,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_FORMAT_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise BrokerError(f"formatting {layout.data} took over {_FORMAT_TIMEOUT_SECONDS} s") from error
    if done.returncode:
        raise BrokerError(f"cannot format {layout.data}: {_tail(done.stdout + done.stderr)}")


def _wait(layout: Layout, found: psutil.Process, deadline: float) -> Broker:
    last = layout.ports()
    if last is None:
        raise BrokerError(f"{layout.properties} names no ports; stop the broker and start it again")
    bootstrap = f"127.0.0.1:{last.clients}"
    while not ready.answers(bootstrap):
        if process.ended(found, _POLL_SECONDS):
            raise BrokerError(f"the broker ended while starting; {_log_tail(layout)}")
        if time.monotonic() > deadline:
            raise BrokerError(f"the broker does not answer; {_log_tail(layout)}")
    layout.bootstrap.write_text(bootstrap + "\n")
    return Broker(bootstrap, found.pid, layout.folder)


def _log_tail(layout: Layout) -> str:
    text = layout.log.read_text(errors="replace") if layout.log.exists() else ""
    return f"the end of {layout.log}:\n{_tail(text)}"


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-_TAIL_LINES:])
