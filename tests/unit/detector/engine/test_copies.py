"""Copies that claim to be original: who is named, who is spared, and that a person can recompute it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from detector.cases.findings import Finding
from detector.cases.fusion import total
from detector.suspicions.copied_original import CopiedOriginal
from models.text.signature import signatures
from tests.unit.detector.engine.checkpoints import check_continues
from tests.unit.detector.engine.test_contents import SMALL, START, TICK, Contents, World, chunks, run

HOUR = 3_600_000


def copies(world: World, **how: Any) -> list[Finding]:
    return [finding for finding in run(world, **how) if finding.kind == "copied_original"]


def begun(seed: int = 11, length: int = 90) -> tuple[World, str]:
    """A world in which somebody has written something."""
    world = World(seed)
    world.background()
    text = world.text(length)
    world.add("old1", 30, text=text, content="first", id="source")
    return world, text


def test_a_copy_is_named_with_its_source() -> None:
    world, text = begun()
    copy = world.edit(text, 0.04)
    world.add("thief", 40, text=copy, content="copy", id="copied", original=True)
    (found,) = copies(world)
    assert (found.subject_type, found.subject, found.contents) == ("account", "thief", ["copy"])
    assert found.trace == "first"
    assert found.samples == ["copied", "source"]
    assert 40 * HOUR < found.ts - START <= 40 * HOUR + 2 * TICK, "the text has been about for long enough"
    assert total(found.signals) > 6
    named = {signal.name: signal for signal in found.signals}
    raw = [copy.encode(), text.encode()]
    words, _ = signatures(b"".join(raw), np.cumsum([0, *map(len, raw)]))
    assert named["copy"].value == (words[0] == words[1]).mean()
    assert named["copy"].baseline < 0.4
    assert named["hours_after_the_source"].value == 10
    assert named["others_who_wrote_it"].value == 0


def test_what_is_new_waits_until_it_shows_who_else_writes_it() -> None:
    world, text = begun()
    world.add("thief", 30.5, text=text, content="copy", original=True)
    (found,) = copies(world)
    assert 32 * HOUR <= found.ts - START <= 32 * HOUR + 2 * TICK


def test_a_second_copy_says_more() -> None:
    world, text = begun(12)
    other = world.text(90)
    world.add("old2", 31, text=other, content="second")
    world.add("thief", 40, text=world.edit(text, 0.03), content="copy1", original=True)
    world.add("thief", 42, text=world.edit(other, 0.03), content="copy2", original=True)
    found = copies(world)
    assert [f.trace for f in found] == ["first", "second"]
    assert [s.value for f in found for s in f.signals if s.name == "earlier_copies"] == [1.0]
    both = found[1].signals
    assert total(both) > total([signal for signal in both if signal.name != "earlier_copies"])


def test_images_speak_when_they_repeat() -> None:
    world = World(13)
    world.background()
    for i in range(4):
        world.add(f"old{i}", 20 + i, media=[f"image{i}"], content=f"first{i}")
        world.add("thief", 30 + i, media=[f"image{i}"], content=f"copy{i}", original=True)
    found = copies(world)
    assert [f.trace for f in found] == [f"first{i}" for i in range(4)]
    assert total(found[0].signals) < 6 < total(found[3].signals)


def credited(world: World, text: str) -> None:
    world.add("thief", 40, text=text, original=True, credit="old1")


def no_claim(world: World, text: str) -> None:
    world.add("thief", 40, text=text)


def quoted_by_many(world: World, text: str) -> None:
    for i in range(8):
        world.add(f"old{20 + i}", 31 + i, text=text)
    world.add("thief", 40, text=text, original=True)


def soon_quoted_by_many(world: World, text: str) -> None:
    world.add("thief", 30.2, text=text, original=True)
    for i in range(8):
        world.add(f"old{20 + i}", 30.3 + i / 10, text=text)


def own(world: World, text: str) -> None:
    world.add("old1", 40, text=text, original=True)


def own_other_account(world: World, text: str) -> None:
    world.add("other", 40, text=text, original=True, device="d-old1")


def the_first_comes_later(world: World, text: str) -> None:
    world.add("thief", 29, text=text, original=True)
    world.events[-2]["original"] = True  # in the file before it, in time after it


def at_the_same_time(world: World, text: str) -> None:
    world.add("thief", 30 + 1 / 120, text=text, original=True)


def short(world: World, text: str) -> None:
    phrase = "good morning to all of you"
    world.add("old3", 31, text=phrase)
    world.add("thief", 40, text=phrase, original=True)


def in_part(world: World, text: str) -> None:
    world.add("thief", 40, text=world.edit(text, 0.35), original=True)


@pytest.mark.parametrize(
    "innocent",
    [
        *(credited, no_claim, quoted_by_many, soon_quoted_by_many, own, own_other_account, at_the_same_time),
        *(short, in_part),
    ],
)
def test_innocents(innocent: Any) -> None:
    world, text = begun()
    innocent(world, text)
    assert [f for f in copies(world) if total(f.signals) >= 6] == []


def test_who_was_first_counts_by_time_not_by_arrival() -> None:
    world, text = begun()
    the_first_comes_later(world, text)
    (found,) = copies(world)
    assert (found.subject, found.contents) == ("old1", ["first"])


def many() -> World:
    world = World(14)
    world.background(1500, 50)
    for i in range(12):
        text = world.text(80)
        world.add(f"old{i}", 10 + i, text=text)
        world.add(f"thief{i % 3}", 10.5 + 2.5 * i, text=world.edit(text, 0.03), original=True)
    return world


def test_batches_and_restarts_change_nothing() -> None:
    world = many()
    whole = copies(world)
    assert len(whole) == 12
    assert copies(world, cuts=tuple(range(100, 2000, 90))) == whole
    parts = list(chunks(world.batch(), list(range(100, 2000, 150))))
    rest = check_continues(lambda: Contents(TICK, SMALL), parts)
    assert any(f.kind == "copied_original" for said in rest for f in said)


def test_settings_are_taken() -> None:
    world, text = begun()
    world.add("thief", 40, text=world.edit(text, 0.04), original=True)
    stage = Contents(TICK, SMALL, CopiedOriginal(alike=0.99, sure=0.99))
    assert [f for upto, part in chunks(world.batch(), []) for f in stage.step(upto, part)] == []
