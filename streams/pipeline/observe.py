"""What the pipeline tells those who watch it."""

from __future__ import annotations

from typing import Any

import numpy as np


class Observer:
    """Is told what happens; does nothing with it. Overridden where it becomes metrics.

    A stage is named as its topics are (`actors`, `subjects`, `contents`, `cases`).
    """

    def events(self, kind: str, n: int) -> None:
        """`n` valid events of a type were taken in."""

    def rows(self, kind: str, rows: np.ndarray) -> None:
        """These rows of a type were taken in; told for each fetch of a topic."""

    def invalid(self, reason: str, n: int) -> None:
        """`n` records went to the dead letters."""

    def late(self, n: int) -> None:
        """`n` events were later than allowed, and moved."""

    def duplicates(self, n: int) -> None:
        """`n` events were left out because their id had been seen."""

    def batch(self, stage: str, records: int, seconds: float) -> None:
        """A stage (`intake` too) has worked on so many events or findings, in so many seconds."""

    def watermark(self, stage: str, shard: int, ms: int) -> None:
        """Every event before this event time has gone through the shard."""

    def checkpoint(self, stage: str, shard: int, size: int, seconds: float) -> None:
        """A checkpoint of so many bytes counts now; it took so long."""

    def recovered(self, stage: str, shard: int, size: int, seconds: float) -> None:
        """The state was taken up again, from so many bytes."""

    def state(self, stage: str, shard: int, rows: int, size: int) -> None:
        """The shard holds so many rows and bytes."""

    def flags(self, published: list[bytes]) -> None:
        """These flags (JSON) were published."""

    def reviews(self, decision: str, n: int) -> None:
        """`n` decisions of reviewers were taken in."""

    def rules(self, version: str | None) -> None:
        """The rules of this version are in force; None: changed ones were refused."""

    def repeated(self, stage: str, n: int) -> None:
        """`n` rows or findings came again after a restart, and were left out."""

    def lost(self, stage: str, shard: int, records: int) -> None:
        """So many records between the stages had been deleted before they were read."""

    def paused(self, partitions: int) -> None:
        """So many input partitions wait until the slower ones catch up."""

    def committed(self, ok: bool) -> None:
        """A commit went through, or was refused because the partition has another owner."""

    def assigned(self, partitions: int, stages: dict[str, Any]) -> None:
        """So many partitions are ours, their state recovered; the stages of the shards by name."""
