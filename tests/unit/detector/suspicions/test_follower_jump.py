"""A jump of followers: what is one, what is none, and whether its numbers are the events'."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from detector.engine.subjects import Subjects
from tests.unit.detector.made import DAY, Made, buy, known, ordinary
from tests.unit.detector.suspicions import scored
from tests.unit.detector.worlds import TICK

KIND = "follower_jump"


@pytest.fixture
def made() -> Made:
    stream = Made()
    ordinary(stream)
    return stream


def test_bought_followers(made: Made) -> None:
    buy(made, "s3", 6 * DAY + 600, n=40)
    [flag] = scored.flags(made, KIND)
    assert flag["subject"] == {"type": "account", "id": "s3"}
    bought = {f"b-{n}" for n in range(40)}
    named = set(flag["participants"])
    assert named <= bought | {f"u{n}" for n in range(80)}
    assert len(named & bought) >= 36
    assert len(named - bought) <= 2
    ids = {event["id"]: event for event in made.events}
    assert all(ids[sample]["target"] == "s3" for sample in flag["evidence"]["samples"])


def test_they_may_follow_a_second_customer_too(made: Made) -> None:
    buy(made, "s3", 6 * DAY + 600, n=40, other="s5")
    assert {flag["subject"]["id"] for flag in scored.flags(made, KIND)} == {"s3", "s5"}


def test_ordinary_days(made: Made) -> None:
    assert scored.flags(made, KIND) == []


def test_known_people_whom_something_brought(made: Made) -> None:
    for n in range(60):
        who = known(f"u{n}")
        made.click(6 * DAY + 600 + n / 2, author="s3", **who)
        made.follow(6 * DAY + 602 + n / 2, target="s3", **who)
    assert scored.flags(made, KIND) == []


def test_new_people_whom_a_viral_post_brought(made: Made) -> None:
    for n in range(60):
        who = known(f"v{n}")
        made.click(6 * DAY + 600 + n / 2, author="s3", **who)
        made.follow(6 * DAY + 600 + n / 2 + n % 7, target="s3", **who)
    assert scored.flags(made, KIND) == []


def test_a_celebrity(made: Made) -> None:
    chance = random.Random(5)
    for day in range(8):
        for n in range(150):
            who, at = known(f"v{chance.randrange(100 * day + 100)}"), day * DAY + chance.uniform(400, DAY)
            if n % 3:
                made.click(at, author="star", **who)
            made.follow(at + 1, target="star", **who)
    assert scored.flags(made, KIND) == []


def test_a_day_on_which_everybody_grows(made: Made) -> None:
    """The platform is in the news: newcomers everywhere."""
    chance = random.Random(6)
    for n in range(400):
        who, at = known(f"v{n}"), 6 * DAY + 600 + chance.uniform(0, 300)
        target = f"s{chance.randrange(12)}"
        made.click(at, author=target, **who)
        made.follow(at + 3, target=target, **who)
    assert scored.flags(made, KIND) == []


def test_the_numbers_are_those_of_the_events(made: Made) -> None:
    buy(made, "s3", 6 * DAY + 600, n=40, other="s5")
    found = [one for one in scored.findings(made, Subjects(TICK, log=1 << 14)) if one.subject == "s3"]
    assert len(found) >= 2
    first = scored.first_seen(made)
    follows = [event for event in made.events if event.get("action") == "subscribe"]
    for finding in found:
        start = finding.since
        window = [event for event in follows if event["target"] == "s3" and start <= event["ts"] < finding.ts]
        n = len(window)
        others: Counter[str] = Counter()
        company: dict[str, set[str]] = {}
        for actor in {event["actor"] for event in window}:
            near = scored.session(follows, actor, finding.ts)
            company[actor] = {event["target"] for event in near} - {"s3"}
            others.update(company[actor])
        cold = [event for event in window if not scored.touched_before(made, event, "s3")]
        crowds = scored.crowds(follows)
        told = scored.values(finding)
        apart = window
        if "company" in told:
            apart = [event for event in window if others.most_common(1)[0][0] not in company[event["actor"]]]
        clicks = [e for e in made.events if e["type"] == "click" and start <= e["ts"] < finding.ts]
        expected = {
            "volume": n,
            "out_of_nowhere": len({event["ip"] for event in cold}),
            "earlier_crowds": sum(crowds[event["id"]] for event in apart) / max(len(apart), 1),
            "engagement": sum(event["author"] == "s3" for event in clicks),
            "company": others.most_common(1)[0][1],
            "fresh_actors": sum(scored.minute_of(e) - first[e["actor"]] < 1440 for e in cold) / n,
            "no_earlier_touch": len(cold) / n,
            "young_accounts": sum(map(scored.is_young, window)) / n,
            "same_address": 1 - len({event["ip"] for event in window}) / n,
            "same_device": 1 - len({event["device"] for event in window}) / n,
            "same_minute": Counter(map(scored.minute_of, window)).most_common(1)[0][1] / n,
        }
        assert {"volume", "no_earlier_touch", "young_accounts"} <= told.keys()
        assert told == pytest.approx({name: expected[name] for name in told})
        assert finding.observed == n
        assert finding.participants_total == len(finding.participants)


def test_a_crowd_that_follows_another_account_says_nothing_of_one_it_follows_too(made: Made) -> None:
    """Many active people follow s9 within an hour; some of them are among those who lately followed s0."""
    for k in range(200):
        who = {"actor": f"v{k}", "ip": f"iv{k}", "device": f"dv{k}"}
        made.click(6 * DAY - 1801 + k * 12, author="s0", **who)
        made.follow(6 * DAY - 1800 + k * 12, target="s0", **who)
        if k % 5 == 0:
            made.click(6 * DAY + 599 + k * 0.3, author="s9", **who)
            made.follow(6 * DAY + 600 + k * 0.3, target="s9", **who)
    assert [one for one in scored.findings(made, Subjects(TICK, log=1 << 14)) if one.subject == "s0"] == []
