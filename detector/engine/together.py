"""Several stages on the same rows, as one: what has to see the same events needs no second way to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from detector.cases.findings import Finding
from detector.engine.rows import Batch
from detector.engine.stage import Stage
from models.state import Blobs, Table


class Together:
    """Stages that are handed the same ticks; their findings are joined, their state lies side by side.

    Args:
        stages: by name; the name leads those of the stage's tables and blobs.
    """

    def __init__(self, **stages: Stage[list[Finding]]) -> None:
        self._stages = stages
        self.schema = ", ".join(stage.schema for stage in stages.values())
        for name, stage in stages.items():
            for table in stage.tables():
                table.name = f"{name}.{table.name}"
            for blobs in stage.blobs():
                blobs.name = f"{name}.{blobs.name}"

    def __getitem__(self, name: str) -> Any:
        """One of them."""
        return self._stages[name]

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        return [finding for stage in self._stages.values() for finding in stage.step(upto, batch)]

    def tables(self) -> Sequence[Table]:
        return [table for stage in self._stages.values() for table in stage.tables()]

    def blobs(self) -> Sequence[Blobs]:
        return [blobs for stage in self._stages.values() for blobs in stage.blobs()]

    def scalars(self) -> dict[str, Any]:
        return {name: stage.scalars() for name, stage in self._stages.items()}

    def restore(self, scalars: dict[str, Any]) -> None:
        for name, stage in self._stages.items():
            stage.restore(scalars[name])

    def rebuild(self) -> None:
        for stage in self._stages.values():
            stage.rebuild()

    @property
    def warming_up(self) -> bool:
        """Whether any of them still takes more from its priors than from the stream."""
        return any(getattr(stage, "warming_up", False) for stage in self._stages.values())

    @property
    def nbytes(self) -> int:
        """Bytes of state in use."""
        return sum(
            getattr(stage, "nbytes", sum(table.nbytes for table in stage.tables()))
            for stage in self._stages.values()
        )
