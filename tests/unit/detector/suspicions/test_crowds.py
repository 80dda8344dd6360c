"""Who came together where a count is surprising, and a crew that is known from elsewhere among them."""

from __future__ import annotations

import random
import re
from collections import Counter

import numpy as np
import pytest

from detector.cases.findings import Finding
from detector.engine.engagement import Engagement
from detector.engine.subjects import Subjects
from models.hashing import hash_text
from tests.unit.detector.made import DAY, Made, buy, known, ordinary
from tests.unit.detector.reading import flood, have_lived, hired, people_read, read
from tests.unit.detector.suspicions import scored
from tests.unit.detector.worlds import TICK

AT = 7 * DAY + 500
CONTENT, AUTHOR = "p3-7", "a3"


@pytest.fixture
def viral() -> Made:
    """A post that goes viral."""
    made = Made()
    people_read(made)
    read(made, CONTENT, AUTHOR, AT, 900, random.Random(4), hours=8, zeal=1.3)
    return made


def people(made: Made, crowd: Finding) -> set[str]:
    """Those of a crowd, by their names."""
    names = {hash_text(event["actor"]): event["actor"] for event in made.events if "actor" in event}
    return {names[actor] for actor in np.frombuffer(crowd.actors, np.uint64).tolist()}


def test_a_crowd_is_all_who_came(viral: Made) -> None:
    crowds = [one for one in scored.gathered(viral, Engagement(TICK, log=1 << 15)) if one.subject == CONTENT]
    assert {one.kind for one in crowds} == {"click_inflation", "repost_inflation", "comment_inflation"}
    last = [one for one in crowds if one.kind == "repost_inflation"][-1]
    acts = [
        event
        for event in viral.events
        if event["type"] == "repost" and event["content"] == CONTENT and last.since <= event["ts"] < last.ts
    ]
    assert people(viral, last) == {event["actor"] for event in acts}
    assert [signal.value for signal in last.signals] == [len(acts)] == [last.observed]


def test_who_shares_talks_or_follows_is_not_among_the_clicks(viral: Made) -> None:
    crowds = scored.gathered(viral, Engagement(TICK, log=1 << 15))
    last = [one for one in crowds if (one.kind, one.subject) == ("click_inflation", CONTENT)][-1]
    engaged = {
        event["actor"]
        for event in viral.events
        if (event["ts"] < last.ts and (event.get("content"), event["type"]) in (
            (CONTENT, "repost"), (CONTENT, "comment")
        )) or (event.get("target") == AUTHOR and last.since <= event["ts"] < last.ts)
    }  # fmt: skip
    clicks = Counter(
        event["actor"]
        for event in viral.events
        if event["type"] == "click" and event["content"] == CONTENT and last.since <= event["ts"] < last.ts
    )
    assert last.participants_total > 100
    assert engaged
    assert all(clicks[actor] >= 3 for actor in engaged & people(viral, last))


def test_who_clicks_again_and_again_is_among_the_clicks(viral: Made) -> None:
    for n in range(20):
        on = {"content": CONTENT, "author": AUTHOR, **known(f"m{n}")}
        for k in range(4):
            viral.add("click", AT + 200 + n + k, dwell_ms=9000, **on)
        viral.add("comment", AT + 205 + n, text=f"well {n}", **on)
    # A crowd is told when its count has doubled.
    read(viral, CONTENT, AUTHOR, AT + 250, 900, random.Random(6), hours=2)
    crowds = scored.gathered(viral, Engagement(TICK, log=1 << 15))
    last = [one for one in crowds if (one.kind, one.subject) == ("click_inflation", CONTENT)][-1]
    assert {f"m{n}" for n in range(20)} <= people(viral, last)


def test_new_followers_are_a_crowd() -> None:
    made = Made()
    ordinary(made)
    buy(made, "s1", 8 * DAY, 40)
    [*_, last] = [one for one in scored.gathered(made, Subjects(TICK, log=1 << 14)) if one.subject == "s1"]
    assert {f"b-{k}" for k in range(30)} <= people(made, last)


def test_a_crew_in_a_viral_moment_of_the_same_content(viral: Made) -> None:
    """They were sold to others before; they read as others do, and come from homes of their own."""
    crew, chance = hired(40), random.Random(8)
    have_lived(viral, crew)
    flood(viral, "repost", "p11-5", "a11", AT - 2 * DAY, crew)
    flood(viral, "repost", "p9-6", "a9", AT - DAY, crew)
    flood(viral, "repost", "p7-6", "a7", AT - DAY / 2, crew)
    for who in crew:
        on = {"content": CONTENT, "author": AUTHOR, **who}
        moment = AT + 60 + chance.uniform(0, 50)
        viral.add("click", moment, dwell_ms=9000, **on)
        viral.add("repost", moment + chance.uniform(0.2, 3), **on)
    flags = {
        flag["subject"]["id"]: flag for flag in scored.all_flags(viral) if flag["kind"] == "repost_inflation"
    }
    assert set(flags) == {CONTENT, "p7-6", "p9-6", "p11-5"}
    named = set(flags[CONTENT]["participants"])
    assert named <= {str(who["actor"]) for who in crew}
    assert len(named) >= 30
    [signal] = [one for one in flags[CONTENT]["evidence"]["signals"] if one["name"] == "known_crew"]
    assert {flags["p7-6"]["id"], flags["p9-6"]["id"]} <= set(re.findall(r"f-\w+", signal["why"]))
    window = flags[CONTENT]["evidence"]["window"]
    came = {
        event["actor"]
        for event in viral.events
        if event["type"] == "repost"
        and event["content"] == CONTENT
        and window["start"] <= event["ts"] < window["end"]
    }
    elsewhere = {who for subject in ("p7-6", "p9-6", "p11-5") for who in flags[subject]["participants"]}
    assert signal["value"] == pytest.approx(len(came & elsewhere) / len(came))


def test_the_audience_that_reposts_two_viral_posts_is_no_crew(viral: Made) -> None:
    read(viral, "p5-7", "a5", AT + 300, 900, random.Random(5), hours=8, zeal=1.3)
    assert [flag for flag in scored.all_flags(viral) if flag["kind"] == "repost_inflation"] == []


def test_fans_who_are_not_named_are_no_crew(viral: Made) -> None:
    for n in range(60):
        who = known(f"u{n}")
        viral.add("click", AT - DAY + n, content="p3-6", author=AUTHOR, dwell_ms=9000, **who)
        viral.add("repost", AT + 30 + n / 3, content=CONTENT, author=AUTHOR, **who)
    assert [flag for flag in scored.all_flags(viral) if flag["kind"] == "repost_inflation"] == []
