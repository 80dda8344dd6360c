"""Accounts that flags have named, met again in a crowd."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cases.crews import Crew
from detector.cases.findings import Finding, Signal
from detector.cases.life import QUIET_MS, REACH_MS
from detector.cases.reviews import Review
from detector.engine.cases import Cases
from models.hashing import hash_text
from tests.unit.detector.engine.checkpoints import RING, carry, finish, state

MINUTE = 60_000
DAY = 1440 * MINUTE
POOL = [f"bot{n:02}" for n in range(40)]
PUBLIC = [f"user{n:03}" for n in range(200)]


def found(
    subject: str, accounts: Iterable[str], ts: int, kind: str = "follower_jump", surprise: float = 9.0
) -> Finding:
    """A finding that becomes a flag."""
    names = sorted(accounts)
    signals = [Signal("volume", float(len(names)), 1.0, "many", surprise, "volume")]
    signals.append(Signal("same_device", 1.0, 0.1, "one device", surprise, "provenance"))
    return Finding(
        kind, "account", subject, ts, ts - MINUTE, ts, float(len(names)), 1.0, signals, names, len(names)
    )


def crowd(
    subject: str, accounts: list[str], ts: int, kind: str = "repost_inflation", surprise: float = 5.0
) -> Finding:
    one = found(subject, accounts, ts, kind)
    one.signals, one.crowd = [Signal("volume", one.observed, 1.0, "many", surprise, "volume")], True
    one.actors = np.unique(np.array([hash_text(name) for name in accounts], np.uint64)).tobytes()
    one.participants = []
    return one


def told(cases: Cases, *findings: Finding) -> list[dict[str, Any]]:
    upto = max(finding.ts for finding in findings) // MINUTE - 1
    return [msgspec.json.decode(flag) for _, flag in cases.step(upto, findings)]


def sold(cases: Cases, ts: int = 10 * MINUTE, **options: Any) -> None:
    """The pool was sold to two accounts."""
    assert len(told(cases, found("a", POOL[:30], ts, **options), found("b", POOL[10:], ts, **options))) == 2


def test_a_crew_inside_a_viral_moment_is_found_and_the_audience_is_not_named() -> None:
    cases = Cases(MINUTE)
    sold(cases)
    [flag] = told(cases, crowd("post", POOL[:25] + PUBLIC[:30], 60 * MINUTE))
    assert (flag["kind"], flag["subject"]["id"]) == ("repost_inflation", "post")
    assert flag["participants"] == POOL[:25]
    signal = flag["evidence"]["signals"][-1]
    assert signal["name"] == "known_crew"
    assert signal["value"] == pytest.approx(25 / 55, rel=1e-5)
    assert signal["why"].startswith("25 of 55 accounts were named by flags about 2 others (f-")


def test_nobody_is_known_who_was_not_named() -> None:
    assert told(Cases(MINUTE), crowd("post", POOL + PUBLIC[:60], 60 * MINUTE)) == []


def test_a_few_known_accounts_in_a_crowd_say_nothing() -> None:
    cases = Cases(MINUTE)
    sold(cases)
    assert told(cases, crowd("post", POOL[:9] + PUBLIC[:20], 60 * MINUTE)) == []
    assert told(cases, crowd("another", POOL[:15] + PUBLIC, 61 * MINUTE)) == []


def test_a_single_flag_does_not_bring_about_another() -> None:
    cases = Cases(MINUTE)
    told(cases, found("a", POOL, 10 * MINUTE), found("a", POOL, 10 * MINUTE, kind="follower_drop"))
    assert told(cases, crowd("post", POOL[:20] + PUBLIC[:20], 60 * MINUTE)) == []


def test_unless_it_is_the_same_accounts() -> None:
    cases = Cases(MINUTE)
    told(cases, found("a", POOL, 10 * MINUTE))
    [flag] = told(cases, crowd("post", POOL[:30] + PUBLIC[:5], 60 * MINUTE))
    assert flag["participants"] == POOL[:30]


def test_flags_about_the_subject_itself_say_nothing_new() -> None:
    cases = Cases(MINUTE)
    sold(cases)
    assert told(cases, crowd("a", POOL[:12] + PUBLIC[:10], 60 * MINUTE, kind="click_inflation")) == []


@pytest.mark.parametrize("kind", ["entity_cap", "forced_subscription", "copied_original"])
def test_owners_and_victims_are_no_crew(kind: str) -> None:
    cases = Cases(MINUTE)
    sold(cases, kind=kind)
    assert told(cases, crowd("post", POOL, 60 * MINUTE)) == []


def test_who_was_subscribed_by_force_is_no_crew_whatever_else_is_said_of_that_account() -> None:
    cases = Cases(MINUTE)
    sold(cases)
    told(cases, *(found(name, POOL, 20 * MINUTE, "forced_subscription") for name in "ab"))
    assert told(cases, crowd("post", POOL, 60 * MINUTE)) == []


def test_a_crowd_is_compared_with_later_flags_for_a_while() -> None:
    for wait, known in ((DAY, True), (3 * DAY, False)):
        cases = Cases(MINUTE)
        assert told(cases, crowd("post", POOL[:25] + PUBLIC[:10], 5 * MINUTE)) == []
        flags = told(
            cases, found("a", POOL[:30], 5 * MINUTE + wait), found("b", POOL[10:], 5 * MINUTE + wait)
        )
        assert any(flag["subject"]["id"] == "post" for flag in flags) == known
        # What was counted was counted then.
        for flag in flags:
            if flag["subject"]["id"] == "post":
                assert flag["ts"] == 5 * MINUTE + wait
                assert flag["evidence"]["window"]["end"] == 5 * MINUTE


def test_a_crowd_that_is_a_crew_by_some_others_names_nobody_for_them() -> None:
    cases = Cases(MINUTE)
    sold(cases)
    assert told(cases, crowd("post", POOL[:25] + PUBLIC[:20], 60 * MINUTE))
    # Still two sources, not three.
    [flag] = told(cases, crowd("other", POOL[:25] + PUBLIC[60:80], 70 * MINUTE))
    assert "by flags about 2 others" in flag["evidence"]["signals"][-1]["why"]


def test_a_flag_that_does_not_stand_names_nobody() -> None:
    cases = Cases(MINUTE)
    flags = told(cases, found("a", POOL[:30], 10 * MINUTE), found("b", POOL[10:], 10 * MINUTE))
    cases.review([Review(flags[0]["id"], "dismissed")])
    assert told(cases, crowd("post", POOL[:20] + PUBLIC[:20], 60 * MINUTE)) == []


def test_what_rested_on_flags_that_were_dismissed_is_held() -> None:
    cases = Cases(MINUTE)
    first, second, third = told(cases, *(found(name, POOL, 10 * MINUTE) for name in "abc"))
    (met,) = told(cases, crowd("post", POOL[:25] + PUBLIC[:30], 60 * MINUTE))
    (own,) = told(cases, found("d", POOL[:20], 70 * MINUTE))

    def decide(flag: dict[str, Any], decision: str) -> list[tuple[str, str]]:
        sent = [msgspec.json.decode(line) for _, line in cases.review([Review(flag["id"], decision)])]
        return [(one["id"], one["status"]) for one in sent]

    assert decide(first, "dismissed") == [(first["id"], "retracted")], "two others say the same"
    assert decide(second, "dismissed") == [(second["id"], "retracted"), (met["id"], "held")]
    assert decide(third, "dismissed") == [(third["id"], "retracted")], "once is enough"
    assert decide(met, "confirmed") == [(met["id"], "open")]
    assert decide(own, "dismissed") == [(own["id"], "retracted")]


def test_what_is_long_over_is_forgotten() -> None:
    cases = Cases(MINUTE)
    sold(cases)
    late = 10 * MINUTE + QUIET_MS + REACH_MS + DAY
    assert told(cases, crowd("post", POOL, late)) == []


def test_what_is_forgotten_is_no_part_of_what_is_usual_however_the_ticks_are_cut() -> None:
    findings = [found("a", POOL, 10 * MINUTE), found("b", POOL, 20 * MINUTE)]
    days = range(100, 200, 3)
    crowds = [crowd(f"post{day}", POOL[:3] + PUBLIC[day : day + 30], day * DAY) for day in days]
    whole, cut = Cases(MINUTE), Cases(MINUTE)
    whole.step(200 * 1440 - 1, [*findings, *crowds])
    cut.step(20, findings)
    for day in range(1, 200):
        cut.step(day * 1440 - 1, [one for one in crowds if one.ts == day * DAY])
    usual = [cases.scalars()["crews"]["moments"]["repost_inflation"] for cases in (whole, cut)]
    assert usual[0] == usual[1]
    assert 0.0 < usual[0][1] < len(crowds) * 3 / 33


def test_the_accounts_remembered_are_bounded() -> None:
    cases = Cases(MINUTE, crew=Crew(accounts=300))
    for n in range(20):
        told(cases, crowd(f"post{n}", PUBLIC[n : n + 50] + POOL[:25], (5 + n) * MINUTE))
    flags = told(cases, found("a", POOL[:30], 50 * MINUTE), found("b", POOL[10:], 50 * MINUTE))
    assert {flag["subject"]["id"] for flag in flags} - {"a", "b"} == {f"post{n}" for n in range(16, 20)}


def test_a_usual_share_is_learnt() -> None:
    """Where a fifth of every crowd is known, a quarter of one is nothing."""
    cases = Cases(MINUTE)
    sold(cases)
    for n in range(60):
        known = POOL[n % 30 : n % 30 + 8]
        told(cases, crowd(f"post{n}", known + PUBLIC[:32], (60 + n) * MINUTE))
    assert told(cases, crowd("late", POOL[:12] + PUBLIC[:36], 200 * MINUTE)) == []


_NAMES = st.lists(st.sampled_from(POOL + PUBLIC[:20]), min_size=10, max_size=40, unique=True)


@st.composite
def _findings(draw: st.DrawFn) -> tuple[int, list[Finding]]:
    """A unit of time, ms, and findings that are some of them apart, within an hour or most of a year."""
    out, unit = [], draw(st.sampled_from([MINUTE, 5 * DAY]))
    for _ in range(draw(st.integers(5, 25))):
        make = draw(st.sampled_from([found, crowd]))
        subject, ts = draw(st.sampled_from("abcdef")), draw(st.integers(5, 60)) * unit
        kind = draw(st.sampled_from(["follower_jump", "repost_inflation", "lockstep"]))
        out.append(make(subject, draw(_NAMES), ts, kind, draw(st.sampled_from([1.0, 4.0, 9.0]))))
    # A stage says one thing of a subject at a time.
    return unit, list({(one.ts, one.kind, one.subject, one.crowd): one for one in out}.values())


@settings(max_examples=60, deadline=None)
@given(_findings(), st.integers(5, 60), st.randoms(use_true_random=False))
def test_neither_batches_nor_a_restart_change_a_flag(
    made: tuple[int, list[Finding]], cut: int, random: Any
) -> None:
    (unit, findings), whole = made, Cases(MINUTE)
    a_unit = unit // MINUTE
    expected = whole.step(60 * a_unit - 1, findings)
    stage, twin = Cases(MINUTE), Cases(MINUTE)
    mixed = random.sample(findings, len(findings))
    said = stage.step(cut * a_unit - 1, [one for one in mixed if one.ts <= cut * unit])
    for seq in range(RING):
        carry(stage, twin, seq, RING)
    finish(stage, twin)
    said += twin.step(60 * a_unit - 1, [one for one in mixed if one.ts > cut * unit])
    assert said == expected
    assert state(twin) == state(whole)
