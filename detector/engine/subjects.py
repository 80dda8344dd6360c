"""The subjects' stage: follower_jump and follower_drop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.cases.findings import Finding
from detector.engine import subject_kernel as kernel
from detector.engine import subject_rows as kept
from detector.engine.evidence import Evidence
from detector.engine.follows import COMMON, FOLLOW, SHARES, scratch
from detector.engine.rows import Batch
from detector.engine.second_looks import Look, SecondLooks
from detector.engine.weigh import PRIOR_WEIGHT, RISES, weigh_all
from detector.suspicions import follower_drop, follower_jump, forced_subscription
from detector.suspicions.follows import crowd, names_enough
from detector.suspicions.settings import FOLLOWS, Follows
from models.hashing import pair
from models.index import Index
from models.names import Names, Recent
from models.sketch import Sketch
from models.state import Blobs, Table

_SKETCH, _BIRTHS = 1 << 20, 1 << 18
# What each channel's candidates are judged by.
_JUDGES = {
    kept.FOLLOWED: (forced_subscription.findings, follower_jump.findings),
    kept.UNFOLLOWED: (follower_drop.findings,),
}


# A burst that begins so long after another one is told by itself.
_BURST_MINUTES = 3 * 1440
_MORE = 1.05


class Subjects:
    """One row a subject and channel, the log of follows, and what is usual in the population.

    Args:
        tick_ms: of the grid.
        settings: thresholds of the suspicions.
        capacity: rows of follows and unfollows at most, and of engagement.
        log: follows and unfollows kept, a power of two.
    """

    schema = "subjects/5"

    def __init__(
        self, tick_ms: int, settings: Follows = FOLLOWS, *, capacity: int = 1 << 24, log: int = 1 << 20
    ) -> None:
        self.tick_ms, self.settings = tick_ms, settings
        self.names = Names()
        self.ids = Recent(4 * log)
        self._subjects = Table("subjects", kept.SUBJECT, capacity)
        self._engaged = Table("engaged", kept.ENGAGEMENT, capacity)
        self._log = Table("log", FOLLOW, log)
        # Of one size, since they are compared: each is added to for every item, and so halved together.
        self._pairs, self._targets = Sketch("pairs", _SKETCH), Sketch("targets", _SKETCH)
        self._named = Sketch("named", _SKETCH)
        self._moments = Table("moments", np.dtype(("f8", (len(SHARES) * kept.MOMENTS,))), 2)
        self._moments.used = 2
        self._births = Table("births", kept.BIRTH, _BIRTHS)
        self._births.used = _BIRTHS
        self._index, self._engaged_index = Index(self._subjects), Index(self._engaged)
        self._counters = np.zeros(kept.COUNTERS, np.int64)
        self._scratch = scratch()
        self._looks = SecondLooks()
        for channel in range(kept.EVERYBODY_ROWS):
            self._subjects.rows[channel]["key"] = pair(np.uint64(0), np.uint64(channel))
        self._subjects.used = self._counters[kept.USED] = kept.EVERYBODY_ROWS
        self._index.rebuild()

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        """What became suspect in the ticks up to `upto`."""
        n = len(batch)
        self._index.reserve(n)
        self._engaged_index.reserve(n)
        self.names.reserve(2 * n)
        touched, candidates = np.empty(n, np.int64), np.empty(3 * n, kept.CANDIDATE)
        numbers = np.empty((3 * n, kept.NUMBERS))
        findings: list[Finding] = []
        settings = self.settings
        state = self.state()
        at = 0
        while True:
            due = self._looks.next
            if at < n and int(batch.rows["ts"][at]) // self.tick_ms <= due:
                at, end, found = kernel.run(
                    state, batch.rows, batch.heap, at, due, self.tick_ms,
                    settings.least, settings.gate, settings.company_level, touched, candidates, numbers,
                )  # fmt: skip
                if found:
                    findings += self._judge(candidates[:found], numbers[:found], int(end))
            elif due <= upto:
                findings += self._look_again(state)
            else:
                break
        self._subjects.used = int(self._counters[kept.USED])
        self._engaged.used = int(self._counters[kept.ENGAGED_USED])
        self._log.used = min(int(self._counters[kept.LOGGED]), len(self._log.rows))
        return findings

    def _judge(
        self,
        candidates: np.ndarray,
        numbers: np.ndarray,
        end: int,
        *,
        again: bool = False,
        whole: bool = False,
    ) -> list[Finding]:
        findings: list[Finding] = []
        few: list[int] = []
        for channel, judges in _JUDGES.items():
            chosen = candidates["channel"] == channel
            if not chosen.any():
                continue
            some, state = candidates[chosen], self.state()
            evidence = Evidence(end, some, numbers[chosen], state, self.names, self.ids, again)
            for judge in judges:
                for i, finding in judge(evidence, self.settings):
                    row = int(some[i]["row"])
                    told = names_enough(finding, self.settings)
                    if told:
                        findings.append(finding)
                        kernel.hold(state, row, (end + self.settings.held_ms) // 60000)
                    elif evidence.counts[i, COMMON] >= self.settings.company_least:
                        few.append(row)
                    self._follow_up(state, row, int(some[i]["start"]), end, told)
            known = self._subjects.rows["hours"][channel] >= kernel.CROWD_FROM
            if channel == kept.FOLLOWED and known and not whole:
                enough = (evidence.observed >= self.settings.named_least) & (evidence.volume >= RISES)
                findings += [crowd(evidence, int(i), follower_jump.KIND) for i in np.flatnonzero(enough)]
        return findings + ([] if whole else self._whole_company([*dict.fromkeys(few)], end))

    def _whole_company(self, rows: list[int], end: int) -> list[Finding]:
        """Of a company that a window shows too few of, what all of it amounts to: a trickle is never many."""
        if not rows:
            return []
        candidates = np.zeros(len(rows), kept.CANDIDATE)
        for n, row in enumerate(rows):
            kernel.whole_company(self.state(), row, candidates[n])
        return self._judge(candidates, self.numbers(candidates, end), end, whole=True)

    def _follow_up(self, state: kept.State, row: int, start: int, end: int, told: bool) -> None:
        """A subject with a finding is looked at again."""
        known = self._looks.get(row)
        settle = max(1, self.settings.settle_ms // self.tick_ms)
        due, total = end // self.tick_ms + settle, int(state.subjects["total"][row])
        if known and known.start > start - _BURST_MINUTES:
            due = min(due, known.due)
            # What a short window tells of a burst is not all that has come since the last look at the whole.
            total = known.total if known.start < start else total
            start = min(start, known.start)
            told |= known.told
        self._looks.put(row, Look(due, start, settle, total, told))

    def _look_again(self, state: kept.State) -> list[Finding]:
        """Looks once more at subjects of findings that have grown since, so that none is left half told."""
        rows: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
        due = self._looks.next
        for row, look in self._looks.take():
            total, wait = int(state.subjects["total"][row]), 2 * look.wait
            last = wait > self.settings.attend_ms // self.tick_ms
            # A few more can wait for the next time.
            if total > look.total and (last or total > _MORE * look.total):
                rows[look.told].append((row, look.start))
                look = look._replace(total=total)
            if not last:
                self._looks.put(row, look._replace(due=due + wait, wait=wait))
        findings: list[Finding] = []
        end = (due + 1) * self.tick_ms
        for told, some in rows.items():
            candidates = np.zeros(len(some), kept.CANDIDATE)
            for n, (row, start) in enumerate(some):
                kernel.look_again(state, row, end // 60000, start, told, candidates[n])
            findings += self._judge(candidates, self.numbers(candidates, end), end, again=told)
        return findings

    def numbers(self, candidates: np.ndarray, end: int) -> np.ndarray:
        """What is gathered of candidates at the end of a tick, (n, NUMBERS)."""
        numbers = np.zeros((len(candidates), kept.NUMBERS))
        weigh_all(self.state(), candidates, np.int64(end), numbers)
        return numbers

    def evidence(self, candidates: np.ndarray, end: int) -> Evidence:
        """The columns that a suspicion is handed."""
        return Evidence(end, candidates, self.numbers(candidates, end), self.state(), self.names, self.ids)

    def state(self) -> kept.State:
        """The arrays, for the kernels."""
        names, ids = self.names, self.ids
        return kept.State(
            self._subjects.rows, self._subjects.dirty, self._index.slots,
            self._engaged.rows, self._engaged.dirty, self._engaged_index.slots,
            self._log.rows, self._log.dirty,
            names.table.rows, names.table.dirty, names.index.slots,
            names.letters.rows, names.letters.dirty, names.used,
            ids.table.rows, ids.table.dirty, ids.position,
            self._pairs.table.rows, self._pairs.table.dirty, self._pairs.added,
            self._targets.table.rows, self._targets.table.dirty, self._targets.added,
            self._named.table.rows, self._named.table.dirty, self._named.added,
            self._moments.rows, self._moments.dirty, self._births.rows, self._births.dirty,
            self._counters, self._scratch,
        )  # fmt: skip

    def tables(self) -> Sequence[Table]:
        self.names.sync()
        self.ids.table.used = min(int(self.ids.position[0]), len(self.ids.table.rows))
        return (
            self._subjects, self._engaged, self._log, self.names.table, self.names.letters, self.ids.table,
            self._pairs.table, self._targets.table, self._named.table, self._moments,
            self._births,
        )  # fmt: skip

    def blobs(self) -> Sequence[Blobs]:
        return ()

    def scalars(self) -> dict[str, Any]:
        return {
            "counters": self._counters.tolist(),
            "ids": int(self.ids.position[0]),
            "pairs": self._pairs.added.tolist(),
            "targets": self._targets.added.tolist(),
            "named": self._named.added.tolist(),
            "looks": self._looks.scalars(),
        }

    def restore(self, scalars: dict[str, Any]) -> None:
        self._counters[:] = scalars["counters"]
        self.ids.position[0] = scalars["ids"]
        self._pairs.added[:] = scalars["pairs"]
        self._targets.added[:] = scalars["targets"]
        self._named.added[:] = scalars["named"]
        self._looks.restore(scalars["looks"])

    def rebuild(self) -> None:
        self.names.rebuild()
        self._index.rebuild()
        self._engaged_index.rebuild()

    @property
    def warming_up(self) -> bool:
        """Whether what is usual is still taken more from the prior than from the stream."""
        return bool(self._moments.rows[kept.FOLLOWED, 0] < PRIOR_WEIGHT)

    @property
    def nbytes(self) -> int:
        """Bytes of state in use."""
        indices = self._index, self._engaged_index, self.names.index
        return sum(table.nbytes for table in self.tables()) + sum(index.nbytes for index in indices)
