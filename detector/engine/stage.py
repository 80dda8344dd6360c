"""What every stage of the engine is to those who run it, in one process or on Kafka."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from detector.engine.rows import Batch
from models.state import Blobs, Table

Out = TypeVar("Out", covariant=True)


class Stage(Protocol[Out]):
    """State, and a step over whole ticks.

    The state is the tables and blobs together with `scalars`; an owner that loads all three and calls
    `rebuild` has the stage as it was. A step depends on the state and the rows alone: no clock, no chance.
    """

    schema: str
    """Name and version of the state's layout; a checkpoint of another one is refused."""

    def step(self, upto: int, batch: Batch) -> Out:
        """Works through whole ticks: `batch` has every row up to tick `upto`, sorted by (ts, id)."""
        ...

    def tables(self) -> Sequence[Table]: ...

    def blobs(self) -> Sequence[Blobs]: ...

    def scalars(self) -> dict[str, Any]:
        """The rest of the state: small, of numbers, strings, lists and dicts."""
        ...

    def restore(self, scalars: dict[str, Any]) -> None: ...

    def rebuild(self) -> None:
        """Makes what is derived from the tables, once they are loaded."""
        ...
