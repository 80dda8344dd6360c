"""Every row goes to one shard, every span to all."""

from __future__ import annotations

import numpy as np

from detector.engine.rows import Batch
from streams.pipeline.routes import ByShard, Chosen, Flags, Origin, every
from streams.pipeline.wire import Assembler
from tests.unit.streams.fakes import rows

ORIGIN = Origin("actors/1", 7)


def test_rows_are_split_and_the_span_goes_to_all() -> None:
    batch = rows(list(range(20)))
    batch.rows["actor"][:5] = 0
    records = ByShard("next", 3, "actor")(ORIGIN, 4, 9, batch, idle=True)
    assert [(topic, partition, key) for topic, partition, key, _, _ in records] == [
        ("next", shard, None) for shard in range(3)
    ]
    found = []
    for _, shard, _, value, _ in records:
        whole = Assembler().add(0, value)
        assert whole is not None
        one = whole.message
        assert (one.source, one.epoch, one.since, one.upto, one.idle) == ("actors/1", 7, 4, 9, True)
        part = Batch.unpack(one.payload)
        key = np.where(part.rows["actor"] == 0, part.rows["id"], part.rows["actor"])
        assert set((key % np.uint64(3)).tolist()) <= {shard}
        found += part.rows["id"].tolist()
    assert sorted(found) == sorted(batch.rows["id"].tolist())


def test_a_span_without_rows_is_sent_all_the_same() -> None:
    route = every(ByShard("a", 2, "actor"), Chosen("b", lambda batch: batch))
    records = route(ORIGIN, 4, 9, Batch.empty())
    assert [record[:2] for record in records] == [("a", 0), ("a", 1), ("b", 0)]


def test_flags_are_keyed_by_their_subject() -> None:
    assert Flags("sanctions")(ORIGIN, 4, 9, [("c1", b"{}")]) == [("sanctions", None, b"c1", b"{}", None)]
