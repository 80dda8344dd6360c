"""The cases' stage: findings become flags, flags grow, and the order of arrival does not matter."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cases.findings import Finding, Signal
from detector.cases.life import QUIET_MS
from detector.engine.cases import Cases
from tests.unit.detector.engine.checkpoints import RING, carry, finish, state

MINUTE = 60_000
DAY = 1440 * MINUTE


def finding(
    subject: str = "s",
    ts: int = 10 * MINUTE,
    surprise: float = 6.0,
    names: int = 5,
    kind: str = "follower_jump",
) -> Finding:
    signals = [
        Signal("volume", float(names), 1.0, "many", surprise, "volume"),
        Signal("fresh_actors", 1.0, 0.1, "new", surprise, "provenance"),
    ]
    people = sorted(f"u{n}" for n in range(names))
    return Finding(
        kind,
        "account",
        subject,
        ts,
        ts - 9 * MINUTE,
        ts,
        float(names),
        1.0,
        signals,
        people,
        names,
        samples=["e1"],
    )


def flags(said: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(flag) for _, flag in said]


def test_a_finding_becomes_a_flag() -> None:
    cases = Cases(MINUTE, 1.0, {"rules": "r1"})
    [(subject, raw)] = cases.step(9, [finding()])
    flag = msgspec.json.decode(raw)
    assert subject == "s"
    assert flag["subject"] == {"type": "account", "id": "s"}
    assert (flag["revision"], flag["status"], flag["versions"]) == (1, "open", {"rules": "r1"})
    assert flag["participants"] == ["u0", "u1", "u2", "u3", "u4"]
    assert flag["evidence"]["samples"] == ["e1"]
    assert 0.5 < flag["score"] <= 1.0
    assert cases.flagged == {"follower_jump": 1}


@pytest.mark.parametrize(("budget", "flagged"), [(0.0001, False), (1.0, True), (10_000.0, True)])
def test_the_budget_sets_the_threshold(budget: float, flagged: bool) -> None:
    assert bool(Cases(MINUTE, budget).step(9, [finding(surprise=4.5)])) == flagged


def test_weak_evidence_waits_and_is_not_lost() -> None:
    cases = Cases(MINUTE)
    assert cases.step(9, [finding(surprise=1.0)]) == []
    [flag] = flags(cases.step(19, [finding(ts=20 * MINUTE, names=9)]))
    assert flag["window"] == {"start": MINUTE, "end": 20 * MINUTE}
    assert flag["revision"] == 1


def test_a_flag_is_sent_again_when_it_has_grown() -> None:
    cases = Cases(MINUTE)
    [first] = flags(cases.step(9, [finding(names=10)]))
    assert cases.step(10, [finding(ts=11 * MINUTE, names=11)]) == []
    [second] = flags(cases.step(11, [finding(ts=12 * MINUTE, names=13)]))
    assert second["id"] == first["id"]
    assert second["revision"] == 2
    assert second["participants_total"] == 13
    assert cases.flagged == {"follower_jump": 1}


def test_after_long_quiet_it_is_another_case() -> None:
    cases = Cases(MINUTE)
    [first] = flags(cases.step(9, [finding()]))
    later = 10 * MINUTE + QUIET_MS + 10 * MINUTE
    [second] = flags(cases.step(later // MINUTE, [finding(ts=later)]))
    assert second["id"] != first["id"]
    assert second["revision"] == 1
    assert second["action"]["ladder_step"] == first["action"]["ladder_step"] + 1
    assert second["role"] == "beneficiary"


def test_kinds_are_cases_of_their_own() -> None:
    cases = Cases(MINUTE)
    said = flags(cases.step(9, [finding(), finding(kind="follower_drop")]))
    assert [flag["kind"] for flag in said] == ["follower_drop", "follower_jump"]
    assert len({flag["id"] for flag in said}) == 2


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_sources_interleaving_does_not_matter(chance: random.Random) -> None:
    findings = [finding(s, t * MINUTE, names=n) for s in "abc" for t, n in ((10, 5), (11, 9), (12, 14))]
    expected = Cases(MINUTE).step(12, findings)
    shuffled = findings.copy()
    chance.shuffle(shuffled)
    assert Cases(MINUTE).step(12, shuffled) == expected
    cases = Cases(MINUTE)
    parts = [[one for one in shuffled if one.ts == t * MINUTE] for t in (10, 11, 12)]
    assert [flag for part in parts for flag in cases.step(0, part)] == expected


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_flags_do_not_depend_on_how_quiet_months_cut_the_ticks(chance: random.Random) -> None:
    days = sorted(chance.sample(range(1, 900), 12))
    findings = [
        msgspec.structs.replace(
            finding(ts=day * DAY, names=5 + 9 * k), start=max(0, day - chance.choice((1, 40, 60, 300))) * DAY
        )
        for k, day in enumerate(days)
    ]
    whole = Cases(MINUTE).step(901 * 1440, findings)
    cases, said, step = Cases(MINUTE), [], chance.choice((1, 7, 30, 100))
    for day in range(step, 901 + step, step):
        found = [one for one in findings if (day - step) * DAY < one.ts <= day * DAY]
        said += cases.step(day * 1440 - 1, found)
    assert said == whole
    assert len({flag["id"] for flag in flags(whole)}) == sum(flag["revision"] == 1 for flag in flags(whole))


def test_a_checkpoint_in_the_middle() -> None:
    chance = random.Random(3)
    steps = [
        (
            t,
            [
                finding(
                    f"s{chance.randrange(6)}", (t + 1) * MINUTE, chance.uniform(1, 8), chance.randrange(3, 60)
                )
            ],
        )
        for t in [*range(30), *range(30_000, 30_060)]
    ]
    stage, twin = Cases(MINUTE), Cases(MINUTE)
    for t, found in steps[:30]:
        stage.step(t, found)
    for seq in range(RING):
        carry(stage, twin, seq, RING)
    for t, found in steps[30:60]:
        stage.step(t, found)
    carry(stage, twin, RING, RING)
    finish(stage, twin)
    assert [twin.step(*one) for one in steps[60:]] == [stage.step(*one) for one in steps[60:]]
    assert state(twin) == state(stage)
    assert twin.flagged
