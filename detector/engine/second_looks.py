"""Which subjects are to be looked at again, and when."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Any, NamedTuple

NEVER_DUE = 1 << 62


class Look(NamedTuple):
    """When to look again at a subject about which there was a finding: tick, since which minute, ticks until
    the next look, the subject's total when it was last looked at, whether a finding has been told."""

    due: int
    start: int
    wait: int
    total: int
    told: bool


class SecondLooks:
    """At most one look a subject (row). What comes next is known without going through all of them."""

    def __init__(self) -> None:
        self._looks: dict[int, Look] = {}
        # (due, row); an entry whose row has another look by now is passed over when its turn comes.
        self._queue: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._looks)

    def get(self, row: int) -> Look | None:
        """The look that a row has."""
        return self._looks.get(row)

    def put(self, row: int, look: Look) -> None:
        """Gives a row its look, in place of one that it has."""
        self._looks[row] = look
        heapq.heappush(self._queue, (look.due, row))

    @property
    def next(self) -> int:
        """The tick of the next look; NEVER_DUE when there is none."""
        while self._queue:
            due, row = self._queue[0]
            look = self._looks.get(row)
            if look and look.due == due:
                return due
            heapq.heappop(self._queue)
        return NEVER_DUE

    def take(self) -> list[tuple[int, Look]]:
        """(row, look) of all looks of the next tick, in order of rows; they are forgotten."""
        due, out = self.next, []
        while self.next == due != NEVER_DUE:
            _, row = heapq.heappop(self._queue)
            out.append((row, self._looks.pop(row)))
        return out

    def scalars(self) -> list[list[Any]]:
        """Everything, as what a checkpoint takes."""
        return [[row, *look] for row, look in self._looks.items()]

    def restore(self, looks: Iterable[list[Any]]) -> None:
        """Takes what `scalars` gave."""
        self._looks, self._queue = {}, []
        for row, *look in looks:
            self.put(row, Look(*look))
