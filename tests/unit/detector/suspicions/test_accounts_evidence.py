"""What flags about accounts say can be counted again from the events."""

from __future__ import annotations

import math
from typing import Any

import pytest

from models.text.folding import normalise
from tests.unit.detector.engine.test_accounts import (
    arrivals,
    batch_of,
    closes,
    crowd,
    quiet,
    register,
    said,
    sold,
)
from tests.unit.detector.made import DAY, Made
from tests.unit.detector.suspicions.scored import values

_DAY_MS = 86_400_000
Event = dict[str, Any]


def up_to(made: Made, ts: int) -> list[Event]:
    return sorted((event for event in made.events if event["ts"] < ts), key=lambda event: int(event["ts"]))


def test_live_accounts() -> None:
    made = Made()
    for n in range(19):
        register(made, 60 * n, f"u{n}", entity="shop" if n != 4 else "other")
    made.add("account", 60 * 17 + 5, action="close", actor="u9", entity="shop")
    found = said(made)[-1]
    live = set[str]()
    for event in up_to(made, found.ts):
        if event["action"] == "close":
            live.discard(event["actor"])
        elif event["entity"] == found.subject:
            live.add(event["actor"])
    assert set(found.participants) == live
    assert values(found) == {"live_accounts": len(live)}
    assert found.since == min(event["ts"] for event in made.events if event["actor"] in live)


def test_days_without_use() -> None:
    made = quiet()
    for found in said(made, days=600):
        last = max(event["ts"] for event in up_to(made, found.ts) if event["actor"] == found.subject)
        day = last // _DAY_MS * _DAY_MS
        assert found.start == day
        assert values(found) == {"days_without_use": (found.ts - day) // _DAY_MS - 1}
        assert values(found)["days_without_use"] >= 183


def reads(name: str) -> str:
    return normalise(name).replace("l", "i")


def test_chance_of_a_closed_name() -> None:
    made = Made()
    closes(made)
    for person in (30, 31):  # who have one name
        made.add("account", DAY + 60 * person, action="rename", actor=f"p{person}", name="Pier")
    for person in range(40, 60):
        name = f"Nolum Radi{chr(0x4E00 + person)}"
        made.add("account", DAY + 60 * person, action="rename", actor=f"p{person}", name=name)
    made.add("account", DAY + 300, action="close", actor="p77", name="person number \u4e4d")
    register(made, 2 * DAY + 600, "thief", name="T\u043ensen R\u0430dio", entity="else", device="d", ip="i")
    (found,) = said(made)
    called, closed, names = dict[str, str](), dict[str, str](), set[str]()
    taken, shared, alike, alike_shared = 0, 0, 0, 0
    for event in up_to(made, found.ts):
        if event["actor"] in closed:
            continue
        if "name" in event and called.get(event["actor"]) != reads(event["name"]):
            name = reads(event["name"])
            has = name in called.values()
            taken, shared = taken + 1, shared + has
            if len(name) == len(reads("Tonsen Radio")):
                alike, alike_shared = alike + 1, alike_shared + has
            called[event["actor"]] = name
            names.add(name)
        if event["action"] == "close":
            closed[event["actor"]] = called.pop(event["actor"])
    every = (shared + 0.5) / (taken + 1)
    chance = (alike_shared + 10 * every) / (alike + 10) * (len(closed) - [*closed].index("old")) / len(names)
    (signal, disguised) = found.signals
    assert signal.baseline == pytest.approx(chance)
    assert signal.surprise == pytest.approx(-math.log10(chance))
    assert disguised.baseline == pytest.approx(2 / (taken + 10))
    assert closed["old"] == called["thief"]


def sessions_of(events: list[Event]) -> list[Event]:
    """The first event of each ten minutes."""
    out = list[Event]()
    for event in events:
        if not out or event["ts"] - out[-1]["ts"] >= 600_000:
            out.append(event)
    return out


def test_sessions_in_other_hands() -> None:
    made = Made()
    crowd(made)
    sold(made)
    for n in range(4):
        at, who = 6 * DAY + 300 + 500 * n, {"device": "tablet", "ip": f"far{n % 3}"}
        made.add("repost", at, actor="p5", content=f"c{n}", author="x", **who)
    (found,) = said(made)
    mine = [event for event in up_to(made, found.ts) if event["actor"] == found.subject]
    before = [event for event in mine if event["ts"] < found.start]
    after = [event for event in mine if event["ts"] >= found.start]
    for field in ("device", "ip", "entity"):
        kept = {event.get(field) for event in before} - {None}
        assert not kept & {event.get(field) for event in after}, field
    hours = {event["ts"] // 10_800_000 % 8 for event in sessions_of(before)}
    sessions = sessions_of(after)
    odd = sum(event["ts"] // 10_800_000 % 8 not in hours for event in sessions)
    said_of = values(found)
    assert said_of["other_hands"] == found.observed == len(sessions)
    assert said_of["odd_hours"] == pytest.approx(odd / len(sessions))
    assert said_of["known_subjects"] == 0.0


@pytest.mark.parametrize("field", ["device", "name"])
def test_registrations_and_what_came_of_them(field: str) -> None:
    made = Made()
    arrivals(made)
    batch_of(made, {"device": "one", "name": "so"} if field == "name" else {"device": "one"})
    made.click(2 * DAY + 30, "b1", author="s1", device="one")
    made.add("account", 3 * DAY, action="login", actor="n0")
    found = said(made, kind="bulk_registration")[-1]
    events = up_to(made, found.ts)
    group = set(found.participants)
    assert group == {f"b{k}" for k in range(24)}
    registered = {event["actor"]: event["ts"] for event in events if event.get("action") == "register"}
    assert values(found)["registrations"] == len(group)
    for hours in (1, 6):
        ripe = {actor for actor in group if found.ts - registered[actor] >= hours * 3_600_000}
        busy = {
            event["actor"]
            for event in events
            if event["type"] != "account" and event["actor"] in ripe
            and event["ts"] - registered[event["actor"]] < hours * 3_600_000 + 60_000
        }  # fmt: skip
        if f"idle_{hours}h" in values(found):
            assert values(found)[f"idle_{hours}h"] == pytest.approx(1 - len(busy) / len(ripe))
    assert "idle_1h" in values(found)
