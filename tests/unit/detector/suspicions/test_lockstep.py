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


def busy(made: Made) -> None:
    """Several hundred people more, who share what they come across."""
    chance = random.Random(7)
    for _ in range(2_500):
        at, author = chance.uniform(0, 8 * DAY), chance.randrange(90)
        who = known(f"p{chance.randrange(700)}")
        made.add("repost", at, content=f"o{author}-{int(at) // DAY}", author=f"o{author}", **who)


def halves(made: Made, name: str, crew: list[str], authors: str, start: float, seed: int = 5) -> None:
    """Half of a crew repost each time, on ordinary contents of some authors, hours after they came out."""
    chance = random.Random(seed)
    for number in range(10):
        author, content, at = authors[number % len(authors)], f"{name}{number}", start + 200 * number
        made.add("post", at - 150, content=content, text=f"{name} {number}", **known(author))
        for person in chance.sample(crew, len(crew) // 2):
            made.add("repost", at + chance.uniform(0, 7), content=content, author=author, **known(person))
        for _ in range(4):
            who = known(f"u{chance.randrange(80)}")
            made.add("repost", at - chance.uniform(-90, 140), content=content, author=author, **who)


@pytest.mark.parametrize("authors", ["jkl", "j"])
def test_half_of_a_ring_at_a_time(made: Made, authors: str) -> None:
    """Accounts of long standing, with devices of their own; the authors' other readers are not named."""
    busy(made)
    crew = [f"r-{n}" for n in range(20)]
    halves(made, "h", crew, authors, 5 * DAY)
    [flag] = scored.flags(made, KIND)
    assert set(flag["participants"]) <= set(crew)
    assert len(flag["participants"]) >= 18


def test_rings_that_share_accounts_are_told_apart(made: Made) -> None:
    busy(made)
    first, second = [f"r-{n}" for n in range(24)], [f"r-{n}" for n in range(20, 44)]
    halves(made, "h", first, "jkl", 5 * DAY, seed=5)
    halves(made, "g", second, "mno", 5 * DAY + 80, seed=6)
    flags = scored.flags(made, KIND)
    assert len(flags) == 2
    assert sorted(len(set(first) & set(flag["participants"])) >= 20 for flag in flags) == [False, True]
    assert sorted(len(set(second) & set(flag["participants"])) >= 20 for flag in flags) == [False, True]


def test_fans_who_meet_once_elsewhere(made: Made) -> None:
    """A club shares its idol's news within minutes, every time, and once a friend's, too."""
    busy(made)
    for number in range(12):
        author = "friend" if number == 6 else "idol"
        at, content = 5 * DAY + 200 * number, f"n{number}"
        made.add("post", at, content=content, text=f"news {number}", **known(author))
        for n in range(25):
            made.add("repost", at + 1 + n / 4, content=content, author=author, **known(f"w{n}"))
    assert scored.flags(made, KIND) == []


def test_a_house_whose_accounts_repost_one_another(made: Made) -> None:
    busy(made)
    for number in range(20):
        at, desk = 5 * DAY + 130 * number, number % 10
        made.add("post", at - 60, content=f"n{number}", text=f"story {number}", **known(f"desk{desk}"))
        for n in range(10):
            if n != desk:
                made.add(
                    "repost", at + n / 3, content=f"n{number}", author=f"desk{desk}", **known(f"desk{n}")
                )
    assert scored.flags(made, KIND) == []


def test_a_house_of_which_some_are_seldom_there(made: Made) -> None:
    """Three desks write, and repost one another; the others are where they are."""
    busy(made)
    for number in range(24):
        at, desk = 5 * DAY + 110 * number, number % 3
        made.add("post", at - 60, content=f"n{number}", text=f"story {number}", **known(f"desk{desk}"))
        for n in (*range(3, 13), *((desk + 1) % 3 for _ in range(number % 4 == 0))):
            who = known(f"desk{n}")
            made.add("repost", at + n / 3, content=f"n{number}", author=f"desk{desk}", **who)
    assert scored.flags(made, KIND) == []


def test_crowds_of_several_stars(made: Made) -> None:
    chance = random.Random(4)
    busy(made)
    for number in range(24):
        star, at = f"star{number % 4}", 6 * DAY + 45 * number
        made.add("post", at - 1, content=f"n{number}", text=f"hello {number}", **known(star))
        for n in range(60):
            who = known(f"v{chance.randrange(900)}")
            made.add("repost", at + n / 6, content=f"n{number}", author=star, **who)
    assert scored.flags(made, KIND) == []


def club(made: Made) -> list[dict[str, object]]:
    """Fans who have been there for long."""
    fans = [known(f"w{n}") for n in range(25)]
    for fan in fans:
        made.add("account", 0, action="login", **fan)
    return fans


def test_fans_of_a_band(made: Made) -> None:
    """Three idols, the same fans, within minutes of the news, every time."""
    busy(made)
    fans = club(made)
    for number in range(12):
        at, content, idol = 5 * DAY + 200 * number, f"n{number}", f"idol{number % 3}"
        made.add("post", at, content=content, text=f"news {number}", **known(idol))
        for n, fan in enumerate(fans):
            made.click(at + n / 4, author=idol, **fan)
            made.add("repost", at + 1 + n / 4, content=content, author=idol, **fan)
    assert scored.flags(made, KIND) == []


def test_fans_who_are_late(made: Made) -> None:
    busy(made)
    fans = club(made)
    for number in range(12):
        at, content = 5 * DAY + 200 * number, f"n{number}"
        made.add("post", at, content=content, text=f"news {number}", **known("idol"))
        for n, fan in enumerate(fans):
            made.click(at + 39 + n / 4, author="idol", **fan)
            made.add("repost", at + 40 + n / 4, content=content, author="idol", **fan)
    assert scored.flags(made, KIND) == []


def test_a_crowd_among_which_a_ring_was_is_not_named(made: Made) -> None:
    busy(made)
    crew = [f"r-{n}" for n in range(24)]
    halves(made, "h", crew, "jkl", 5 * DAY)
    chance = random.Random(8)
    for number in (4, 7):
        for n in range(90):
            at, who = 5 * DAY + 200 * number + n / 12, known(f"p{chance.randrange(200)}")
            made.add("repost", at, content=f"h{number}", author="jkl"[number % 3], **who)
    [flag] = scored.flags(made, KIND)
    assert set(flag["participants"]) <= set(crew)
    assert len(flag["participants"]) >= 20
