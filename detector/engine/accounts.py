"""The accounts' stage: whose the accounts are, what they are called, whether they are used, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.cases.findings import Finding
from detector.engine import accounts_bulk as bulk
from detector.engine import accounts_kernel as kernel
from detector.engine import accounts_rows as rows
from detector.engine.accounts_judge import Judge
from detector.engine.accounts_rows import MOST_NOTICES
from detector.engine.rows import Batch
from detector.suspicions.accounts import ACCOUNTS, Accounts
from models.index import Index
from models.names import Names, Recent
from models.state import Blobs, Table

_HOUR_MS = 3_600_000
ASLEEP = -1
# Registrations from which shares of them are known well enough.
_WARM = 200
# A trait that many registrations share is looked at again after so long, while they come and after.
_FIRST_MS, _AGAIN_MS = 30 * 60_000, 15 * 60_000
_SOON_MS, _LATER_MS = (bulk.SOON_MINUTES + 1) * 60_000, (bulk.LATE_MINUTES + 1) * 60_000
_WATCHED = 1_000


class AccountsStage:
    """Accounts that had account events or published, their entities, names and habits, and registrations.

    Args:
        tick_ms: of the grid.
        settings: of the suspicions.
        capacity: accounts at most, and entities, and names.
        traits: what registrations share, remembered; a power of two.
        log: registrations remembered.
        ids: words of event ids remembered, a power of two.
    """

    schema = "accounts/3"

    def __init__(
        self,
        tick_ms: int,
        settings: Accounts = ACCOUNTS,
        *,
        capacity: int = 1 << 25,
        traits: int = 1 << 18,
        log: int = 1 << 16,
        ids: int = 1 << 19,
    ) -> None:
        self.tick_ms, self.settings = tick_ms, settings
        self.names, self.ids = Names(capacity), Recent(ids)
        self.accounts = Table("accounts", rows.ACCOUNT, capacity)
        self.entities = Table("entities", rows.ENTITY, capacity)
        self._skeletons = Table("skeletons", rows.SKELETON, capacity)
        self.traits = Table("traits", rows.TRAIT, traits)
        self.traits.used = traits
        self.log = Table("log", rows.REGISTRATION, log)
        self._usual = Table("usual", np.dtype(("f8", (rows.USUAL,))), 1)
        self._usual.used = 1
        self._indexes = [Index(table) for table in (self.accounts, self.entities, self._skeletons)]
        self.counters = np.zeros(rows.COUNTERS, np.int64)
        # Number of the hour at which dormant accounts are sought next, ASLEEP while there are no accounts;
        # and for each twenty-fourth of the accounts when, at the earliest, one of them was last used, s.
        self._hour, self._oldest = ASLEEP, [0] * 24
        self._first = 0  # event of all, ms
        # Traits watched: row to (key, tick of the next look, accounts told, registrations at the last look).
        self._watched: dict[int, tuple[int, int, int, int]] = {}
        self._judge = Judge(self)
        self._notices = np.empty(0, rows.NOTICE)

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        """What became suspect in the ticks up to `upto`."""
        n = len(batch)
        if n:
            for index in self._indexes:
                index.reserve(n)
            self.names.reserve(2 * n)
        findings: list[Finding] = []
        if len(self._notices) < MOST_NOTICES * n:
            self._notices = np.empty(MOST_NOTICES * n, rows.NOTICE)
        notices = self._notices
        state, at, ticks = self._state(), 0, batch.rows["ts"] // self.tick_ms
        while True:
            if self._hour == ASLEEP and at < n:
                self._hour = int(batch.rows["ts"][at]) // _HOUR_MS + 1
                self._first = self._first or int(batch.rows["ts"][at])
            until = min(self._due(), upto + 1)
            while at < n and ticks[at] < until:
                at, end, found = kernel.run(
                    state, batch.rows, batch.heap, at, self.tick_ms, until, self.settings.cap, notices
                )
                self._sync()
                if not found:
                    continue
                findings += self._told(notices[:found], batch, int(end))
                until = min(self._due(), upto + 1)
            # One that is due as the last tick ends is of that tick, so it cannot wait for the next call.
            if self._due() > upto + 1:
                break
            findings += self._look(until) + self._scan(until)
        return findings

    def _due(self) -> int:
        """The tick before which the next look at what time alone brings is due."""
        return min([self._scan_tick(), *(look[1] for look in self._watched.values())])

    def _scan_tick(self) -> int:
        return -(-self._hour * _HOUR_MS // self.tick_ms) if self._hour != ASLEEP else 1 << 62

    def _told(self, notices: np.ndarray, batch: Batch, end: int) -> list[Finding]:
        """Judges what the kernel has told of a tick that ended at `end`."""
        findings: list[Finding | None] = []
        for what, row, other, event, values in notices.tolist():
            if what == rows.CAP:
                findings.append(self._judge.cap(row, end))
            elif what == rows.NAME:
                findings.append(self._judge.name(row, other, values.tolist(), batch.strings(event), end))
            elif what == rows.MOVED:
                findings.append(self._judge.moved(row, values.tolist(), batch.strings(event), end))
            elif row not in self._watched and len(self._watched) < _WATCHED:
                trait = self.traits.rows[row]
                due = (end + _FIRST_MS) // self.tick_ms
                self._watched[row] = (int(trait["key"]), due, 0, 0)
                self._mark(row, 1)
        return [finding for finding in findings if finding]

    def _mark(self, row: int, watched: int) -> None:
        self.traits.rows["watched"][row] = watched
        self.traits.dirty[row] = 1

    def _look(self, tick: int) -> list[Finding]:
        """Looks at the watched traits that are due."""
        findings = []
        now = tick * self.tick_ms
        for row in sorted(row for row, look in self._watched.items() if look[1] <= tick):
            key, _, told, seen = self._watched[row]
            trait = self.traits.rows[row]
            last = int(trait["at"]) * 1000
            if int(trait["key"]) != key or now > last + _LATER_MS + self.tick_ms:
                del self._watched[row]
                if int(trait["key"]) == key:
                    self._mark(row, 0)
                continue
            finding = self._judge.registered(row, now)
            if finding and finding.participants_total > told:
                findings.append(finding)
                told = finding.participants_total
            # Soon again while they come, then when the last of them have had time to do something.
            dues = [last + _SOON_MS, last + _LATER_MS]
            if int(trait["total"]) > seen:
                dues.append(now + _AGAIN_MS)
            due = min((due for due in dues if due > now), default=now + _LATER_MS)
            self._watched[row] = (key, -(-due // self.tick_ms), told, int(trait["total"]))
        return findings

    def _scan(self, tick: int) -> list[Finding]:
        """Looks for dormant accounts when the hour is over."""
        if tick < self._scan_tick():
            return []
        now, days = tick * self.tick_ms, self.settings.dormant_days + 1
        if now < self._watching():
            # What is not known by now takes a day from now on.
            self._hour = min(self._hour + 24, max(self._hour + 1, -(-self._watching() // _HOUR_MS)))
            return []
        found = np.empty(self.settings.dormant_at_once, np.int64)
        n, self._oldest[self._hour % 24] = kernel.silent(
            self.accounts.rows,
            self.accounts.dirty,
            self.accounts.used,
            self._hour,
            (now // 1000 // 86_400 - days + 1) * 86_400,
            found,
        )
        if min(self._oldest) == kernel.NONE:
            self._hour, self._oldest = ASLEEP, [0] * 24
        else:
            # Before that none of a part can be; those who come to it meanwhile are not older.
            self._hour = min(
                _hour_of(part, max(self._hour + 1, (min(oldest, now // 1000) // 86_400 + days) * 24))
                for part, oldest in enumerate(self._oldest)
            )
        return self._judge.dormant(found[:n], now)

    def _watching(self) -> int:
        """From when on it says something that an account is not used, ms.

        A past that is imported has account events only, and not all use comes with one of those: so a day
        after other use was seen first, or, where there is none, when a year is over.
        """
        used = int(self.counters[rows.USED])
        return 1000 * (used + 86_400) if used else self._first + 365 * 86_400_000

    def settle(self, second: int) -> None:
        """Takes in what became of those who registered, up to a time in s."""
        bulk.settle(self._state(), second)

    @property
    def usual(self) -> np.ndarray:
        """What the stage has learnt is usual, shape (accounts_rows.USUAL,)."""
        return np.asarray(self._usual.rows[0])

    def _state(self) -> rows.State:
        names, ids = self.names, self.ids
        accounts, entities, skeletons = self._indexes
        return rows.State(
            self.accounts.rows, self.accounts.dirty, accounts.slots,
            self.entities.rows, self.entities.dirty, entities.slots,
            self._skeletons.rows, self._skeletons.dirty, skeletons.slots,
            self.traits.rows, self.traits.dirty, self.log.rows, self.log.dirty,
            names.table.rows, names.table.dirty, names.index.slots,
            names.letters.rows, names.letters.dirty, names.used,
            ids.table.rows, ids.table.dirty, ids.position,
            self._usual.rows, self._usual.dirty, self.counters,
        )  # fmt: skip

    def _sync(self) -> None:
        self._usual.dirty[0] = 1
        self.accounts.used, self.entities.used, self._skeletons.used = self.counters[
            [rows.ACCOUNTS, rows.ENTITIES, rows.SKELETONS]
        ].tolist()
        self.log.used = min(int(self.counters[rows.REGISTERED]), len(self.log.rows))

    def tables(self) -> Sequence[Table]:
        self.names.sync()
        self.ids.table.used = min(int(self.ids.position[0]), len(self.ids.table.rows))
        return (
            self.accounts, self.entities, self._skeletons, self.traits, self.log, self.names.table,
            self.names.letters, self.ids.table, self._usual,
        )  # fmt: skip

    def blobs(self) -> Sequence[Blobs]:
        return ()

    def scalars(self) -> dict[str, Any]:
        return {
            "counters": self.counters.tolist(),
            "ids": int(self.ids.position[0]),
            "hour": self._hour,
            "oldest": self._oldest,
            "first": self._first,
            "watched": [[row, *look] for row, look in sorted(self._watched.items())],
        }

    def restore(self, scalars: dict[str, Any]) -> None:
        self.counters[:] = scalars["counters"]
        self.ids.position[0] = scalars["ids"]
        self._hour, self._oldest, self._first = scalars["hour"], list(scalars["oldest"]), scalars["first"]
        self._watched = {row: (key, due, told, seen) for row, key, due, told, seen in scalars["watched"]}

    def rebuild(self) -> None:
        self.names.rebuild()
        for index in self._indexes:
            index.rebuild()

    @property
    def warming_up(self) -> bool:
        """Whether what is usual is still taken more from the prior than from the stream."""
        return bool(self.counters[rows.REGISTERED] < _WARM)

    @property
    def nbytes(self) -> int:
        """Bytes of state in use."""
        indexes = (*self._indexes, self.names.index)
        return sum(table.nbytes for table in self.tables()) + sum(index.nbytes for index in indexes)


def _hour_of(part: int, hour: int) -> int:
    """The first hour from `hour` on in which a part of the accounts has its turn."""
    return hour + (part - hour) % 24
