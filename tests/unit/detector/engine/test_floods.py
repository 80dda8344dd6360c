"""Comments made from templates under one author: who is named, who is spared."""

from __future__ import annotations

from typing import Any

import pytest

from detector.cases.findings import Finding
from detector.cases.fusion import total
from detector.engine.contents import Contents
from tests.unit.detector.engine.checkpoints import check_continues
from tests.unit.detector.engine.test_contents import SMALL, START, TICK, World, chunks, run

HOUR = 3_600_000


def talked(seed: int) -> World:
    """A world in which people write, and comment on three hundred authors."""
    world = World(seed)
    world.background(2500)
    for _ in range(2500):
        comment(world, f"old{world.random.randrange(600)}", world.random.random() * 60, world.text(35))
    return world


def comment(world: World, actor: str, hours: float, text: str, author: str = "", **more: Any) -> None:
    author = author or f"author{world.random.randrange(300)}"
    world.add(actor, hours, "comment", text=text, author=author, content=f"of-{author}", **more)


def flood(world: World, n: int = 30, forms: int = 2, author: str = "star") -> None:
    templates = [world.text(60) for _ in range(forms)]
    for i in range(n):
        text = world.edit(templates[i % forms], 0.08)
        comment(world, f"old{20 * i % 599}", 40 + i / 30, text, author, id=f"flood{i}")


def floods(world: World, **how: Any) -> list[Finding]:
    return [finding for finding in run(world, **how) if finding.kind == "comment_inflation"]


def named(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if total(finding.signals) >= 6]


def test_a_flood_is_named_by_the_content_that_it_is_under() -> None:
    world = talked(21)
    flood(world)
    comment(world, "old3", 40.5, "how nice, I was there myself last year", "star")
    found = named(floods(world))
    assert {(f.subject_type, f.subject) for f in found} == {("content", "of-star")}
    assert found[0].ts - START < 40.6 * HOUR
    last = found[-1]
    assert len(last.contents) >= 27
    assert set(last.contents) <= {f"flood{i}" for i in range(30)}
    assert set(last.participants) <= {f"old{20 * i % 599}" for i in range(30)}
    signal = {s.name: s for s in last.signals}["comments_from_templates"]
    under = [e for e in world.events if e.get("author") == "star"]
    until = [e for e in under if START + 16 * HOUR < e["ts"] < last.ts]
    assert signal.value == pytest.approx(last.observed / len(until), abs=1e-4)
    assert signal.value > 0.8 > 0.1 > signal.baseline
    # Neither template comes anywhere else: less than once among all texts since it came first.
    first = {e["id"]: e["ts"] for e in world.events}
    texts = [sum(first[f"flood{form}"] <= e["ts"] < last.ts for e in world.events) for form in range(2)]
    assert signal.baseline == pytest.approx(sum(1 / max(n, 100) for n in texts), abs=1e-6)


def greetings(world: World) -> None:
    for i in range(200):
        phrase = world.random.choice(["happy birthday to you", "good morning everyone", "first comment here"])
        comment(world, f"old{i}", 40 + i / 100, phrase, "star")


def giveaway(world: World) -> None:
    phrase = world.text(90)
    world.add("host", 39, text=phrase, content="of-star", id="rules")
    for i in range(150):
        comment(world, f"old{i}", 40 + i / 60, f"{phrase} {world.text(8)}", "star")


def one_form(world: World) -> None:
    left, right = world.text(25), world.text(25)
    for i in range(80):
        comment(world, f"old{i}", 40 + i / 60, f"{left} {world.text(9)} {right}", "star")


def said_everywhere(world: World) -> None:
    forms = [(world.text(22), world.text(22)) for _ in range(3)]
    for i in range(900):
        left, right = world.random.choice(forms)
        comment(world, f"old{world.random.randrange(600)}", 1 + i / 16, f"{left} {world.text(8)} {right}")
    for i in range(60):
        left, right = world.random.choice(forms)
        text = f"{left} {world.text(8)} {right}" if i % 10 == 0 else world.text(40)
        comment(world, f"old{i}", 40 + i / 60, text, "star")


def first_day(world: World) -> None:
    for event in world.events:
        event["ts"] += 39 * HOUR
    flood(world)


@pytest.mark.parametrize("innocent", [greetings, giveaway, one_form, said_everywhere, first_day])
def test_innocents(innocent: Any) -> None:
    world = talked(22)
    innocent(world)
    assert named(floods(world)) == []


def test_batches_and_restarts_change_nothing() -> None:
    world = talked(23)
    flood(world)
    whole = floods(world)
    assert whole
    assert floods(world, cuts=tuple(range(100, 3000, 90))) == whole
    parts = list(chunks(world.batch(), list(range(100, 3400, 60))))
    split = next(k for k, (upto, _) in enumerate(parts) if upto * TICK > START + 40.3 * HOUR)
    said = check_continues(lambda: Contents(TICK, SMALL), parts[: split + split // 2 + 2])
    assert any(f.kind == "comment_inflation" for one in said for f in one)
