"""Stand-ins for a partition of a changelog, and a stage whose results depend on everything before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import numpy as np

from detector.engine.rows import EVENT, Batch
from models.state import Blobs, Table
from streams.checkpoint import Record


class Crash(Exception):  # noqa: N818
    """The worker dies here."""


class Log:
    """A compacted partition in memory. With `left` records to go, the one after fails, once."""

    def __init__(self) -> None:
        self.records: list[tuple[int, bytes, bytes | None]] = []
        self.next = 0
        self.left: int | None = None

    async def end(self) -> int:
        return self.next

    async def append(self, records: Sequence[Record]) -> None:
        for key, value in records:
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    self.left = None
                    raise Crash
            self.records.append((self.next, key, value))
            self.next += 1

    async def read(self, start: int | None) -> AsyncIterator[Sequence[tuple[int, bytes, bytes | None]]]:
        yield [record for record in self.records if record[0] >= (start or 0)]

    def compact(self) -> None:
        last = {key: offset for offset, key, _ in self.records}
        self.records = [one for one in self.records if last[one[1]] == one[0] and one[2] is not None]


class Chain:
    """A stage whose output for a row depends on every row before it, and on the row's actor."""

    schema = "chain/1"

    def __init__(self) -> None:
        self.table = Table("actors", np.dtype("i8"), 16)
        self.table.used = 16
        self.hash = 0

    def step(self, upto: int, batch: Batch) -> Batch:
        for row in batch.rows:
            self.hash = (self.hash * 31 + int(row["id"]) + int(row["ts"])) % (1 << 31)
            actor = int(row["actor"]) % 16
            self.table.rows[actor] += 1
            self.table.dirty[actor] = 1
            row["value"] = self.hash
            row["seen"] = self.table.rows[actor]
        return batch

    def tables(self) -> Sequence[Table]:
        return (self.table,)

    def blobs(self) -> Sequence[Blobs]:
        return ()

    def scalars(self) -> dict[str, Any]:
        return {"hash": self.hash}

    def restore(self, scalars: dict[str, Any]) -> None:
        self.hash = scalars["hash"]

    def rebuild(self) -> None:
        return


def rows(times: Sequence[int], first: int = 0, source: int = 0) -> Batch:
    """Rows with these times, offsets from `first` on, and ids that say both."""
    out = np.zeros(len(times), EVENT)
    out["ts"] = times
    out["offset"] = np.arange(first, first + len(times))
    out["id"] = (out["offset"].astype(np.uint64) + np.uint64(1 + 1_000_003 * source)) * np.uint64(
        0x9E3779B97F4A7C15
    )
    out["actor"] = out["id"] % np.uint64(7)
    out["part"] = source
    out["heap_len"] = 8
    out["heap_at"] = np.arange(len(times)) * 8
    return Batch(out, out["id"].copy().view(np.uint8))


def content(batch: Batch) -> list[tuple[int, ...]]:
    """What must be equal of rows."""
    names = batch.heap.view(np.uint64)[batch.rows["heap_at"] // 8]
    assert (names == batch.rows["id"]).all(), "a row has lost its heap"
    columns = (batch.rows[name].tolist() for name in ("ts", "id", "value", "seen", "flags", "late_by"))
    return list(zip(*columns, strict=True))
