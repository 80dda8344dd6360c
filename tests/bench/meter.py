"""Records a second, and processor time a record."""

from __future__ import annotations

import asyncio
import time


class Meter:
    """From the first record to the last.

    Args:
        count: records to wait for; `done` is set then.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.seen = 0
        self.begin = (0.0, 0.0)
        self.end = (0.0, 0.0)
        self.done = asyncio.Event()

    def add(self, number: int) -> None:
        if not self.seen:
            self.begin = (time.perf_counter(), time.process_time())
        self.seen += number
        if self.seen >= self.count and not self.done.is_set():
            self.end = (time.perf_counter(), time.process_time())
            self.done.set()

    @property
    def rate(self) -> float:
        return self.seen / (self.end[0] - self.begin[0])

    @property
    def cpu(self) -> float:
        """Microseconds of processor time a record, all threads."""
        return 1e6 * (self.end[1] - self.begin[1]) / self.seen
