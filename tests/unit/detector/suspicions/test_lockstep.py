"""Accounts in lockstep: what is a ring, what is none, and whether its numbers are the events'."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pytest

from detector.engine.company import Company
from tests.unit.detector.made import DAY, Made, known, ordinary, ring
from tests.unit.detector.suspicions import scored
from tests.unit.detector.worlds import TICK

KIND = "lockstep"
SPAN = 600_000


@pytest.fixture
def made() -> Made:
    stream = Made()
    ordinary(stream)
    return stream


def test_a_ring(made: Made) -> None:
    ring(made, 6 * DAY + 200)
    [flag] = scored.flags(made, KIND)
    assert flag["subject"]["type"] == "group"
    assert flag["subject"]["id"].startswith("g-")
    assert set(flag["participants"]) <= {f"r-{n}" for n in range(12)}
    assert len(flag["participants"]) >= 8
    ids = {event["id"]: event for event in made.events}
    assert all(ids[sample]["actor"].startswith("r-") for sample in flag["evidence"]["samples"])


def test_ordinary_days(made: Made) -> None:
    assert scored.flags(made, KIND) == []


def test_fans_of_one_idol(made: Made) -> None:
    """They are there whenever something is published; each has a past, a device and a way there."""
    for day in range(5):
        for content in range(3):
            at = day * DAY + 300 + 200 * content
            made.add("post", at, content=f"x{day}-{content}", text=f"news {day} {content}", **known("idol"))
            for n in range(12):
                who = known(f"u{n}")
                made.click(at + n / 3, author="idol", **who)
                made.add("repost", at + 0.5 + n / 3, content=f"x{day}-{content}", author="idol", **who)
    assert scored.flags(made, KIND) == []


def test_crowds_below_what_is_popular(made: Made) -> None:
    chance = random.Random(4)
    for content in range(6):
        for n in range(150):
            who = known(f"v{chance.randrange(2_000)}")
            made.click(6 * DAY + 90 * content + n / 10, author="star", **who)
            made.add(
                "repost", 6 * DAY + 90 * content + n / 10 + 1, content=f"x{content}", author="star", **who
            )
    assert scored.flags(made, KIND) == []


def test_the_same_contents_at_other_times(made: Made) -> None:
    for content in range(8):
        for n in range(12):
            who = known(f"w{n}") | {"device": "one"}
            made.add(
                "repost", 5 * DAY + 200 * content + 15 * n, content=f"x{content}", author=f"a{content}", **who
            )
    assert scored.flags(made, KIND) == []


def test_the_numbers_are_those_of_the_events(made: Made) -> None:
    ring(made, 6 * DAY + 200)
    found = scored.findings(made, Company(TICK))
    assert len(found) >= 3
    for finding in found:
        acts = common(made, finding.ts)
        members = {actor for actor in acts if len(acts[actor]) >= 3}
        chosen = [act for actor in members for act in acts[actor]]
        n = len(chosen)
        expected = {
            "company": n,
            "no_earlier_touch": sum(not scored.touched_before(made, act, act["author"]) for act in chosen)
            / n,
            "fresh_actors": sum(
                scored.minute_of(act) - scored.first_seen(made)[act["actor"]] < 1440 for act in chosen
            )
            / n,
            "young_accounts": sum(map(scored.is_young, chosen)) / n,
            "same_address": sum(shared(made, act, "ip") for act in chosen) / n,
            "same_device": sum(shared(made, act, "device") for act in chosen) / n,
        }
        assert set(finding.participants) == members
        assert finding.observed == n
        assert finding.start == min(act["ts"] for act in chosen)
        told = scored.values(finding)
        assert {"company", "young_accounts"} <= told.keys()
        assert told == pytest.approx({name: expected[name] for name in told})


def common(made: Made, until: int) -> dict[str, list[dict[str, Any]]]:
    """The ring's acts before a time, by account: those with two more on the content within ten minutes."""
    acts = [
        e for e in made.events if e["type"] == "repost" and e["actor"].startswith("r-") and e["ts"] < until
    ]
    out = defaultdict(list)
    for act in acts:
        near = [e for e in acts if e["content"] == act["content"] and abs(e["ts"] - act["ts"]) <= SPAN]
        if len(near) >= 3:
            out[act["actor"]].append(act)
    return out


def shared(made: Made, act: dict[str, Any], what: str) -> bool:
    """Whether one before it on the same content has its address or device."""
    return any(
        other["type"] == "repost" and other["content"] == act["content"] and other[what] == act[what]
        for other in made.events
        if other["ts"] < act["ts"] and other["type"] == "repost"
    )


def test_the_horizon_is_kept(made: Made) -> None:
    """Contents in common that are more than a week apart are no company."""
    for content in range(4):
        for n in range(12):
            who = known(f"w{n}") | {"device": "one"}
            made.add("repost", 20 * DAY * content + n / 2, content=f"x{content}", author=f"a{content}", **who)
    assert scored.flags(made, KIND) == []
