"""The company's stage: who meets whom, and the groups that come of it."""

from __future__ import annotations

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.engine.actors import Actors
from detector.engine.company import Company
from detector.engine.company_rows import POPULAR
from detector.engine.groups import CROWD, Groups
from detector.engine.routing import with_company
from detector.engine.rows import Batch
from tests.unit.detector.engine.checkpoints import check_continues
from tests.unit.detector.made import DAY, Made, ordinary, ring
from tests.unit.detector.worlds import TICK, ticks


def stage() -> Company:
    return Company(TICK, capacity=1 << 12, acts=1 << 12)


def acted_on(made: Made) -> Batch:
    return with_company(Actors(TICK, capacity=1 << 12, recent_ids=1 << 12).step(1 << 40, made.batch()))


def test_a_checkpoint_in_the_middle() -> None:
    made = Made()
    ordinary(made)
    ring(made, 6 * DAY + 200)
    said = check_continues(stage, ticks(acted_on(made), 30))
    assert any(said), "nothing was found after the restart"


DAY_MS = 86_400_000


def test_a_group_that_no_longer_meets_is_none() -> None:
    groups = Groups(DAY_MS)
    assert groups.meet(1, 2, 0) == groups.meet(2, 3, DAY_MS) == (1, 2)
    assert groups.meet(3, 4, 3 * DAY_MS) == (3, 4)
    groups.keep((3, 4))
    groups.forget(5 * DAY_MS)
    assert not list(groups.blobs)
    assert groups.meet(4, 5, 5 * DAY_MS) == (4, 5)


def test_a_crowd_outlives_a_restart() -> None:
    groups = Groups(DAY_MS)
    for member in range(CROWD + 20):
        seed = groups.meet(member, member + 1, 0)
        assert seed == (0, 1)
        groups.keep(seed)
    assert not groups.grown((0, 1))
    again = Groups(DAY_MS)
    for key, blob in groups.blobs.take_changes():
        again.blobs.put(key, blob)
    again.rebuild()
    assert again[(0, 1)] == groups[(0, 1)]
    assert not again.grown((0, 1))
    assert again.meet(CROWD + 5, 5000, 0) == (0, 1)


def test_two_that_would_be_a_crowd_stay_two() -> None:
    groups = Groups(DAY_MS)
    for first in (0, 1000):
        for member in range(first, first + CROWD // 2 + 1):
            groups.meet(member, member + 1, 0)
    assert groups.meet(3, 1003, 0) is None
    assert groups.meet(3, 4, 0) == (0, 1)
    assert groups.meet(1003, 1004, 0) == (1000, 1001)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda p: p[0] != p[1]), max_size=25)
)
def test_groups_are_what_hangs_together(meetings: list[tuple[int, int]]) -> None:
    groups, sets = Groups(DAY_MS), [{n} for n in range(13)]
    for a, b in meetings:
        seed = groups.meet(a, b, 0)
        assert seed is not None
        groups.keep(seed)
        joined = next(s for s in sets if a in s) | next(s for s in sets if b in s)
        sets = [s for s in sets if not s & joined] + [joined]
        assert groups[seed].members == joined
    groups.rebuild()
    kept = [msgspec.msgpack.decode(groups.blobs[key])["members"] for key in groups.blobs]
    assert sorted(map(sorted, kept)) == sorted(sorted(s) for s in sets if len(s) > 1)


def meetings(made: Made, authors: str, start: float = 0.0, late: float = 30.0) -> None:
    """Contents of these authors, one a letter: a, b within ten minutes, c later, d later still."""
    for number, author in enumerate(authors):
        at, content = start + 100.0 * number, f"c{number}-{start}"
        made.add("post", at - late, actor=author, content=content, text="so")
        for actor, minute in (("a", 0), ("b", 9), ("a", 9.5), ("c", 18), ("d", 40)):
            made.add("repost", at + minute, actor=actor, content=content, author=author)


def groups_of(made: Made) -> list[set[str]]:
    company = stage()
    company.step(1 << 40, acted_on(made))
    found = [company.groups[seed].members for seed in company.groups.seeds]
    return [set(company._names_of(np.array(sorted(members)))) for members in found]


def test_accounts_meet_once_a_content_and_within_ten_minutes() -> None:
    made = Made()
    meetings(made, "xy")
    # a and b, b and c have met twice; a and c came eighteen minutes apart, d later.
    assert groups_of(made) == [{"a", "b", "c"}]


def test_one_author_joins_only_long_after_the_publication() -> None:
    for authors, late, joined in (("xx", 30, 0), ("xxx", 30, 1), ("xxx", 1, 0), ("xxy", 1, 1)):
        made = Made()
        meetings(made, authors, start=100, late=late)
        assert len(groups_of(made)) == joined, (authors, late)


def test_meetings_on_what_very_many_act_on_join_nobody() -> None:
    made = Made()
    for number, author in enumerate("xyz"):
        for k in range(POPULAR):
            made.add("repost", number + k / 1000, actor=f"{number}-{k}", content=author, author=author)
        for k in range(5):
            made.add("repost", number + 0.5 + k / 1000, actor=f"{k}", content=author, author=author)
    assert groups_of(made) == []


def test_meetings_with_the_author_join_nobody() -> None:
    made = Made()
    for number, author in enumerate("abab"):
        for actor in "abab":
            made.add("repost", 60 * number, actor=actor, content=f"c{number}", author=author)
    assert groups_of(made) == []


def test_acts_are_gathered_within_the_horizon() -> None:
    made = Made()
    for day in (0, 1, 9, 10):
        author = f"x{day % 2}"
        made.add("post", day * DAY - 30 if day else 0, actor=author, content=f"c{day}", text="so")
        for k in (1, 2, 3, 2, 1):
            made.add("repost", day * DAY + k / 10, actor=f"{k}", content=f"c{day}", author=author)
        made.add("repost", day * DAY + 600, actor="later", content=f"c{day}", author=author)
    company = stage()
    batch = acted_on(made)
    company.step(1 << 40, batch)
    end = (int(batch.rows["ts"][-1]) // TICK + 1) * TICK
    [seed] = company.groups.seeds
    together = company.gather(seed, end)
    assert together.ts == end
    acts = together.acts.acts
    # Each account counts once a content, and days 0 and 1 are more than a week ago.
    assert len(acts) == 6
    assert (np.diff(acts["ts"]) >= 0).all()
    assert sorted(set(together.names(acts["account"]))) == ["1", "2", "3"]
    assert len(set(together.event_ids(acts))) == 6
    assert together.acts.popularity.tolist() == [4] * 6
    assert together.activity(together.members).tolist() == [2, 2, 2]
    assert together.total == 10
    around = together.around(np.unique(acts["content"]))
    assert sorted(set(together.names(around.acts["account"]))) == ["1", "2", "3", "later"]
    assert len(around.acts) == 8


def test_a_ring_keeps_its_name_while_it_grows_and_another_gets_its_own() -> None:
    groups = Groups(DAY_MS)
    seed = groups.meet(1, 2, 0)
    assert seed is not None
    assert groups.ring(seed, {1, 2, 3, 4}, "first") == "first"
    assert groups.ring(seed, {3, 4, 5, 6, 7, 8}, "other") == "first"
    assert groups.ring(seed, {8, 9, 10, 11}, "second") == "second"
    assert groups.ring(seed, {1, 2, 5, 6}, "third") == "first"
