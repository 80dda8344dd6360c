"""What a checkpoint holds of a stage: changed rows and blobs, a share of the rest, and the small things."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import msgspec
import numpy as np

from detector.engine.stage import Stage


class Rows(msgspec.Struct, frozen=True, array_like=True):
    """Rows of a table: their numbers (uint32) and themselves, as bytes."""

    table: str
    index: bytes
    rows: bytes


class Entries(msgspec.Struct, frozen=True, array_like=True):
    """Keyed blobs; None where one was deleted."""

    blobs: str
    entries: dict[str, bytes | None]


class Body(msgspec.Struct, frozen=True):
    """One checkpoint; `position` is the place in the input that the state goes up to."""

    tables: list[Rows]
    blobs: list[Entries]
    scalars: dict[str, Any]
    position: dict[str, Any]


def take(stage: Stage[Any], position: dict[str, Any], seq: int, ring: int) -> Body:
    """What changed since the last call, and the `seq % ring`-th share of the rest."""
    tables = []
    for table in stage.tables():
        index, rows = table.take_changes(seq, ring)
        tables.append(Rows(table.name, index.tobytes(), rows.tobytes()))
    blobs = []
    for each in stage.blobs():
        entries = dict(each.take_changes())
        entries |= {key: each[key] for key in each if crc32(key.encode()) % ring == seq % ring}
        blobs.append(Entries(each.name, entries))
    return Body(tables, blobs, stage.scalars(), position)


def decode(data: bytes) -> Body:
    """A body from its msgpack. Raises msgspec.DecodeError."""
    return msgspec.msgpack.decode(data, type=Body)


def apply(body: Body, stage: Stage[Any]) -> None:
    """Writes a checkpoint's rows and blobs over what is there. Raises ValueError when they do not fit."""
    tables = {table.name: table for table in stage.tables()}
    blobs = {each.name: each for each in stage.blobs()}
    try:
        for rows in body.tables:
            table = tables[rows.table]
            # A table of vectors has more than one dimension.
            values = np.frombuffer(rows.rows, table.rows.dtype).reshape(-1, *table.rows.shape[1:])
            table.put(np.frombuffer(rows.index, np.uint32), values)
        for entries in body.blobs:
            for key, blob in entries.entries.items():
                blobs[entries.blobs].put(key, blob)
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"a checkpoint does not fit the stage's tables: {error!r}") from error
