"""The actors' stage: ids once, and what each event's actor did before."""

from __future__ import annotations

import numpy as np
import pytest

from detector.engine.actors import (
    BLINK,
    FIRST_SEEN,
    LED,
    NEW_DEVICE,
    NEW_IP,
    RETURNED,
    SERIAL,
    TOUCHED,
    Actors,
)
from detector.engine.rows import ECHO, Batch
from models.hashing import hash_text
from tests.unit.detector.engine.checkpoints import check_continues
from tests.unit.detector.made import DAY, START, Made
from tests.unit.detector.worlds import TICK, arrived, ticks


def stage() -> Actors:
    return Actors(TICK, capacity=1 << 12, recent_ids=1 << 12)


def stepped(made: Made) -> Batch:
    return stage().step(1 << 40, made.batch())


def marks(batch: Batch, mark: int) -> list[bool]:
    return (batch.rows["marks"] & mark != 0).tolist()


def test_a_checkpoint_in_the_middle() -> None:
    said = check_continues(stage, ticks(arrived(), 9))
    assert sum(len(batch) for batch in said) > 300


def test_ids_count_once() -> None:
    made = Made()
    for n in range(6):
        made.click(n, "u", author="a")
    made.events[4]["id"] = made.events[1]["id"]
    made.events[5]["id"] = made.events[1]["id"]
    actors = stage()
    out = actors.step(1 << 40, made.batch())
    assert [out.strings(i)["id"] for i in range(len(out))] == ["e0", "e1", "e2", "e3"]
    assert actors.duplicates == 2
    assert out.rows["prior"].tolist() == [0, 1, 2, 3]
    assert len(actors.step(1 << 40, made.batch())) == 0
    assert actors.duplicates == 8


def test_history() -> None:
    made = Made()
    made.click(0, "u", author="a", device="d1", ip="i1")
    made.click(3, "u", author="b", device="d1", ip="i2")
    made.click(5, "u", author="a", device="d2")
    made.click(6, "u", author="c", device="d2", ip="i2")
    made.click(6 + 31 * DAY, "u", author="c")
    out = stepped(made)
    assert out.rows["seen"].tolist() == [0, 3, 5, 6, 6 + 31 * DAY]
    assert marks(out, FIRST_SEEN) == [True, False, False, False, False]
    assert marks(out, NEW_DEVICE) == [False, False, True, False, False]
    assert marks(out, NEW_IP) == [False, True, False, False, False]
    assert marks(out, RETURNED) == [False, False, False, False, True]
    assert marks(out, TOUCHED) == [False, False, True, False, True]


@pytest.mark.parametrize("kind", ["click", "repost", "comment"])
def test_who_has_touched_something_of_an_account_before_following_it(kind: str) -> None:
    made = Made()
    made.follow(0, "u", target="a")
    made.add(kind, 1, actor="u", content="c", author="a", **({"text": "well"} if kind == "comment" else {}))
    made.follow(2, "u", target="a", action="unsubscribe")
    made.follow(3, "u", target="a")
    made.follow(4, "u", target="b")
    made.follow(5, "v", target="a")
    out = stepped(made)
    out = out.take(np.flatnonzero(out.rows["flags"] & ECHO == 0))
    assert marks(out, TOUCHED) == [False, False, True, True, False, False]


def test_whom_content_led_to_an_account_or_to_one_that_was_followed_along_with_it() -> None:
    made = Made()
    made.follow(0, "u", "a")
    made.click(1, "u", author="b")
    made.follow(2, "u", "b")
    made.follow(3, "u", "c")
    made.follow(3 + 2 * DAY + 1, "u", "d")  # another session
    made.follow(0, "v", "a")
    made.follow(4, "v", "b")
    out = stepped(made)
    led = zip([out.strings(i)["id"] for i in range(len(out))], marks(out, LED), strict=True)
    assert {event for event, mark in led if mark} == {"e2", "e3"}


def test_a_follow_names_the_others_of_its_session_and_echoes_to_them() -> None:
    made = Made()
    made.follow(0, "u", target="a")
    made.follow(1, "u", target="b")
    made.follow(2, "u", target="b")
    made.follow(30 * DAY, "u", target="c")
    out = stepped(made)
    half = {name: hash_text(name) >> 32 for name in "abc"}
    told = [
        (
            out.strings(i)["id"],
            int(row["subject"]),
            sorted(filter(None, row["items"].tolist())),
            int(row["flags"]) & ECHO,
        )
        for i, row in enumerate(out.rows)
    ]
    assert told == [
        ("e0", hash_text("a"), [], 0),
        ("e1", hash_text("b"), [half["a"]], 0),
        ("e1", hash_text("a"), [half["b"]], ECHO),
        ("e2", hash_text("b"), [half["a"]], 0),
        ("e3", hash_text("c"), [], 0),
    ]


def test_events_without_an_actor_pass() -> None:
    made = Made()
    made.add("exposure", 0, content="c", author="a", count=3)
    actors = stage()
    assert len(actors.step(1 << 40, made.batch())) == 1
    assert actors.tables()[0].used == 0
    assert actors.nbytes > 0


def test_a_follow_within_a_blink_of_a_click_elsewhere() -> None:
    made = Made()
    made.click(0, "u", author="a")
    made.follow(0.01, "u", target="b")
    made.click(1, "v", author="b")
    made.follow(1.01, "v", target="b")
    made.click(2, "w", author="a")
    made.follow(2.02, "w", target="b")
    out = stepped(made)
    told = dict(zip([out.strings(i)["id"] for i in range(len(out))], marks(out, BLINK), strict=True))
    assert told == {"e0": False, "e1": True, "e2": False, "e3": False, "e4": False, "e5": False}


def test_those_who_come_with_a_crowd_are_known_by_it_later() -> None:
    """The first of it too; but not one who comes alone, nor those who come by what they have read."""
    made = Made()
    for n in range(6):
        made.follow(n, f"b{n}", target="first")
        made.click(n - 0.5, f"r{n}", author="other")
        made.follow(n, f"r{n}", target="other")
    made.follow(900, "alone", target="third")
    for actor in ("b0", "b5", "r3", "alone", "never"):
        made.follow(3000, actor, target="second")
    out = stepped(made)
    own = out.rows["flags"] & ECHO == 0
    last = own & (out.rows["subject"] == hash_text("second"))
    serial = {out.strings(i)["actor"]: bool(out.rows["marks"][i] & SERIAL) for i in np.flatnonzero(last)}
    assert serial == {"b0": True, "b5": True, "r3": False, "alone": False, "never": False}
    first = own & (out.rows["subject"] == hash_text("first"))
    assert not (out.rows["marks"][first] & SERIAL).any()


def test_what_the_first_day_brings_together_is_no_sign_later() -> None:
    """A class that registers together runs to the same accounts; who is older and does so is remembered."""
    made = Made()
    for n in range(6):
        made.follow(n, f"new{n}", target="first", actor_created=START)
        made.follow(n, f"old{n}", target="second", actor_created=START - 40 * 86_400_000)
    for actor in ("new0", "new5", "old0", "old5"):
        made.follow(3000, actor, target="third")
    out = stepped(made)
    last = (out.rows["flags"] & ECHO == 0) & (out.rows["subject"] == hash_text("third"))
    serial = {out.strings(i)["actor"]: bool(out.rows["marks"][i] & SERIAL) for i in np.flatnonzero(last)}
    assert serial == {"new0": False, "new5": False, "old0": True, "old5": True}
