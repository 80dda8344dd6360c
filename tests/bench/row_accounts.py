"""Memory of the state, and the engine's speed, as the number of accounts grows."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import psutil

from detector.engine.engine import Engine, Settings
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
# Their size is a setting, or fixed: the ids seen lately, logs and sketches.
_FIXED = {"recent_ids", "log", "recent", "pairs", "targets", "met", "acts", "values"}


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

    @property
    def state_rows(self) -> int:
        """Accounts that act, and (account, channel) pairs acted on."""
        tables = (table for stage in self._stages() for table in stage.tables())
        return sum(table.used for table in tables if table.name in ("actors", "subjects"))

    @property
    def fixed(self) -> int:
        """Bytes of what does not grow with the accounts."""
        tables = (table for stage in self._stages() for table in stage.tables())
        return sum(table.nbytes for table in tables if table.name in _FIXED)


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
