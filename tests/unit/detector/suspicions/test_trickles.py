"""A bundle of accounts whose followers come one by one, for months: no window holds many of them."""

from __future__ import annotations

import random

import pytest

from tests.unit.detector.made import DAY, Made, known, ordinary
from tests.unit.detector.suspicions import scored

KIND = "follower_jump"


@pytest.fixture
def made() -> Made:
    """Ordinary days, and people who follow two of a hundred others in a sitting for the rest of the year."""
    stream, chance = Made(), random.Random(5)
    ordinary(stream)
    for n in range(600):
        at, who = 8 * DAY + n * DAY * 300 / 600, known(f"y{n}")
        for k in range(2):
            stream.click(at + 2 * k, author=f"o{chance.randrange(100)}", **who)
            stream.follow(at + 2 * k + 1, target=f"o{chance.randrange(100)}", **who)
    return stream


def trickle(
    made: Made, others: list[str], n: int = 24, every: int = 12, begin: int = 10, name: str = "x"
) -> set[str]:
    """Somebody else follows t1 every so many days, a minute later the next one of the others."""
    for k in range(n):
        at, who = (begin + k * every) * DAY + 90 * k, known(f"{name}{k}")
        made.follow(at, target="t1", **who)
        made.follow(at + 1, target=others[k % len(others)], **who)
    return {f"{name}{k}" for k in range(n)}


def test_a_bundle_that_is_sold_for_months(made: Made) -> None:
    crowd = trickle(made, ["t2"])
    flags = {flag["subject"]["id"]: flag for flag in scored.flags(made, KIND)}
    assert flags.keys() == {"t1", "t2"}
    for flag in flags.values():
        named = set(flag["participants"])
        assert len(named) >= 18
        assert named <= crowd
        assert flag["window"]["end"] - flag["window"]["start"] >= 200 * DAY * 60_000
        [company] = (one for one in flag["evidence"]["signals"] if one["name"] == "company")
        assert company["value"] >= 18


def test_a_bundle_of_which_some_come_on_one_day(made: Made) -> None:
    crowd = trickle(made, ["t2"], n=4) | trickle(made, ["t2"], n=6, every=0, begin=63, name="w")
    flags = {flag["subject"]["id"]: flag for flag in scored.flags(made, KIND)}
    assert flags.keys() == {"t1", "t2"}
    for flag in flags.values():
        assert set(flag["participants"]) == crowd


def test_a_bundle_of_which_a_year_holds_fewer_than_ten(made: Made) -> None:
    crowd = trickle(made, ["t2"], n=14, every=45)
    flags = scored.flags(made, KIND)
    assert {flag["subject"]["id"] for flag in flags} == {"t1", "t2"}
    assert all(len(flag["participants"]) >= 10 and set(flag["participants"]) <= crowd for flag in flags)


def test_what_fewer_than_ten_do_is_a_household(made: Made) -> None:
    trickle(made, ["t2"], n=9)
    assert scored.flags(made, KIND) == []


def test_followers_who_share_nothing_but_one_account(made: Made) -> None:
    trickle(made, [f"o{k}" for k in range(12)])
    assert scored.flags(made, KIND) == []


def test_fans_of_one_account_among_the_followers_of_another(made: Made) -> None:
    """Of those who come one by one, half follow another account that is followed for itself."""
    trickle(made, ["t2", "o1", "t2", "o2", "o3"])
    for n in range(40):
        made.follow(9 * DAY + n * 7 * DAY, target="t2", **known(f"z{n}"))
    assert scored.flags(made, KIND) == []


@pytest.mark.parametrize(("n", "every"), [(24, 12 * DAY), (40, DAY // 8)])
def test_readers_of_two_accounts_of_one_author(made: Made, n: int, every: float) -> None:
    """One by one, or many within days once the accounts have begun: they read one and follow both."""
    chance = random.Random(9)
    for k in range(n):
        at, who = 10 * DAY + k * every, known(f"x{k}")
        one, other = chance.sample(["t1", "t2"], 2)
        made.click(at - 5, author=one, **who)
        made.follow(at, target=one, **who)
        if k % 5:
            made.follow(at + chance.uniform(2, 200), target=other, **who)
    assert scored.flags(made, KIND) == []
