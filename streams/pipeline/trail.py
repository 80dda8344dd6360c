"""From which record of its input a shard must read again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from detector.engine.merging import Clock


@dataclass(slots=True)
class Step:
    """A message that was taken: where it stood, its word, and the last tick that got rows by it, if any."""

    first: int
    last: int
    source: int
    upto: int
    idle: bool
    since: int
    tick: int | None


class Trail:
    """The messages from the oldest that still matters on, and the clock as it was before it.

    Reading again from `resume`, with that clock, gives the same rows to the same ticks, and brings the clock
    to where it is now.

    Args:
        base: the clock before the first message.
    """

    def __init__(self, base: Clock) -> None:
        self.base = base
        self._steps: deque[Step] = deque()

    def add(self, step: Step) -> None:
        """The next message."""
        self._steps.append(step)

    def resume(self, done: int, incomplete: int | None, following: int) -> int:
        """The offset to read again from; `base` becomes the clock before it.

        Args:
            done: ticks up to this one are done.
            incomplete: the first offset of the messages that are not whole yet.
            following: the next offset.
        """
        at = following if incomplete is None else min(incomplete, following)
        for step in self._steps:
            if step.tick is not None and step.tick > done:
                at = min(at, step.first)
        # A message that ends behind that place is read again, so it must be read from its beginning.
        for step in reversed(self._steps):
            if step.last >= at:
                at = min(at, step.first)
        while self._steps and self._steps[0].last < at:
            step = self._steps.popleft()
            self.base.note(step.source, step.upto, step.idle, step.since)
        return at
