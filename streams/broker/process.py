"""Processes of brokers: found by their id, and only touched when the id is still theirs."""

import os
import signal
from pathlib import Path

import psutil

from streams.broker.layout import Layout


def launch(command: list[str], log: Path) -> psutil.Process:
    """Start a command that outlives this process, in a session of its own; output is added to the log."""
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    return psutil.Process(pid)


def running(layout: Layout) -> psutil.Process | None:
    """The live broker of a folder; None when its id belongs to nobody, or by now to another program."""
    try:
        process = psutil.Process(int(layout.pid.read_text()))
        alive = process.status() != psutil.STATUS_ZOMBIE and layout.mark in process.cmdline()
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process if alive else None


def ended(process: psutil.Process, seconds: float) -> bool:
    """Wait for a process to end, at most so long; whether it did."""
    try:
        process.wait(seconds)
    except psutil.TimeoutExpired:
        return False
    return True


def end(process: psutil.Process, grace: float) -> None:
    """End a process: asked first, killed when it is still there after the grace (seconds)."""
    try:
        if grace > 0:
            process.send_signal(signal.SIGTERM)
            if ended(process, grace):
                return
        process.kill()
    except psutil.NoSuchProcess:
        return
    process.wait()
