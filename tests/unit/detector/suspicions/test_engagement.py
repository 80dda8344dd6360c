"""Clicks, reposts and comments: what is bought and what is not, and whether the numbers are the events'."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest

from detector.engine.engagement import Engagement
from tests.unit.detector.made import DAY, START, Made, known
from tests.unit.detector.reading import (
    click_and_react,
    distributed,
    farm,
    flood,
    have_lived,
    hired,
    people_read,
    read,
)
from tests.unit.detector.suspicions import scored
from tests.unit.detector.worlds import TICK

KINDS = ("click_inflation", "repost_inflation", "comment_inflation")
AT = 7 * DAY + 500
CONTENT, AUTHOR, AUTHOR_NUMBER = "p3-7", "a3", 3


@pytest.fixture
def made() -> Made:
    stream = Made()
    people_read(stream)
    return stream


def flags(made: Made) -> list[dict[str, Any]]:
    return [flag for flag in scored.all_flags(made) if flag["kind"] in KINDS]


def one(made: Made, kind: str) -> dict[str, Any]:
    """The only flag, which is of this kind and about the content."""
    [flag] = flags(made)
    assert (flag["kind"], flag["subject"]) == (kind, {"type": "content", "id": CONTENT})
    assert flag["contents"] == [CONTENT]
    return flag


def named(flag: dict[str, Any], crew: Iterable[dict[str, object]]) -> tuple[float, float]:
    """(precision, recall) of the participants."""
    told, truth = set(flag["participants"]), {who["actor"] for who in crew}
    return len(told & truth) / len(told), len(told & truth) / len(truth)


def test_ordinary_days(made: Made) -> None:
    assert flags(made) == []


def test_a_click_farm(made: Made) -> None:
    farm(made, CONTENT, AUTHOR, AT)
    precision, recall = named(one(made, "click_inflation"), [known(f"f{k}") for k in range(25)])
    assert precision >= 0.9
    assert recall == 1.0


def test_a_farm_shows_at_its_first_clicks(made: Made) -> None:
    farm(made, "p3-9", AUTHOR, AT + 1440, accounts=25)
    [flag] = flags(made)
    assert flag["ts"] <= START + (AT + 1440 + 26) * 60_000


@pytest.mark.parametrize("shown", [True, False])
def test_distributed_clicks_by_accounts_with_a_history(shown: bool) -> None:
    made, crew = Made(), hired(300 if shown else 400)
    people_read(made, shown=shown)
    have_lived(made, crew)
    distributed(made, CONTENT, AUTHOR, AT, crew)
    precision, recall = named(one(made, "click_inflation"), crew)
    assert precision >= 0.85
    assert recall >= 0.9


def test_distributed_clicks_within_a_viral_moment(made: Made) -> None:
    crew = hired(900)
    have_lived(made, crew)
    read(made, CONTENT, AUTHOR, AT - 60, 300, random.Random(3), hours=8)
    distributed(made, CONTENT, AUTHOR, AT, crew)
    # Who came while most were honest is not told from them.
    _, recall = named(one(made, "click_inflation"), crew)
    assert recall >= 0.75


def test_a_viral_post(made: Made) -> None:
    read(made, CONTENT, AUTHOR, AT, 900, random.Random(4), hours=8, zeal=1.3)
    assert flags(made) == []


def test_a_recommendation_slot_that_brings_newcomers(made: Made) -> None:
    chance = random.Random(5)
    for n in range(500):
        who = known(f"new{n}") | {"actor_created": 1_767_225_600_000 + 6 * DAY * 60_000}
        moment = AT + n * 0.4
        made.add("click", moment, content=CONTENT, author=AUTHOR, source="recommend", dwell_ms=8000, **who)
        if chance.random() < 0.15:
            made.add("repost", moment + 2, content=CONTENT, author=AUTHOR, **who)
        if n % 10 == 9:
            made.add("exposure", moment + 0.5, count=120, content=CONTENT, author=AUTHOR)
    assert flags(made) == []


@pytest.mark.parametrize("kind", ["repost", "comment"])
@pytest.mark.parametrize("size", [25, 120])
def test_bought_reposts_and_comments(made: Made, kind: str, size: int) -> None:
    """By accounts with a history; that they were sold the day before comes to light as well."""
    crew = hired(size)
    have_lived(made, crew)
    flood(made, kind, "p9-6", "a9", AT - DAY, crew)
    flood(made, kind, CONTENT, AUTHOR, AT, crew)
    told = {flag["subject"]["id"]: flag for flag in flags(made)}
    assert set(told) == {CONTENT, "p9-6"}
    for flag in told.values():
        assert flag["kind"] == f"{kind}_inflation"
        precision, recall = named(flag, crew)
        assert precision >= 0.8
        assert recall >= (0.85 if flag["subject"]["id"] == CONTENT else 0.6)


@pytest.mark.parametrize(("size", "told"), [(9, True), (5, False)])
def test_bought_comments_show_while_they_are_few(made: Made, size: int, told: bool) -> None:
    crew = hired(size)
    have_lived(made, crew)
    for author, day in ((9, 6), (AUTHOR_NUMBER, 7)):
        flood(made, "comment", f"p{author}-{day}", f"a{author}", AT - (7 - day) * DAY, crew)
    assert (CONTENT in {flag["subject"]["id"] for flag in flags(made)}) == told


def test_a_crowd_that_has_not_read_and_is_no_company(made: Made) -> None:
    """Everybody greets: none of them has met the host, none has read, none came with a crowd before."""
    for n in range(200):
        made.add(
            "comment", AT + n / 2, content=CONTENT, author=AUTHOR, text="good morning", **known(f"u{n * 9}")
        )
    assert flags(made) == []


def test_a_class_that_joins_together(made: Made) -> None:
    """All new, all from one address; they follow one another's choices within minutes and come back."""
    chance = random.Random(21)
    pupils = [
        known(f"pupil{n}") | {"ip": "school", "actor_created": START + (AT - 60) * 60_000} for n in range(40)
    ]
    for author in (5, AUTHOR_NUMBER):
        for who in pupils:
            made.follow(AT - 20 + author + chance.uniform(0, 5), target=f"a{author}", **who)
    for who in pupils:
        for _ in range(chance.randrange(1, 5)):
            moment = AT + chance.uniform(0, 60)
            click_and_react(made, CONTENT, AUTHOR, moment, who, chance)
    assert flags(made) == []


def test_newcomers_who_come_back_to_what_one_of_them_has_published(made: Made) -> None:
    """A company's first day: in the evening, at home, everybody reads it again and again."""
    chance = random.Random(22)
    staff = [known(f"staff{n}") | {"actor_created": START + (AT - 600) * 60_000} for n in range(40)]
    for who in staff:
        made.follow(AT - 590 + chance.uniform(0, 60), target="a5", **who | {"ip": "office"})
        for _ in range(10):
            click_and_react(made, CONTENT, AUTHOR, AT + chance.uniform(0, 300), who, chance)
    assert flags(made) == []


def test_strangers_that_come_out_of_nowhere_to_repost_and_do_nothing_else(made: Made) -> None:
    crew = hired(40)
    have_lived(made, crew)
    flood(made, "repost", CONTENT, AUTHOR, AT, crew)
    precision, recall = named(one(made, "repost_inflation"), crew)
    assert min(precision, recall) >= 0.7


def test_a_repost_to_win(made: Made) -> None:
    """Half of them never open it; they follow, as the rules ask."""
    chance = random.Random(6)
    for n in range(60):
        who, moment = known(f"u{n * 2}"), AT + n
        if n % 2:
            made.add("click", moment - 1, content=CONTENT, author=AUTHOR, dwell_ms=8000, **who)
        made.add("repost", moment, content=CONTENT, author=AUTHOR, **who)
        made.follow(moment + chance.uniform(0.2, 3), target=AUTHOR, **who)
    assert [flag for flag in flags(made) if flag["kind"] == "repost_inflation"] == []


def test_strangers_in_company_and_fans(made: Made) -> None:
    """The same people repost two contents of one author; a fan club has met him before."""
    for name, day, flagged in (("h", 7, True), ("u", 7, False)):
        made, crew = Made(), [known(f"{name}{k}") for k in range(40)]
        people_read(made)
        have_lived(made, crew)
        for who in crew if not flagged else []:
            made.add("click", 3 * DAY + 800, content="p3-3", author=AUTHOR, **who)
        for content in (CONTENT, "p3-6"):
            chance = random.Random(13)
            for who in crew:
                moment = day * DAY + 500 + chance.uniform(0, 50)
                made.add("click", moment - 1, content=content, author=AUTHOR, dwell_ms=3000, **who)
                made.add("repost", moment, content=content, author=AUTHOR, **who)
        told = {flag["subject"]["id"] for flag in flags(made) if flag["kind"] == "repost_inflation"}
        assert bool(told) == flagged, name


def test_a_crew_that_comes_back_and_was_sold_before(made: Made) -> None:
    """They talk and follow, so they are not silent; that the same people come again and again tells."""
    crew, chance = hired(30), random.Random(14)
    have_lived(made, crew)
    flood(made, "comment", "p9-6", "a9", AT - DAY, crew)
    for who in crew:
        for _ in range(4):
            click_and_react(made, CONTENT, AUTHOR, AT + chance.uniform(0, 120), who, chance, zeal=3)
    sold = [flag for flag in flags(made) if flag["kind"] == "click_inflation"]
    assert [flag["subject"]["id"] for flag in sold] == [CONTENT]
    assert "keen_strangers" in {signal["name"] for signal in sold[0]["evidence"]["signals"]}


def test_a_farm_on_a_platform_that_reports_no_devices(made: Made) -> None:
    for n in range(240):
        who = {"actor": f"f{n % 30}", "ip": f"line{n % 3}"}
        made.add("click", AT + n / 2, content=CONTENT, author=AUTHOR, **who)
    _, recall = named(one(made, "click_inflation"), [{"actor": f"f{n}"} for n in range(30)])
    assert recall >= 0.9


def test_a_giveaway(made: Made) -> None:
    """All repost and half of them comment, as the rules ask; they have read them."""
    chance = random.Random(6)
    for n in range(150):
        who, moment = known(f"u{n * 2}"), AT + n
        if chance.random() < 0.95:
            made.add("click", moment - 1, content=CONTENT, author=AUTHOR, dwell_ms=8000, **who)
        made.add("repost", moment, content=CONTENT, author=AUTHOR, **who)
        if n % 2:
            made.add("comment", moment + 1, content=CONTENT, author=AUTHOR, text="I take part", **who)
    assert flags(made) == []


def test_a_fan_club_that_reposts_its_idol_every_time(made: Made) -> None:
    chance = random.Random(8)
    for day in range(8):
        on: dict[str, object] = {"content": f"song{day}", "author": "idol"}
        for n in range(40):
            who, moment = known(f"u{n}"), day * DAY + 600 + chance.uniform(0, 6)
            made.add("click", moment, dwell_ms=9000, source="profile", **on, **who)
            made.add("repost", moment + 0.5, **on, **who)
    assert flags(made) == []


def test_a_media_house_whose_accounts_repost_one_another(made: Made) -> None:
    chance = random.Random(9)
    for day in range(8):
        for story in range(3):
            on: dict[str, object] = {"content": f"story{day}-{story}", "author": f"desk{story}"}
            for n in range(3, 13):
                who = known(f"desk{n}") | {"ip": "office"}
                made.add("repost", day * DAY + 500 + 100 * story + chance.uniform(0, 9), **on, **who)
            read(made, f"story{day}-{story}", f"desk{story}", day * DAY + 520 + 100 * story, 15, chance)
    assert flags(made) == []


def test_nobody_is_accused_on_the_first_day() -> None:
    made = Made()
    people_read(made, days=1)
    for n in range(200):
        made.click(700 + n, **known(f"v{n}"), author="a3")
        made.add("comment", 701 + n, content="p-a3", author="a3", text=f"hello {n}", **known(f"w{n}"))
    assert flags(made) == []


@pytest.mark.parametrize("kind", ["click", "repost", "comment"])
def test_the_numbers_are_those_of_the_events(made: Made, kind: str) -> None:
    crew = hired(60)
    have_lived(made, crew)
    if kind == "click":
        farm(made, CONTENT, AUTHOR, AT)
    else:
        flood(made, kind, "p9-6", "a9", AT - DAY, crew)
        flood(made, kind, f"{CONTENT}-too", AUTHOR, AT - 60, crew[:30])
        flood(made, kind, CONTENT, AUTHOR, AT, crew)
    found = scored.findings(made, Engagement(TICK, log=1 << 15))
    assert len(found) >= 2
    found = [finding for finding in found if finding.subject == CONTENT]
    for finding in found:
        told, expected = scored.values(finding), recounted(made, kind, finding.since, finding.ts)
        assert told == pytest.approx({name: expected[name] for name in told})
        assert finding.observed == expected["volume"]
        assert finding.participants_total == len(finding.participants)
        of = {event["id"]: event for event in made.events}
        assert all(of[sample]["content"] == CONTENT for sample in finding.samples)


def came_with_a_crowd(who: str) -> bool:
    """Whether an account was among those of `flood` the day before that had not read."""
    return who[0] == "h" and int(who[1:]) % 4 != 0


def recounted(made: Made, kind: str, since: int, until: int) -> dict[str, float]:
    """The signals' values as a person would count them."""
    events = sorted(made.events, key=lambda event: int(event["ts"]))
    on = [e for e in events if e.get("content") == CONTENT and e["ts"] < until]
    acts = [e for e in on if e["type"] == kind and e["ts"] >= since]
    first: dict[str, dict[str, Any]] = {}
    times: dict[str, int] = {}
    for act in acts:
        first.setdefault(act["actor"], act)
        times[act["actor"]] = times.get(act["actor"], 0) + 1
    n = len(first)
    seen = scored.first_seen(made)

    def shared(field: str) -> float:
        return 1 - len({act[field] for act in first.values()}) / n

    def before(act: dict[str, Any]) -> int:
        return sum(e["ts"] < act["ts"] and e.get("actor") == act["actor"] for e in events)

    def unread(act: dict[str, Any]) -> bool:
        return not any(
            e["type"] == "click" and e["actor"] == act["actor"] and e["ts"] < act["ts"] for e in on
        )

    def stranger(act: dict[str, Any]) -> bool:
        met = next(e for e in on if e.get("actor") == act["actor"])
        return not scored.touched_before(made, met, AUTHOR)

    settled = {actor for actor, act in first.items() if act["ts"] <= until - 300_000}
    readers = {e["actor"] for e in on if e["type"] == "click" and e["ts"] >= since}
    besides = {
        e["actor"]
        for e in events
        if kind == "repost"
        and since - DAY * 60_000 <= e["ts"] < until
        and (e.get("target") == AUTHOR or (e["type"] == "comment" and e.get("content") == CONTENT))
    }
    nowhere = sum(unread(act) and stranger(act) for who, act in first.items() if who not in besides)
    serial = {who for who, act in first.items() if stranger(act) and came_with_a_crowd(who)}
    engaged = {
        e["actor"]
        for e in events
        if since <= e["ts"] < until
        and e.get("actor") in settled
        and (
            e.get("target") == AUTHOR or (e.get("content") == CONTENT and e["type"] in ("repost", "comment"))
        )
    }
    reports = [e["ts"] for e in on if e["type"] == "exposure"]
    due = sum(e["ts"] <= max(reports, default=0) for e in acts)
    shown = sum(e["count"] for e in on if e["type"] == "exposure" and e["ts"] >= since)
    elsewhere = {
        e["actor"]
        for e in events
        if e["type"] == kind
        and e["author"] == AUTHOR
        and e["content"] != CONTENT
        and since - DAY * 60_000 <= e["ts"] < until
    }
    minutes: dict[int, int] = {}
    for act in acts:
        minutes[scored.minute_of(act)] = minutes.get(scored.minute_of(act), 0) + 1
    return {
        "volume": len(acts),
        "fresh_actors": sum(scored.minute_of(a) - seen[a["actor"]] < 1440 for a in first.values()) / n,
        "blank_actors": sum(before(act) < 4 for act in first.values()) / n,
        "young_accounts": sum(map(scored.is_young, first.values())) / n,
        "no_earlier_touch": sum(map(stranger, first.values())) / n,
        "same_device": shared("device"),
        "same_address": shared("ip"),
        "came_back": sum(count >= 3 for count in times.values()) / n,
        "same_minute": max(minutes.values()) / len(acts),
        "unread": sum(map(unread, first.values())) / n,
        "no_engagement": 1 - len(engaged) / max(1, len(settled)),
        "unexposed": due / max(1, due + shown),
        "same_company": len(elsewhere & first.keys()) / n,
        "serial_actors": len(serial) / n,
        "keen_strangers": sum(times[who] >= 3 for who in serial) / n,
        "talked_again": sum(count >= 2 for count in times.values()) / n,
        "proportion": n / (n + len(readers)),
        "out_of_nowhere": nowhere / max(1, nowhere + len(readers)),
    }
