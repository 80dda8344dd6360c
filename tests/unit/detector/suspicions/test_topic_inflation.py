"""Manufactured hot topics: a closed circle, and what looks like one."""

from __future__ import annotations

import random

import pytest

from detector.engine.topics import Topics
from tests.unit.detector.made import DAY, Made, known, ordinary, push, talk
from tests.unit.detector.suspicions import scored
from tests.unit.detector.worlds import TICK

KIND = "topic_inflation"


@pytest.fixture
def made() -> Made:
    stream = Made()
    ordinary(stream)
    talk(stream)
    return stream


def rented(made: Made, minute: float, n: int = 24) -> None:
    """A circle of accounts that have long been there, with devices of their own."""
    for k in range(n):
        who, at = known(f"x{k}"), minute + 8 * k
        made.add("post", at, content=f"q{k}", text=f"{k * 7919}", topic="rented", **who)
        for step in (1, 3, 7):
            other = known(f"x{(k + step) % n}")
            made.add("repost", at + 4 * step, content=f"q{k}", author=f"x{k}", **other)


def test_a_circle(made: Made) -> None:
    push(made, 6 * DAY + 300)
    [flag] = scored.flags(made, KIND)
    assert flag["subject"] == {"type": "topic", "id": "t-pushed"}
    assert set(flag["participants"]) <= {f"h-{k}" for k in range(24)}
    assert len(flag["participants"]) >= 20
    assert set(flag["contents"]) <= {f"h{k}" for k in range(24)}
    assert len(flag["contents"]) >= 20


def test_a_circle_of_rented_accounts(made: Made) -> None:
    for k in range(24):
        # They have written before, and were read.
        for post in range(2):
            at = (1 + post) * DAY + 20 * k
            made.add("post", at, content=f"y{k}-{post}", text=f"{k}{post}", **known(f"x{k}"))
            for reader in range(3):
                who = known(f"u{(3 * k + reader) % 80}")
                made.add("comment", at + 9, content=f"y{k}-{post}", author=f"x{k}", text="oh", **who)
    rented(made, 6 * DAY + 300)
    [flag] = scored.flags(made, KIND)
    assert len(flag["participants"]) >= 20


def test_ordinary_days(made: Made) -> None:
    assert scored.flags(made, KIND) == []


def test_an_honest_trend(made: Made) -> None:
    """Two hundred write under a new tag; they are read by others, and by some who write on it too."""
    chance = random.Random(3)
    for k in range(200):
        at = 6 * DAY + 300 + 3 * k
        made.add("post", at, content=f"n{k}", text=f"{k * 31}", topic="new", **known(f"w{k}"))
        for reader in range(chance.randrange(4)):
            who = known(
                f"w{chance.randrange(k + 1)}" if chance.random() < 0.15 else f"u{chance.randrange(80)}"
            )
            if who["actor"] != f"w{k}":
                made.add("repost", at + 5 + reader, content=f"n{k}", author=f"w{k}", **who)
    assert scored.flags(made, KIND) == []


def test_a_circle_of_friends(made: Made) -> None:
    """The same as a pushed topic, by accounts that have talked to one another for days."""
    for day in range(3):
        for k in range(24):
            made.add("post", day * DAY + 9 * k, content=f"z{k}-{day}", text=f"{k * day}", **known(f"x{k}"))
            for step in (1, 3, 7):
                other = known(f"x{(k + step) % 24}")
                at, content = day * DAY + 9 * k + step, f"z{k}-{day}"
                made.add("comment", at, content=content, author=f"x{k}", text="ha", **other)
    rented(made, 6 * DAY + 300)
    assert scored.flags(made, KIND) == []


def test_fans_of_one_idol(made: Made) -> None:
    """They write under its tag, and repost what it writes, not one another."""
    for post in range(6):
        at = 6 * DAY + 60 * post
        made.add("post", at, content=f"i{post}", text=f"{post}", topic="idol", **known("idol"))
        for k in range(30):
            made.add("repost", at + 1 + k / 4, content=f"i{post}", author="idol", **known(f"x{k}"))
            if post == k % 6:
                made.add("post", at + 20, content=f"f{k}", text=f"{k * 17}", topic="idol", **known(f"x{k}"))
    assert scored.flags(made, KIND) == []


def test_a_house_of_a_dozen(made: Made) -> None:
    push(made, 6 * DAY + 300, n=12)
    assert scored.flags(made, KIND) == []


def test_the_numbers_are_those_of_the_events(made: Made) -> None:
    push(made, 6 * DAY + 300)
    found = scored.findings(made, Topics(TICK))
    assert len(found) >= 2
    for finding in found:
        before = [e for e in made.events if finding.ts - 2 * DAY * 60_000 <= e["ts"] < finding.ts]
        posts = [e for e in before if e["type"] == "post" and e.get("topic") == "t-pushed"]
        authors = {e["content"]: e["actor"] for e in posts}
        acts = [e for e in before if e.get("content") in authors and e["type"] == "repost"]
        circle = tied(acts, set(authors.values()))
        on_them = {(e["actor"], e["content"]): e for e in acts if authors[e["content"]] in circle}
        firsts = {}
        for e in sorted(posts + acts, key=lambda e: e["ts"]):
            firsts.setdefault(e["actor"], e)
        members = [firsts[actor] for actor in circle]
        closed = sum(actor in authors.values() for actor, _ in on_them)
        expected = {
            "posts": len(posts),
            "closed_circle": closed / len(on_them),
            "outside_readers": len(readers(on_them, set(authors.values()))),
            "young_accounts": sum(map(scored.is_young, members)) / len(members),
            "acquainted": 0.0,
        }
        assert finding.start == min(e["ts"] for e in [*posts, *acts])
        told = scored.values(finding)
        assert {"posts", "closed_circle", "outside_readers", "young_accounts"} <= told.keys()
        told = {name: value for name, value in told.items() if name in expected}
        assert told == pytest.approx({name: expected[name] for name in told})


def tied(acts: list[dict[str, str]], writers: set[str]) -> set[str]:
    """Writers with two others of them that they acted on, or that acted on them, again and again."""
    pairs = {frozenset((e["actor"], e["author"])) for e in acts}
    while True:
        left = {w for w in writers if sum(w in pair and pair <= writers for pair in pairs) >= 2}
        if left == writers:
            return left
        writers = left


def readers(acts: dict[tuple[str, str], dict[str, str]], writers: set[str]) -> list[tuple[str, str]]:
    """Acts of those who do not write, and act on one author only."""
    authors: dict[str, set[str]] = {}
    for (actor, _), event in acts.items():
        authors.setdefault(actor, set()).add(event["author"])
    return [key for key in acts if key[0] not in writers and len(authors[key[0]]) < 2]
