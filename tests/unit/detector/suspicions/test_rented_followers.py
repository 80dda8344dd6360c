"""Crowds of aged accounts that come out of nowhere, and honest crowds that look like them."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.unit.detector.made import DAY, START, Made, known, ordinary
from tests.unit.detector.suspicions import scored

KIND = "follower_jump"
AT = 6 * DAY + 600


@pytest.fixture
def made() -> Made:
    """Ordinary days on which most who read do not follow."""
    stream, chance = Made(), random.Random(4)
    ordinary(stream)
    for n in range(8 * 12 * 20):
        who, at = known(f"u{chance.randrange(80)}"), chance.uniform(10, 8 * DAY - 10)
        stream.click(at, author=f"s{n % 12}", **who)
    for n in range(60):
        stream.add("account", 0.0, action="login", **known(f"x{n}"))
    return stream


def come(made: Made, target: str = "s3", n: int = 40, **same: object) -> set[str]:
    """Aged accounts with addresses and devices of their own follow, some seconds apart."""
    for k in range(n):
        made.follow(AT + k / 2, target=target, **{**known(f"x{k}"), **same})
    return {f"x{k}" for k in range(n)}


def test_rented_accounts(made: Made) -> None:
    crowd = come(made)
    [flag] = scored.flags(made, KIND)
    assert flag["subject"]["id"] == "s3"
    named = set(flag["participants"])
    assert len(named & crowd) >= 38
    assert len(named - crowd) <= 2
    assert flag["ts"] <= START + (AT + 10) * 60_000, "long before the last one came"
    assert "out_of_nowhere" in {signal["name"] for signal in flag["evidence"]["signals"]}


def test_they_may_read_before(made: Made) -> None:
    for k in range(0, 40, 2):
        made.click(AT + k / 2 - 0.3, author="s3", **known(f"x{k}"))
    come(made)
    [flag] = scored.flags(made, KIND)
    names = {signal["name"] for signal in flag["evidence"]["signals"]}
    assert names & {"few_readers", "out_of_nowhere"}


def test_a_class_in_one_room(made: Made) -> None:
    come(made, ip="school")
    assert scored.flags(made, KIND) == []


def test_a_code_in_a_room_where_no_addresses_are_told(made: Made) -> None:
    come(made, source="qr")
    for event in made.events:
        event.pop("ip", None)
    assert scored.flags(made, KIND) == []
    for event in made.events:
        event.pop("source", None)
    [flag] = scored.flags(made, KIND)
    reasons = " ".join(signal["why"] for signal in flag["evidence"]["signals"])
    assert "addresses are not known" in reasons
    assert "different addresses" not in reasons


def test_friends_who_were_invited(made: Made) -> None:
    for k in range(40):
        who = {**known(f"n{k}"), "actor_created": START + int((AT + k) * 60_000)}
        made.add("account", AT + k, action="register", **who)
        made.follow(AT + k + 2, target="s3", **who)
    assert scored.flags(made, KIND) == []


def test_somebody_new(made: Made) -> None:
    """Nothing is known of the account's usual followers on its first day."""
    come(made, target="star", n=60)
    assert scored.flags(made, KIND) == []


def test_newcomers_who_take_over_a_list(made: Made) -> None:
    for k in range(40):
        who = {**known(f"n{k}"), "actor_created": START + int((AT + k) * 60_000)}
        for subject in range(10):
            made.follow(AT + k + 20 + subject / 20, target=f"s{subject}", **who)
    assert scored.flags(made, KIND) == []


def test_a_post_that_goes_round(made: Made) -> None:
    """Many read, some of them follow; and some follow who heard of it elsewhere."""
    for k in range(60):
        for reader in range(6):
            made.click(AT + k + reader / 9, author="s3", **known(f"y{k}-{reader}"))
        made.follow(AT + k + 1, target="s3", **known(f"y{k}-0"))
        if k % 10 == 0:
            made.follow(AT + k + 1, target="s3", **known(f"x{k}"))
    assert scored.flags(made, KIND) == []


def forced(made: Made, n: int = 40, **how: Any) -> None:
    for k in range(n):
        who = known(f"x{k}")
        made.click(AT + 5 * k - 0.005, author="s7", **who)
        made.follow(AT + 5 * k, target="s3", **who, **how)


@pytest.mark.parametrize("how", [{"source": "autofollow"}, {}])
def test_forced_subscriptions(made: Made, how: dict[str, str]) -> None:
    """Marked as automatic, or within a blink of a click elsewhere: they are victims, no crowd."""
    forced(made, **how)
    assert scored.flags(made, KIND) == []
    [flag] = scored.flags(made, "forced_subscription")
    assert flag["subject"] == {"type": "account", "id": "s3"}
    assert {f"x{k}" for k in range(35)} <= set(flag["participants"])
    signals = {signal["name"]: signal for signal in flag["evidence"]["signals"]}
    start, end = flag["evidence"]["window"].values()
    window = [e for e in made.events if e.get("target") == "s3" and start <= e["ts"] < end]
    automatic = [e for e in window if e["actor"].startswith("x")]
    assert signals["automatic"]["value"] == pytest.approx(len(automatic) / len(window))
    assert signals["volume"]["value"] == len(window)


def test_what_is_under_suspicion_is_not_learnt(made: Made) -> None:
    """Bought followers day after day do not become what is usual: the last ones are as surprising."""
    for day in (4, 5, 6, 7):
        for k in range(40):
            made.follow(day * DAY + 600 + k / 2, target="s3", **known(f"x{k}-{day}"))
    [flag] = scored.flags(made, KIND)
    named = set(flag["participants"])
    assert {f"x{k}-{day}" for day in (4, 7) for k in range(5, 35)} <= named


def test_a_slow_ramp(made: Made) -> None:
    """Ever more of them, from hardly any: the usual rate has no time to get used to it."""
    chance = random.Random(8)
    bought = 0
    for day in range(2, 8):
        for _ in range(5 * day):
            who = {**known(f"r{bought}"), "actor_created": START + (day * DAY - 2000) * 60_000}
            made.follow(day * DAY + chance.uniform(0, DAY - 60), target="s3", **who)
            bought += 1
    assert [flag["subject"]["id"] for flag in scored.flags(made, KIND)] == ["s3"]
