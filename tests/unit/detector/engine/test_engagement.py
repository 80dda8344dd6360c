"""The engagement stage: its state, and what it counts."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from detector.cases.findings import Finding
from detector.engine import engagement_state as layout
from detector.engine.actors import Actors
from detector.engine.engagement import Engagement
from detector.engine.engagement_counts import ACTORS, ACTS, CLICKED, READERS, SILENT, UNREAD
from detector.engine.engagement_evidence import Evidence
from detector.engine.engagement_looks import assess
from detector.engine.rows import Batch
from models.hashing import hash_text
from models.index import find
from tests.unit.detector.engine.checkpoints import check_continues
from tests.unit.detector.made import DAY, START, Made, known
from tests.unit.detector.reading import people_read, sold
from tests.unit.detector.worlds import TICK, ticks

KINDS = {"click_inflation", "repost_inflation", "comment_inflation"}


def stage() -> Engagement:
    return Engagement(TICK, contents=1 << 10, authors=1 << 10, log=1 << 13)


@cache
def bought() -> Batch:
    made = Made()
    sold(made)
    return acted_on(made)


def acted_on(made: Made) -> Batch:
    return Actors(TICK, capacity=1 << 14, recent_ids=1 << 12).step(1 << 40, made.batch())


def assessed(engagement: Engagement, content: str, channel: int, since: int, until: int) -> Evidence:
    """What the log says of a content's window, minutes after the start."""
    state = engagement.state()
    row = int(find(state.contents_slots, state.contents["key"], np.uint64(hash_text(content))))
    author = find(state.authors_slots, state.authors["key"], state.contents["author"][row])
    candidates = np.zeros(1, layout.CANDIDATE)
    candidates["row"] = row
    begin, end = START + since * 60_000, START + until * 60_000
    assess(state, state.contents[row], state.authors[author], channel, begin, end, candidates[0])
    return engagement.evidence(candidates, end)


def test_a_checkpoint_in_the_middle() -> None:
    said: list[list[Finding]] = check_continues(stage, ticks(bought(), 30))
    assert {finding.kind for findings in said for finding in findings} == KINDS


def test_all_its_findings() -> None:
    whole, batch = stage(), bought()
    found = whole.step(1 << 40, batch.take(np.arange(len(batch))))
    assert {(one.kind, one.subject) for one in found if not one.crowd} == {
        ("click_inflation", "p3-7"), ("repost_inflation", "p8-7"), ("comment_inflation", "p13-7"),
    }  # fmt: skip


def test_a_finding_is_completed_when_it_has_settled() -> None:
    made = Made()
    sold(made)
    last = max(int(one.ts) for one in stage().step(1 << 40, acted_on(made)) if one.subject == "p3-7")
    farm = [e["ts"] for e in made.events if e.get("content") == "p3-7" and str(e.get("actor"))[0] == "f"]
    assert last > max(farm)


def test_a_content_of_a_finding_is_looked_at_ever_later_for_a_day() -> None:
    made = Made()
    sold(made)
    for n in range(200):
        made.add("click", 7 * DAY + 710 + 9 * n, content="p3-7", author="a3", **known(f"f{n % 25}"))
    engagement = stage()
    found = engagement.step(1 << 40, acted_on(made))
    told = sorted({int(one.ts) for one in found if one.subject == "p3-7" and not one.crowd})
    assert told[-1] - told[0] > 12 * 3_600_000
    assert engagement.scalars()["looks"] == [], "after a day it is let go"


def test_counts_of_a_window() -> None:
    made = Made()
    on: dict[str, object] = {"content": "c", "author": "a"}
    made.add("click", 10, **on, **known("early"))
    for n in range(6):
        made.add("click", 100 + n, **on, **known(f"u{n}"))
    made.add("click", 106, **on, **known("u0"))
    made.add("repost", 107, **on, **known("u1"))
    made.add("comment", 108, text="so", **on, **known("u1"))
    made.add("comment", 108.5, text="well", **on, **known("early"))
    made.add("comment", 109, text="hm", **on, **known("stranger"))
    made.follow(109.5, target="a", **known("u2"))
    made.add("click", 111, **on, **known("late"))
    made.add("click", 110, content="other", author="a", **known("u3"))
    engagement = stage()
    engagement.step(1 << 40, acted_on(made))
    clicks = assessed(engagement, "c", CLICKED, 90, 112).counts[0]
    # The one who came a minute ago had no time to do more.
    assert (clicks[ACTS], clicks[ACTORS], clicks[SILENT]) == (8, 7, 4)
    comments = assessed(engagement, "c", 2, 90, 112)
    assert (comments.counts[0][ACTS], comments.counts[0][UNREAD], comments.counts[0][READERS]) == (3, 1, 7)
    assert comments.names(comments.acts(0), "actor") == ["stranger", "early", "u1"]
    assert comments.names(comments.entries(0)[:1], "author") == ["a"]


def test_anonymous_clicks_are_told_apart_by_device() -> None:
    made = Made()
    for n in range(12):
        made.add("click", n, content="c", author="a", device=f"d{n % 4}")
    engagement = stage()
    engagement.step(1 << 40, acted_on(made))
    found = assessed(engagement, "c", CLICKED, 0, 30)
    assert (found.counts[0][ACTS], found.counts[0][ACTORS]) == (12, 4)
    assert set(found.names(found.acts(0), "actor")) == {""}


def test_what_authors_do_on_their_own_contents_does_not_count() -> None:
    made = Made()
    made.add("click", 1, content="c", author="a", **known("a"))
    made.add("click", 2, content="c", author="a", **known("b"))
    engagement = stage()
    engagement.step(1 << 40, acted_on(made))
    assert assessed(engagement, "c", CLICKED, 0, 30).counts[0][ACTS] == 1


def test_memory_is_bounded() -> None:
    made = Made()
    people_read(made, days=4)
    engagement = Engagement(TICK, contents=16, authors=8, habits=4, log=256)
    batch = acted_on(made)
    engagement.step(1 << 40, batch.take(np.arange(len(batch))))
    used = {table.name: table.used for table in engagement.tables()}
    assert (used["contents"], used["authors"], used["habits"], used["log"]) == (16, 8, 4, 256)
    assert layout.CONTENT.itemsize <= 150


def test_authors_have_habits_once_something_was_learnt_of_a_content() -> None:
    made = Made()
    for n in range(20):
        made.add("click", n, content="read", author="a", **known(f"u{n}"))
        made.add("click", n, content=f"c{n}", author=f"b{n}", **known(f"u{n}"))
    engagement = stage()
    engagement.step(1 << 40, acted_on(made))
    tables = {table.name: table for table in engagement.tables()}
    assert (tables["authors"].used, tables["habits"].used) == (21, 1)
    habits = tables["habits"].rows[0]
    assert habits["key"] == hash_text("a")
    assert habits["click"]["whole"].any()
    assert not habits["repost"]["whole"].any()


def test_habits_that_gave_way_are_learnt_anew() -> None:
    made = Made()
    for day in range(2):
        for author in range(6):
            for n in range(8):
                at = day * DAY + author * 30 + n
                made.add("click", at, content=f"p{author}-{day}", author=f"a{author}", **known(f"u{n}"))
    engagement = Engagement(TICK, contents=64, authors=64, habits=2, log=256)
    engagement.step(1 << 40, acted_on(made))
    state = engagement.state()
    keys = set(state.habits["key"].tolist())
    assert keys == {hash_text("a4"), hash_text("a5")}, "those that were learnt of last"
    assert (state.habits["click"]["whole"][:, :, 0] == 0.0).all(), "nothing is left of the day before"


def test_the_log_forgets_the_oldest() -> None:
    made = Made()
    for n in range(20):
        made.add("click", n, content=f"c{n % 2}", author="a", **known(f"u{n}"))
    engagement = Engagement(TICK, contents=16, authors=8, log=8)
    engagement.step(1 << 40, acted_on(made))
    found = assessed(engagement, "c1", CLICKED, 0, 30)
    assert found.names(found.acts(0), "actor") == ["u19", "u17", "u15", "u13"]


@pytest.mark.parametrize("length", [1, 7, 8, 100])
def test_names_of_any_length_are_kept(length: int) -> None:
    made = Made()
    actor, content = "字" * length + "x", "c" * length
    made.add("click", 3, content=content, author="a" * length, actor=actor, device="d")
    engagement = stage()
    engagement.step(1 << 40, acted_on(made))
    found = assessed(engagement, content, CLICKED, 0, 30)
    told = [found.names(found.acts(0), which) for which in ("id", "actor", "author", "content")]
    assert told == [["e0"], [actor], ["a" * length], [content]]
