"""The subjects' stage: follower_jump and follower_drop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.cases.findings import Finding
from detector.engine import subject_kernel as kernel
from detector.engine.evidence import PRIOR_WEIGHT, Evidence, gather
from detector.engine.follows import FOLLOW, scratch
from detector.engine.rows import Batch
from detector.suspicions import follower_drop, follower_jump
from detector.suspicions.settings import FOLLOWS, Follows
from models.hashing import pair
from models.index import Index
from models.names import Names, Recent
from models.sketch import Sketch
from models.state import Blobs, Table

NEVER_DUE = 1 << 62
_SKETCH = 1 << 20
_JUDGES = {kernel.FOLLOWED: follower_jump.findings, kernel.UNFOLLOWED: follower_drop.findings}


class Subjects:
    """One row a subject and channel, the log of follows, and what is usual in the population.

    Args:
        tick_ms: of the grid.
        settings: thresholds of the suspicions.
        capacity: rows at most.
        log: follows and unfollows kept, a power of two.
    """

    schema = "subjects/2"

    def __init__(
        self, tick_ms: int, settings: Follows = FOLLOWS, *, capacity: int = 1 << 24, log: int = 1 << 20
    ) -> None:
        self.tick_ms, self.settings = tick_ms, settings
        self.names = Names()
        self.ids = Recent(4 * log)
        self._subjects = Table("subjects", kernel.SUBJECT, capacity)
        self._log = Table("log", FOLLOW, log)
        # Of one size, since they are compared: each is added to for every item, and so halved together.
        self._pairs, self._targets = Sketch("pairs", _SKETCH), Sketch("targets", _SKETCH)
        self._moments = Table("moments", np.dtype(("f8", (len(kernel.SHARES) * kernel.MOMENTS,))), 2)
        self._moments.used = 2
        self._index = Index(self._subjects)
        self._counters = np.zeros(kernel.COUNTERS, np.int64)
        self._scratch = scratch()
        # Of a subject about which there was a finding: when to look again, and at which window from when.
        self._looks: dict[int, tuple[int, int, int]] = {}
        for channel in range(kernel.EVERYBODY):
            self._subjects.rows[channel]["key"] = pair(np.uint64(0), np.uint64(channel))
        self._subjects.used = self._counters[kernel.USED] = kernel.EVERYBODY
        self._index.rebuild()

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        """What became suspect in the ticks up to `upto`."""
        n = len(batch)
        self._index.reserve(n)
        self.names.reserve(2 * n)
        touched, candidates = np.empty(n, np.int64), np.zeros(2 * n, kernel.CANDIDATE)
        findings: list[Finding] = []
        settings = self.settings
        state = self.state()
        at = 0
        while True:
            due = min((tick for tick, _, _ in self._looks.values()), default=NEVER_DUE)
            if at < n and int(batch.rows["ts"][at]) // self.tick_ms <= due:
                at, end, found = kernel.run(
                    state, batch.rows, batch.heap, at, due, self.tick_ms,
                    settings.least, settings.gate, settings.company_level, touched, candidates,
                )  # fmt: skip
                if found:
                    findings += self._judge(candidates[:found], int(end))
            elif due <= upto:
                findings += self._look_again(state, due)
            else:
                break
        self._subjects.used = int(self._counters[kernel.USED])
        self._log.used = min(int(self._counters[kernel.LOGGED]), len(self._log.rows))
        return findings

    def _judge(self, candidates: np.ndarray, end: int) -> list[Finding]:
        findings: list[Finding] = []
        for channel, judge in _JUDGES.items():
            chosen = candidates[candidates["channel"] == channel]
            if not len(chosen):
                continue
            for i, finding in judge(self.evidence(chosen, end), self.settings):
                findings.append(finding)
                row, window, start = (int(chosen[i][name]) for name in ("row", "window", "start"))
                self._looks[row] = (
                    end // self.tick_ms + self.settings.settle_ms // self.tick_ms,
                    window,
                    start,
                )
        return findings

    def _look_again(self, state: kernel.State, due: int) -> list[Finding]:
        """Looks once more at subjects of findings that have grown since, so that none is left half told."""
        rows = sorted(row for row, look in self._looks.items() if look[0] == due)
        candidates = np.zeros(len(rows), kernel.CANDIDATE)
        end, n = (due + 1) * self.tick_ms, 0
        for row in rows:
            _, window, start = self._looks.pop(row)
            n += kernel.look_again(state, row, end // 60000, window, start, candidates[n])
        return self._judge(candidates[:n], end)

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
            "looks": [[row, *look] for row, look in self._looks.items()],
        }

    def restore(self, scalars: dict[str, Any]) -> None:
        self._counters[:] = scalars["counters"]
        self.ids.position[0] = scalars["ids"]
        self._pairs.added[:] = scalars["pairs"]
        self._targets.added[:] = scalars["targets"]
        self._looks = {row: (due, window, start) for row, due, window, start in scalars["looks"]}

    def rebuild(self) -> None:
        self.names.rebuild()
        self._index.rebuild()

    @property
    def warming_up(self) -> bool:
        """Whether what is usual is still taken more from the prior than from the stream."""
        return bool(self._moments.rows[kernel.FOLLOWED, 0] < PRIOR_WEIGHT)

    @property
    def nbytes(self) -> int:
        """Bytes of state in use."""
        return sum(table.nbytes for table in self.tables()) + self._index.nbytes + self.names.index.nbytes
