"""Several files as one, by time.

Every file is in order, roughly. Their lines are merged on a peek at the time, not decoded. A line goes out
when every file has been read to its time or farther; so no file makes the lines of another one late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from detector.events.lines import Block, Lines
from detector.events.peek import times_of
from detector.events.slices import Slices

# How many of the last lines tell how far a file has been read: their median, as one may be far off.
_LAST = 5
# Lines of one file that may wait for the others: a file in no order at all would wait for ever.
_WAITING_MAX = 200_000
# Their bytes, where they are long.
_WAITING_BYTES = 1 << 27
_END = 2**62


@dataclass(slots=True)
class Merged:
    """Lines of several files, in order of time.

    Attributes:
        lines: without the newline.
        files: shape (len(lines),), int64: the number of each line's file.
        numbers: shape (len(lines),), int64: the number of each line in its file, from 1.
    """

    lines: Slices
    files: np.ndarray
    numbers: np.ndarray

    def take(self, which: np.ndarray | slice) -> Merged:
        """Some of the lines."""
        return Merged(self.lines.take(which), self.files[which], self.numbers[which])


def merge(files: Sequence[Lines], waiting_max: int = _WAITING_MAX) -> Iterator[Merged]:
    """The lines of all files by time; at equal times by file, then by line.

    A line whose time cannot be read stays beside the one before it. Memory is bounded by `waiting_max` lines
    a file, by their bytes, and a block. Raises UnreadableFile.
    """
    if not files:
        return
    sources = [_Source(number, file.blocks()) for number, file in enumerate(files)]
    for source in sources:
        source.fill()
    while True:
        slowest = min(sources, key=lambda source: source.reached)
        until = max([slowest.reached, *(source.overdue(waiting_max) for source in sources)])
        taken = [source.take(until) for source in sources]
        order = np.argsort(np.concatenate([times for _, _, times in taken]), kind="stable")
        if len(order):
            whole = Merged(
                Slices.join([block.lines for block, _, _ in taken]),
                np.concatenate([files for _, files, _ in taken]),
                np.concatenate([block.numbers for block, _, _ in taken]),
            )
            yield whole.take(order)
        if slowest.reached == _END:
            return
        slowest.fill()


class _Source:
    """A file's lines that wait, with their times, and how far in time it has been read."""

    def __init__(self, number: int, blocks: Iterator[Block]) -> None:
        self._number = number
        self._blocks = blocks
        self._last = 0
        self._waiting = Block(Slices.of([]), np.zeros(0, np.int64))
        self._times = np.zeros(0, np.int64)
        self.reached = 0

    def fill(self) -> None:
        """Reads on by a block."""
        block = next(self._blocks, None)
        if block is None:
            self.reached = _END
            return
        times = times_of(block.lines, self._last)
        if len(times):
            self._last = int(times[-1])
            last = np.sort(times[-_LAST:])
            self.reached = max(self.reached, int(last[(len(last) - 1) // 2]))
        self._waiting = Block(
            Slices.join([self._waiting.lines, block.lines]),
            np.concatenate([self._waiting.numbers, block.numbers]),
        )
        self._times = np.concatenate([self._times, times])

    def overdue(self, most: int) -> int:
        """The time up to which lines must go, as too many wait; 0 when none."""
        many = len(self._times) > most or int(self._waiting.lines.lengths.sum()) > _WAITING_BYTES
        return int(np.median(self._times)) if many else 0

    def take(self, until: int) -> tuple[Block, np.ndarray, np.ndarray]:
        """The waiting lines up to a time: themselves, their file's number, their times."""
        due = self._times <= until
        waiting, times = self._waiting, self._times
        self._waiting = _pick(waiting, ~due)
        self._times = times[~due]
        return _pick(waiting, due), np.full(int(due.sum()), self._number), times[due]


def _pick(block: Block, which: np.ndarray) -> Block:
    if which.all():
        return block
    return Block(block.lines.take(which), block.numbers[which])
