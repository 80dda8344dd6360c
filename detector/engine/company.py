"""The company's stage: lockstep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.cases.findings import Finding
from detector.engine import company_kernel as kernel
from detector.engine.groups import Groups
from detector.engine.rows import Batch
from detector.suspicions import lockstep
from detector.suspicions.settings import LOCKSTEP, Lockstep
from models.index import Index
from models.names import Names, Recent
from models.sketch import Sketch
from models.state import Blobs, Table

_MOST_ACTS, _MOST_POSTS = 256, 1024
# Acts from which shares of them are known well enough.
_WARM_ACTS = 1000


class Company:
    """Accounts, contents and acts, who has met whom, and the groups that came of it.

    Args:
        tick_ms: of the grid.
        settings: of the suspicion.
        capacity: accounts, and contents, at most.
        acts: acts kept, a power of two.
    """

    schema = "company/2"

    def __init__(
        self, tick_ms: int, settings: Lockstep = LOCKSTEP, *, capacity: int = 1 << 24, acts: int = 1 << 21
    ) -> None:
        self.tick_ms, self.settings = tick_ms, settings
        self.names = Names(capacity)
        self.ids = Recent(4 * acts)
        self.groups = Groups(settings.horizon_ms)
        self._accounts = Table("accounts", kernel.ACCOUNT, capacity)
        self._contents = Table("contents", kernel.CONTENT, capacity)
        self._acts = Table("acts", kernel.ACT, acts)
        self._usual = Table("usual", np.dtype(("f8", (7,))), 1)
        self._usual.used = 1
        self._met = Sketch("met", 1 << 22)
        self._accounts_index, self._contents_index = Index(self._accounts), Index(self._contents)
        self._counters = np.zeros(3, np.int64)

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        """Groups that became suspect in the ticks up to `upto`."""
        n = len(batch)
        self.groups.forget((upto + 1) * self.tick_ms)
        if not n:
            return []
        self._accounts_index.reserve(2 * n)
        self._contents_index.reserve(n)
        self.names.reserve(n)
        meetings = np.empty(kernel.RING * n, kernel.MEETING)
        findings: list[Finding] = []
        state = self._state()
        at = 0
        while at < n:
            at, end, found = kernel.run(
                state, batch.rows, batch.heap, at, self.tick_ms, self.settings.link, meetings
            )
            if found:
                findings += self._judge(meetings[:found].tolist(), int(end))
        self._accounts.used, self._contents.used = self._counters[[kernel.ACCOUNTS, kernel.CONTENTS]].tolist()
        self._acts.used = min(int(self._counters[kernel.ACTS]), len(self._acts.rows))
        return findings

    def _judge(self, meetings: list[tuple[int, int, int]], end: int) -> list[Finding]:
        changed: dict[tuple[int, int], None] = {}
        for a, b, _ in meetings:
            seed = self.groups.meet(a, b, end)
            if seed is not None:
                changed[seed] = None
        findings = []
        for seed in changed:
            if self.groups.grown(seed):
                finding = lockstep.judge(self.gather(seed, end), self.settings)
                if finding:
                    findings.append(finding)
            self.groups.keep(seed)
        return findings

    def gather(self, seed: tuple[int, int], end: int) -> lockstep.Together:
        """The acts of a group's members within the horizon."""
        since = end - self.settings.horizon_ms
        members = np.array(sorted(self.groups[seed].members))
        # Rows are joined by their numbers: joining structured arrays costs ten times as much.
        found = np.concatenate([self._found(member, since, _MOST_ACTS) for member in members.tolist()])
        acts = self._acts.rows[found & (len(self._acts.rows) - 1)]
        acts = acts[(acts["bits"] & kernel.POSTED) == 0]
        acts = acts[np.argsort(acts["ts"], kind="stable")]
        return lockstep.Together(
            end,
            tuple(self._names_of(np.array(seed))),
            members,
            acts,
            self._usual.rows[0].copy(),
            self._contents.rows["acts"][acts["content"]],
            self._contents.rows["published"][acts["content"]].astype(np.int64) * 1000,
            lambda author: self._posts_of(author, since),
            self._names_of,
            lambda some: self.ids.get_many(some["id_at"], some["id_length"]),
        )

    def _found(self, account: int, since: int, most: int) -> np.ndarray:
        """Sequence numbers of an account's acts since a time, latest first."""
        found = np.empty(most, np.int64)
        last = np.int64(self._accounts.rows["end"][account])
        n = kernel.acts_of(self._acts.rows, last, self._counters[kernel.ACTS], since, found)
        return found[:n]

    def _posts_of(self, author: int, since: int) -> int:
        """How many posts an author has published since a time."""
        found = self._found(author, since, _MOST_POSTS) & (len(self._acts.rows) - 1)
        return int((self._acts.rows["bits"][found] & kernel.POSTED > 0).sum())

    def _names_of(self, rows: np.ndarray) -> list[str]:
        return self.names.get_many(self._accounts.rows["key"][rows])

    def _state(self) -> kernel.State:
        names, ids, met = self.names, self.ids, self._met
        return kernel.State(
            self._accounts.rows, self._accounts.dirty, self._accounts_index.slots,
            self._contents.rows, self._contents.dirty, self._contents_index.slots,
            self._acts.rows, self._acts.dirty,
            names.table.rows, names.table.dirty, names.index.slots,
            names.letters.rows, names.letters.dirty, names.used,
            ids.table.rows, ids.table.dirty, ids.position,
            met.table.rows, met.table.dirty, met.added,
            self._usual.rows, self._usual.dirty, self._counters,
        )  # fmt: skip

    def tables(self) -> Sequence[Table]:
        self.names.sync()
        self.ids.table.used = min(int(self.ids.position[0]), len(self.ids.table.rows))
        return (
            self._accounts, self._contents, self._acts, self.names.table, self.names.letters, self.ids.table,
            self._met.table, self._usual,
        )  # fmt: skip

    def blobs(self) -> Sequence[Blobs]:
        return (self.groups.blobs,)

    def scalars(self) -> dict[str, Any]:
        return {
            "counters": self._counters.tolist(),
            "ids": int(self.ids.position[0]),
            "met": self._met.added.tolist(),
        }

    def restore(self, scalars: dict[str, Any]) -> None:
        self._counters[:] = scalars["counters"]
        self.ids.position[0] = scalars["ids"]
        self._met.added[:] = scalars["met"]

    def rebuild(self) -> None:
        self.names.rebuild()
        self._accounts_index.rebuild()
        self._contents_index.rebuild()
        self.groups.rebuild()

    @property
    def warming_up(self) -> bool:
        """Whether what is usual is still taken more from the prior than from the stream."""
        return bool(self._usual.rows[0, 0] < _WARM_ACTS)

    @property
    def nbytes(self) -> int:
        """Bytes of state in use."""
        indexes = (self._accounts_index, self._contents_index, self.names.index)
        return sum(table.nbytes for table in self.tables()) + sum(index.nbytes for index in indexes)
