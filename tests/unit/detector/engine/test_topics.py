"""The topics' stage: what it keeps, for how long, and what it learns."""

from __future__ import annotations

import numpy as np

from detector.engine import topics_rows as rows
from detector.engine.actors import Actors
from detector.engine.routing import with_company
from detector.engine.rows import Batch
from detector.engine.topics import Topics
from models.hashing import hash_text
from tests.unit.detector.engine.checkpoints import check_continues
from tests.unit.detector.made import DAY, Made, known, ordinary, push, talk
from tests.unit.detector.worlds import TICK, ticks


def stage() -> Topics:
    return Topics(TICK, size=1 << 12)


def acted_on(made: Made) -> Batch:
    return with_company(Actors(TICK, capacity=1 << 12, recent_ids=1 << 12).step(1 << 40, made.batch()))


def row_of(topics: Topics, name: str) -> int:
    return topics.tables()[0].rows["key"].tolist().index(hash_text(name))


def write(made: Made, minute: float, person: str, content: str, topic: str) -> None:
    made.add("post", minute, content=content, text=content, topic=topic, **known(person))


def act(made: Made, minute: float, person: str, content: str, author: str) -> None:
    made.add("repost", minute, content=content, author=author, **known(person))


def test_a_checkpoint_in_the_middle() -> None:
    made = Made()
    ordinary(made, days=6)
    talk(made, days=6)
    push(made, 5 * DAY + 300)
    assert any(check_continues(stage, ticks(acted_on(made), 30))), "nothing was found after the restart"


def test_what_is_gathered_is_of_the_topic_and_of_two_days() -> None:
    made = Made()
    write(made, 0, "a", "old", "sport")
    write(made, 2 * DAY, "a", "new", "sport")
    write(made, 2 * DAY + 1, "b", "other", "music")
    act(made, 2 * DAY + 2, "b", "new", "a")
    act(made, 2 * DAY + 3, "b", "old", "a")
    act(made, 2 * DAY + 4, "a", "new", "a")
    act(made, 2 * DAY + 5, "c", "never posted", "a")
    act(made, 2 * DAY + 6, "c", "other", "b")
    topics = stage()
    topics.step(1 << 40, acted_on(made))
    entries = topics.gather(row_of(topics, "sport"), made.events[-1]["ts"] + TICK).entries
    # What one does with one's own posts, and what is on no known post, are left out.
    assert [topics._names_of(entries, which) for which in (1, 2)] == [["a", "b", "b"], ["new", "", ""]]
    assert (entries["bits"] & rows.POSTED > 0).tolist() == [True, False, False]
    assert (entries["bits"] & rows.KNOWN > 0).tolist() == [False, False, True]


def test_closed_acts_are_those_of_who_posted_within_two_days() -> None:
    made = Made()
    for person, minute in (("a", 0), ("b", 0), ("c", 2 * DAY + 30)):
        write(made, minute, person, f"of {person}", "sport")
    act(made, 10, "a", "of b", "b")
    act(made, 11, "d", "of b", "b")
    act(made, 2 * DAY + 40, "a", "of c", "c")
    topics = stage()
    topics.step(1 << 40, acted_on(made))
    usual = topics.tables()[-2].rows
    assert topics.tables()[-2].name == "usual"
    assert usual[rows.ACTS] > 2.5
    assert 0.5 < usual[rows.CLOSED] <= 1.0


def test_a_flagged_topic_teaches_nothing() -> None:
    made = Made()
    talk(made)
    honest = stage()
    honest.step(1 << 40, acted_on(made))
    push(made, 6 * DAY + 300)
    pushed = stage()
    assert pushed.step(1 << 40, acted_on(made))
    shares = [stage.tables()[-2].rows[[rows.CLOSED, rows.ACTS]] for stage in (honest, pushed)]
    np.testing.assert_allclose(*shares, rtol=1e-3)


def test_a_circle_is_known_again() -> None:
    made = Made()
    talk(made)
    push(made, 5 * DAY + 300)
    push(made, 7 * DAY + 300, topic="another")
    found = stage().step(1 << 40, acted_on(made))
    told = {finding.subject: {s.name: s.value for s in finding.signals} for finding in found}
    assert "pushed_before" not in told["t-pushed"]
    assert told["another"]["pushed_before"] > 0.9


def test_memory_is_bounded() -> None:
    topics = Topics(TICK, size=1 << 8)
    before = topics.nbytes
    made = Made()
    for k in range(2000):
        write(made, k, f"p{k}", f"c{k}", f"t{k}")
        act(made, k + 0.5, f"r{k}", f"c{k}", f"p{k}")
    topics.step(1 << 40, acted_on(made))
    held = topics.tables()[0].rows
    assert topics._usual.rows[rows.TOPICS] == (held["key"] != 0).sum() == len(held)
    assert topics._usual.rows[rows.TOPIC_POSTS] == held["total"].sum()
    room = topics._log.rows.nbytes + topics.names.table.rows.nbytes
    assert topics.nbytes <= before + room
