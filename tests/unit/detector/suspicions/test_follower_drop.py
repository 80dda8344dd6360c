"""A drop of followers: those who were bought leave as they came, others do not."""

from __future__ import annotations

import random

import pytest

from tests.unit.detector.made import DAY, Made, buy, known, ordinary, withdraw
from tests.unit.detector.suspicions import scored

KIND = "follower_drop"


@pytest.fixture
def made() -> Made:
    stream = Made()
    ordinary(stream)
    return stream


def test_withdrawn_followers(made: Made) -> None:
    buy(made, "s3", 3 * DAY + 600, n=40)
    withdraw(made, "s3", 6 * DAY + 300, n=40)
    [flag] = scored.flags(made, KIND)
    assert flag["subject"]["id"] == "s3"
    assert set(flag["participants"]) == {f"b-{n}" for n in range(40)}
    signals = {signal["name"]: signal for signal in flag["evidence"]["signals"]}
    assert signals["came_together"]["value"] == 1.0
    assert signals["came_together"]["baseline"] < 0.8
    assert 30 <= signals["volume"]["value"] <= 40


def test_echoes_do_not_count_for_coming(made: Made) -> None:
    """Who left had also followed others in the same session, so there are echoes of them."""
    buy(made, "s3", 3 * DAY + 600, n=40, other="s5")
    withdraw(made, "s3", 6 * DAY + 300, n=40)
    [flag] = scored.flags(made, KIND)
    signal = next(one for one in flag["evidence"]["signals"] if one["name"] == "came_together")
    most, who, *_ = (int(word) for word in signal["why"].split() if word.isdigit())
    volume = next(one for one in flag["evidence"]["signals"] if one["name"] == "volume")["value"]
    assert most == who == volume


def test_followers_who_leave_in_anger(made: Made) -> None:
    came = sorted({e["actor"] for e in made.events if e["type"] == "subscription" and e["target"] == "s3"})
    assert len(came) > 25
    for n, actor in enumerate(came):
        made.follow(8 * DAY + n, target="s3", action="unsubscribe", **known(actor))
    assert scored.flags(made, KIND) == []


def test_a_purge_takes_followers_everywhere(made: Made) -> None:
    chance = random.Random(2)
    fakes = [f"b-{n}" for n in range(150)]
    for fake in fakes:
        for subject in chance.sample(range(12), 3):
            made.follow(chance.uniform(0, 7 * DAY), fake, target=f"s{subject}")
    follows = [e for e in made.events if e["type"] == "subscription" and e["actor"] in fakes]
    for event in follows:
        made.follow(
            7 * DAY + 600 + chance.uniform(0, 20),
            event["actor"],
            target=event["target"],
            action="unsubscribe",
        )
    assert scored.flags(made, KIND) == []


def test_a_few_who_leave(made: Made) -> None:
    for n in range(4):
        made.follow(7 * DAY + n, f"u{n}", target="s3", action="unsubscribe")
    assert scored.flags(made, KIND) == []


def test_the_numbers_are_those_of_the_events(made: Made) -> None:
    buy(made, "s3", 3 * DAY + 600, n=40)
    withdraw(made, "s3", 6 * DAY + 300, n=40)
    [flag] = scored.flags(made, KIND)
    known = flag["evidence"]["window"]["end"]
    left = {
        event["actor"]
        for event in made.events
        if event.get("action") == "unsubscribe" and known - 6 * 3_600_000 <= event["ts"] < known
    }
    came = [e for e in made.events if e.get("action") == "subscribe" and e["target"] == "s3"]
    burst = {e["actor"] for e in came if e["actor"].startswith("b-")}
    signals = {signal["name"]: signal["value"] for signal in flag["evidence"]["signals"]}
    assert signals["volume"] == len(left)
    assert signals["came_together"] == len(left & burst) / len(left)
    assert signals["left_together"] == pytest.approx(len(left & burst) / len(burst), abs=0.1)
    assert signals["named_before"] == pytest.approx(len(left & burst) / len(left), abs=0.1)
