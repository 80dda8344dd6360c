"""Every row goes to one shard, and only what a stage has use for to the stage."""

import numpy as np
import pytest

from detector.engine.actors import WATCHED
from detector.engine.routing import ACTORS_BY, SUBJECTS_BY, split, with_company, with_contents
from detector.engine.rows import ACCOUNT, CLICK, COMMENT, ECHO, POST, REPOST, Batch
from tests.unit.detector.made import Made
from tests.unit.detector.worlds import acted


@pytest.mark.parametrize("column", [ACTORS_BY, SUBJECTS_BY])
@pytest.mark.parametrize("shards", [1, 2, 7])
def test_shards_share_the_rows(column: str, shards: int) -> None:
    batch = acted()
    parts = split(batch, column, shards)
    assert len(parts) == shards
    assert sum(map(len, parts)) == len(batch)
    for number, part in enumerate(parts):
        assert (part.rows[column] % np.uint64(shards) == number).all()
        assert (np.diff(part.rows["ts"]) >= 0).all()


def test_without_an_actor_the_id_decides() -> None:
    made = Made()
    for n in range(50):
        made.add("exposure", n, content="c", author="a", count=3)
    batch = made.batch()
    assert not batch.rows["actor"].any()
    for number, part in enumerate(split(batch, ACTORS_BY, 3)):
        assert len(part) > 5
        assert (part.rows["id"] % np.uint64(3) == number).all()


def test_contents() -> None:
    made = Made()
    made.click(0, "u", author="a")
    made.add("repost", 1, actor="u", content="c", author="a")
    made.add("post", 2, actor="u", content="c", text="words")
    made.add("post", 3, actor="u", content="c", text="", links=["https://example.org"])
    made.add("post", 4, actor="u", content="c", text="", media=["0123456789abcdef"])
    made.add("comment", 5, actor="u", content="c", author="a", text="words")
    made.follow(6, "u", target="t")
    batch = made.batch()
    chosen = with_contents(batch)
    assert [chosen.strings(i)["id"] for i in range(len(chosen))] == ["e2", "e3", "e4", "e5"]
    batch.rows["flags"] |= ECHO
    assert len(with_contents(batch)) == 0
    assert len(with_contents(Batch.empty())) == 0


def test_company() -> None:
    chosen = with_company(acted())
    kinds, watched = chosen.rows["type"], chosen.rows["marks"] & WATCHED > 0
    assert set(kinds[~watched].tolist()) == {POST, REPOST, COMMENT, ACCOUNT}
    assert CLICK in kinds
    assert ACCOUNT in kinds
    rows = acted().rows
    acts = np.isin(rows["type"], [POST, REPOST, COMMENT, ACCOUNT])
    used = (rows["marks"] & WATCHED > 0) & (rows["flags"] & ECHO == 0)
    assert len(chosen) == (acts | used).sum() > acts.sum()
