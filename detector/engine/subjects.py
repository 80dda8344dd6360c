"""The subjects' stage: follower_jump and follower_drop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.cases.findings import Finding
from detector.engine import subject_kernel as kernel
from detector.engine.evidence import Evidence, gather
from detector.engine.follows import FOLLOW, scratch
from detector.engine.rows import Batch
from detector.suspicions import follower_drop, follower_jump
from detector.suspicions.settings import FOLLOWS, Follows
from models.hashing import pair
from models.index import Index
from models.names import Names, Recent
from models.sketch import Sketch
from models.state import Blobs, Table

_JUDGES = {kernel.FOLLOWED: follower_jump.findings, kernel.UNFOLLOWED: follower_drop.findings}


class Subjects:
    """One row a subject and channel, the log of follows, and what is usual in the population.

    Args:
        tick_ms: of the grid.
        settings: thresholds of the suspicions.
        capacity: rows at most.
        log: follows and unfollows kept, a power of two.
    """

    schema = "subjects/1"

    def __init__(
        self, tick_ms: int, settings: Follows = FOLLOWS, *, capacity: int = 1 << 24, log: int = 1 << 20
    ) -> None:
        self.tick_ms, self.settings = tick_ms, settings
        self.names = Names()
        self.ids = Recent(4 * log)
        self._subjects = Table("subjects", kernel.SUBJECT, capacity)
        self._log = Table("log", FOLLOW, log)
        self._pairs, self._targets = Sketch("pairs", 1 << 20), Sketch("targets", 1 << 18)
        self._moments = Table("moments", np.dtype(("f8", (len(kernel.SHARES) * kernel.MOMENTS,))), 2)
        self._moments.used = 2
        self._index = Index(self._subjects)
        self._counters = np.zeros(kernel.COUNTERS, np.int64)
        self._scratch = scratch()
        for channel in range(kernel.EVERYBODY):
            self._subjects.rows[channel]["key"] = pair(np.uint64(0), np.uint64(channel))
        self._subjects.used = self._counters[kernel.USED] = kernel.EVERYBODY
        self._index.rebuild()

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        """What became suspect in the ticks up to `upto`."""
        n = len(batch)
        if not n:
            return []
        self._index.reserve(n)
        self.names.reserve(2 * n)
        touched, candidates = np.empty(n, np.int64), np.zeros(2 * n, kernel.CANDIDATE)
        findings: list[Finding] = []
        at = 0
        state = self.state()
        while at < n:
            at, end, found = kernel.run(
                state,
                batch.rows,
                batch.heap,
                at,
                self.tick_ms,
                self.settings.least,
                self.settings.gate,
                self.settings.company_level,
                touched,
                candidates,
            )
            if found:
                findings += self._judge(candidates[:found], int(end))
        self._subjects.used = int(self._counters[kernel.USED])
        self._log.used = min(int(self._counters[kernel.LOGGED]), len(self._log.rows))
        return findings

    def _judge(self, candidates: np.ndarray, end: int) -> list[Finding]:
        findings: list[Finding] = []
        for channel, judge in _JUDGES.items():
            chosen = candidates[candidates["channel"] == channel]
            if len(chosen):
                findings += judge(self.evidence(chosen, end), self.settings)
        return findings

    def evidence(self, candidates: np.ndarray, end: int) -> Evidence:
        """The columns that a suspicion is handed."""
        return gather(self.state(), self.names, self.ids, candidates, end)

    def state(self) -> kernel.State:
        """The arrays, for the kernels."""
        names, ids = self.names, self.ids
        return kernel.State(
            self._subjects.rows, self._subjects.dirty, self._index.slots,
            self._log.rows, self._log.dirty,
            names.table.rows, names.table.dirty, names.index.slots,
            names.letters.rows, names.letters.dirty, names.used,
            ids.table.rows, ids.table.dirty, ids.position,
            self._pairs.table.rows, self._pairs.table.dirty, self._pairs.added,
            self._targets.table.rows, self._targets.table.dirty, self._targets.added,
            self._moments.rows, self._moments.dirty,
            self._counters, self._scratch,
        )  # fmt: skip

    def tables(self) -> Sequence[Table]:
        self.names.sync()
        self.ids.table.used = min(int(self.ids.position[0]), len(self.ids.table.rows))
        return (
            self._subjects, self._log, self.names.table, self.names.letters, self.ids.table,
            self._pairs.table, self._targets.table, self._moments,
        )  # fmt: skip

    def blobs(self) -> Sequence[Blobs]:
        return ()

    def scalars(self) -> dict[str, Any]:
        return {
            "counters": self._counters.tolist(),
            "ids": int(self.ids.position[0]),
            "pairs": self._pairs.added.tolist(),
            "targets": self._targets.added.tolist(),
        }

    def restore(self, scalars: dict[str, Any]) -> None:
        self._counters[:] = scalars["counters"]
        self.ids.position[0] = scalars["ids"]
        self._pairs.added[:] = scalars["pairs"]
        self._targets.added[:] = scalars["targets"]

    def rebuild(self) -> None:
        self.names.rebuild()
        self._index.rebuild()

    @property
    def nbytes(self) -> int:
        """Bytes of state in use."""
        return sum(table.nbytes for table in self.tables()) + self._index.nbytes + self.names.index.nbytes
