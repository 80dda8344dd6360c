"""Memory of the state, and the engine's speed, as the number of accounts grows."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import psutil

from detector.engine.engine import Engine, Settings
from models.state import Table
from tests.bench.context import Context
from tests.bench.report import Row, number
from tests.bench.synthetic import Crowd
from tests.bench.timing import cost

SMALL, MIDDLE, LARGE = 10**5, 10**6, 10**7
BATCH = 10_000
WARMING, ROUNDS = 2, 5
#: Of a round: two ticks of event time.
BATCHES = 24
#: What the large crowd needs, with room for the rest of the machine.
LARGE_BYTES = 10 << 30
# Tables with a row an account, or an account and channel. The other stages' rows are of the same accounts and
# channels: they are part of the bytes, and not counted once more.
_COUNTED = {"actors", "follows.subjects", "follows.engaged"}
# Tables that grow with the accounts, or with what they have made; those of all others have a size that is a
# setting: ids and names seen lately, logs, sketches, and rows that give way to later ones.
_GROWING = _COUNTED | {
    "follows.names", "follows.letters", "company.accounts", "company.contents", "company.names",
    "company.letters", "accounts.accounts", "accounts.entities", "accounts.names", "accounts.letters",
    "accounts.skeletons",
}  # fmt: skip


class _World:
    """An engine that has met every account of a crowd."""

    def __init__(self, accounts: int) -> None:
        self.crowd = Crowd(accounts)
        self.engine = Engine(Settings())
        gc.collect()
        before = psutil.Process().memory_info().rss
        for batch in self.crowd.everybody(BATCH):
            self.engine.push(batch)
        gc.collect()
        self.resident = psutil.Process().memory_info().rss - before
        self.seconds: list[float] = []

    def work(self) -> None:
        """One round."""
        batches = [self.crowd.some(BATCH) for _ in range(BATCHES)]
        self.seconds.append(cost(lambda: [self.engine.push(batch) for batch in batches]).cpu)

    @property
    def each(self) -> float:
        """Nanoseconds of processor time an event, in the best round."""
        return 1e9 * min(self.seconds[WARMING:]) / (BATCH * BATCHES)

    def _stages(self) -> Iterator[Any]:
        engine = self.engine
        yield from (*engine._actors, *engine._subjects, engine._contents, engine._company)

    def _tables(self) -> Iterator[Table]:
        for stage in self._stages():
            yield from stage.tables()

    @property
    def state_rows(self) -> int:
        """Accounts that act, and (account, channel) pairs acted on; each is counted once.

        Raises ValueError when there is no table of one of the names.
        """
        tables = [table for table in self._tables() if table.name in _COUNTED]
        if {table.name for table in tables} != _COUNTED:
            raise ValueError(f"the stages have no tables of all of these names: {_COUNTED}")
        return sum(table.used for table in tables)

    @property
    def fixed(self) -> int:
        """Bytes of what does not grow with the accounts."""
        return sum(table.nbytes for table in self._tables() if table.name not in _GROWING)


def rows(context: Context) -> list[Row]:
    large = LARGE if psutil.virtual_memory().available > LARGE_BYTES else MIDDLE
    # Before anything else is alive, so that what the process grows by is the state.
    worlds = {accounts: _World(accounts) for accounts in (large, SMALL)}
    most, least = worlds[large], worlds[SMALL]
    for _ in range(WARMING + ROUNDS):
        most.work()
        least.work()
    held, count, fixed = most.engine.nbytes, most.state_rows, most.fixed
    name = f"10^{len(str(large)) - 1}"
    return [
        Row(
            "state, all in",
            "",
            *(200, 160, "bytes an (account, channel)", held / count),
            f"{name} accounts, {count:,} rows, {held / 2**30:.2f} GiB; without what has a fixed size "
            f"{number((held - fixed) / count)}; the process grew by {number(most.resident / count)} a row",
            small=True,
        ),
        Row(
            f"speed at {name} accounts",
            "at 10^5",
            *(0.75, 0.9, "x", least.each / most.each),
            f"rows to findings, without decoding and texts, CPU time: {most.each:,.0f} against "
            f"{least.each:,.0f} ns an event",
        ),
    ]
