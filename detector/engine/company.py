"""The company's stage: lockstep."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.cases.findings import Finding
from detector.engine import company_kernel as kernel
from detector.engine import company_log as acts_log
from detector.engine import company_rows as rows_
from detector.engine.groups import Groups
from detector.engine.rows import Batch
from detector.suspicions import lockstep
from detector.suspicions.company import Acts, Together
from detector.suspicions.settings import LOCKSTEP, Lockstep
from models.index import Index
from models.names import Names, Recent
from models.shelves import shelves
from models.state import Blobs, Table

# Acts of one account, and on one content, that are looked at, the latest ones.
_MOST_ACTS = 256
# Acts from which shares of them are known well enough.
_WARM_ACTS = 1000


class Company:
    """Accounts, contents and acts, who has met whom, and the groups that came of it.

    Args:
        tick_ms: of the grid.
        settings: of the suspicion.
        capacity: accounts, and contents, at most.
        acts: acts kept, a power of two.
        pairs: of accounts that have met that are kept, a power of two.
    """

    schema = "company/4"

    def __init__(
        self,
        tick_ms: int,
        settings: Lockstep = LOCKSTEP,
        *,
        capacity: int = 1 << 24,
        acts: int = 1 << 21,
        pairs: int = 1 << 20,
    ) -> None:
        self.tick_ms, self.settings = tick_ms, settings
        self.names = Names(capacity)
        self.ids = Recent(4 * acts)
        self.groups = Groups(settings.horizon_ms)
        self._accounts = Table("accounts", rows_.ACCOUNT, capacity)
        self._contents = Table("contents", rows_.CONTENT, capacity)
        self._acts = Table("acts", rows_.ACT, acts)
        self._usual = Table("usual", np.dtype(("f8", (7,))), 1)
        self._usual.used = 1
        self._pairs = shelves("pairs", rows_.PAIR, pairs)
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
        meetings = np.empty(rows_.RING * n, rows_.MEETING)
        findings: list[Finding] = []
        state, rows, heap = self._state(), np.ascontiguousarray(batch.rows), np.ascontiguousarray(batch.heap)
        at = 0
        while at < n:
            at, end, found = kernel.run(state, rows, heap, at, self.tick_ms, meetings)
            if found:
                findings += self._judge(meetings[:found].tolist(), int(end))
        self._accounts.used, self._contents.used = self._counters[[rows_.ACCOUNTS, rows_.CONTENTS]].tolist()
        self._acts.used = min(int(self._counters[rows_.ACTS]), len(self._acts.rows))
        return findings

    def _judge(self, meetings: list[tuple[int, int]], end: int) -> list[Finding]:
        changed: dict[tuple[int, int], None] = {}
        for a, b in meetings:
            seed = self.groups.meet(a, b, end)
            if seed is not None:
                changed[seed] = None
        findings = []
        for seed in changed:
            if self.groups.grown(seed):
                findings += lockstep.judge(self.gather(seed, end), self.settings)
            self.groups.keep(seed)
        return findings

    def gather(self, seed: tuple[int, int], end: int) -> Together:
        """The acts of a group's members within the horizon."""
        since = end - self.settings.horizon_ms
        members = np.array(sorted(self.groups[seed].members))
        logged = self._counters[rows_.ACTS]

        def acts_of(rows: np.ndarray) -> Acts:
            log, accounts = self._acts.rows, self._accounts.rows
            return self._known(acts_log.acts_of_many(log, accounts, rows, logged, since, _MOST_ACTS))

        return Together(
            end,
            lambda ring: self._ring(seed, ring),
            members,
            acts_of(members),
            acts_of,
            lambda rows: self._known(
                acts_log.acts_on(self._acts.rows, self._contents.rows, rows, logged, since, _MOST_ACTS)
            ),
            self._usual.rows[0].copy(),
            lambda rows: acts_log.counts_of(
                self._acts.rows, self._accounts.rows, rows, logged, since, _MOST_ACTS
            ),
            int(acts_log.logged_since(self._acts.rows, logged, since)),
            int(self._counters[rows_.ACCOUNTS]),
            self._names_of,
            lambda some: self.ids.get_many(some["id_at"], some["id_length"]),
        )

    def _known(self, found: np.ndarray) -> Acts:
        """Acts in some slots, with what is known of their contents."""
        acts = self._acts.rows[found]
        contents = self._contents.rows
        return Acts(
            acts,
            contents["acts"][acts["content"]],
            contents["published"][acts["content"]].astype(np.int64) * 1000,
        )

    def _ring(self, seed: tuple[int, int], members: np.ndarray) -> str:
        """The subject of a ring in a group: a hash of the first accounts by which it was known."""
        first = "\0".join(self._names_of(np.sort(members)[:2]))
        new = "g-" + hashlib.blake2b(first.encode(), digest_size=8).hexdigest()
        return self.groups.ring(seed, set(members.tolist()), new)

    def _names_of(self, rows: np.ndarray) -> list[str]:
        return self.names.get_many(self._accounts.rows["key"][rows])

    def _state(self) -> rows_.State:
        names, ids = self.names, self.ids
        return rows_.State(
            self._accounts.rows, self._accounts.dirty, self._accounts_index.slots,
            self._contents.rows, self._contents.dirty, self._contents_index.slots,
            self._acts.rows, self._acts.dirty,
            names.table.rows, names.table.dirty, names.index.slots,
            names.letters.rows, names.letters.dirty, names.used,
            ids.table.rows, ids.table.dirty, ids.position,
            self._pairs.rows, self._pairs.dirty,
            self._usual.rows, self._usual.dirty, self._counters,
        )  # fmt: skip

    def tables(self) -> Sequence[Table]:
        self.names.sync()
        self.ids.table.used = min(int(self.ids.position[0]), len(self.ids.table.rows))
        return (
            self._accounts, self._contents, self._acts, self.names.table, self.names.letters, self.ids.table,
            self._pairs, self._usual,
        )  # fmt: skip

    def blobs(self) -> Sequence[Blobs]:
        return (self.groups.blobs,)

    def scalars(self) -> dict[str, Any]:
        return {
            "counters": self._counters.tolist(),
            "ids": int(self.ids.position[0]),
        }

    def restore(self, scalars: dict[str, Any]) -> None:
        self._counters[:] = scalars["counters"]
        self.ids.position[0] = scalars["ids"]

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
