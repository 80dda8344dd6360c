"""What a pipeline is made of, and what bounds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detector.engine.engine import Settings

# A stage of any input: `Stage` names rows, that of the cases takes findings.
Make = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Stages:
    """Makes a fresh stage for a shard, of each kind."""

    actors: Make
    subjects: Make
    contents: Make
    company: Make
    cases: Make

    @classmethod
    def of(cls, engine: Settings) -> Stages:
        """The engine's."""
        return cls(engine.actors, engine.subjects, engine.contents, engine.company, engine.cases)


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds memory and recovery.

    Attributes:
        rows: rows that may wait in the shards of one worker before partitions that are ahead are paused.
        ring: checkpoints that together hold a shard's state.
        checkpoint_rows: a checkpoint is due after so many rows or findings.
    """

    rows: int = 1_000_000
    ring: int = 32
    checkpoint_rows: int = 4_000_000
