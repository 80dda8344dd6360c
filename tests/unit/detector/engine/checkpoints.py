"""A stage's state carried to another one of its kind, as a changelog does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from detector.engine.rows import Batch
from detector.engine.stage import Stage

RING = 4


def carry(stage: Stage[Any], twin: Stage[Any], seq: int, ring: int) -> None:
    """One checkpoint of `stage` to `twin`."""
    for table in stage.tables():
        index, rows = table.take_changes(seq, ring)
        # Owners ask for the tables at every checkpoint that they load.
        {each.name: each for each in twin.tables()}[table.name].put(index, rows)
    for blobs, others in zip(stage.blobs(), twin.blobs(), strict=True):
        for key, blob in blobs.take_changes():
            others.put(key, blob)


def finish(stage: Stage[Any], twin: Stage[Any]) -> None:
    """The rest of the state, as bytes would carry it."""
    twin.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(stage.scalars())))
    twin.rebuild()


def check_continues(make: Callable[[], Stage[Any]], batches: list[tuple[int, Batch]]) -> list[Any]:
    """That a stage restored in the middle says from there on what the undisturbed one says.

    A whole checkpoint after the first third of the batches, what changed after the second. Returns what was
    said in the last third.
    """
    stage, twin, undisturbed = make(), make(), make()
    thirds = [len(batches) // 3, 2 * len(batches) // 3]
    said, expected = [], []
    for number, (upto, batch) in enumerate(batches):
        if number == thirds[0]:
            for seq in range(RING):
                carry(stage, twin, seq, RING)
        elif number == thirds[1]:
            carry(stage, twin, 0, 1 << 40)
            finish(stage, twin)
            stage = twin
        everything = np.arange(len(batch))
        said.append(stage.step(upto, batch.take(everything)))
        expected.append(undisturbed.step(upto, batch.take(everything)))
    assert list(map(plain, said)) == list(map(plain, expected))
    assert state(stage) == state(undisturbed)
    return expected[thirds[1] :]


def plain(said: Any) -> Any:
    return said.pack() if isinstance(said, Batch) else said


def state(stage: Stage[Any]) -> tuple[Any, ...]:
    """All of a stage's state, to be compared."""
    tables = {table.name: table.rows[: table.used].tobytes() for table in stage.tables()}
    blobs = {each.name: {key: each[key] for key in each} for each in stage.blobs()}
    return tables, blobs, stage.scalars()
