"""Reviewers' decisions: flags are retracted or let go, thresholds follow, nothing happens twice."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detector.cases.reviews import Decision, Review, raised
from detector.cases.rules import Rule
from detector.engine.cases import Cases
from tests.unit.detector.engine.checkpoints import carry, finish, state
from tests.unit.detector.engine.test_cases import MINUTE, finding, flags


def flagged(cases: Cases, **given: Any) -> dict[str, Any]:
    [flag] = flags(cases.step(9, [finding(**given)]))
    return flag


def decide(cases: Cases, flag: str, decision: Decision) -> list[dict[str, Any]]:
    return flags(cases.review([Review(flag, decision)]))


@pytest.mark.parametrize("decision", ["dismissed", "appeal_upheld"])
def test_a_flag_that_does_not_stand_is_retracted(decision: Decision) -> None:
    cases = Cases(MINUTE)
    flag = flagged(cases)
    [retracted] = decide(cases, flag["id"], decision)
    assert retracted == flag | {"status": "retracted", "revision": 2}


def test_the_same_decision_again_changes_nothing() -> None:
    cases = Cases(MINUTE)
    flag = flagged(cases)
    assert decide(cases, flag["id"], "dismissed")
    before = state(cases)
    assert decide(cases, flag["id"], "dismissed") == []
    assert state(cases) == before


def test_flags_that_were_decided_are_counted_by_their_last_decision() -> None:
    cases = Cases(MINUTE)
    flag = flagged(cases)
    assert cases.decided == {}
    for decision, counts in (
        ("confirmed", [1, 0]), ("confirmed", [1, 0]), ("appeal_upheld", [0, 1]), ("appeal_rejected", [1, 0])
    ):  # fmt: skip
        decide(cases, flag["id"], decision)  # type: ignore[arg-type]
        assert cases.decided == {flag["kind"]: counts}
    assert cases.scalars()["decided"] == cases.decided


def test_a_flag_stands_when_the_appeal_is_rejected() -> None:
    cases = Cases(MINUTE)
    flag = flagged(cases)
    assert decide(cases, flag["id"], "confirmed") == decide(cases, flag["id"], "appeal_rejected") == []
    [again] = flags(cases.step(19, [finding(ts=20 * MINUTE, names=50)]))
    assert (again["id"], again["status"]) == (flag["id"], "open")


def test_growing_evidence_does_not_bring_a_dismissed_flag_back_but_later_evidence_does() -> None:
    cases = Cases(MINUTE)
    flag = flagged(cases, surprise=9.0)
    decide(cases, flag["id"], "dismissed")
    assert cases.step(14, [finding(ts=15 * MINUTE, names=50, surprise=9.0)]) == []
    [other] = flags(cases.step(59, [finding(ts=60 * MINUTE, surprise=9.0)]))
    assert other["id"] != flag["id"]
    assert (other["status"], other["action"]["ladder_step"]) == ("open", flag["action"]["ladder_step"])


def test_a_held_flag_is_let_go_when_it_is_confirmed() -> None:
    cases = Cases(MINUTE, rules={"follower_jump": Rule("held", ("art19",))})
    flag = flagged(cases)
    assert (flag["status"], flag["action"]["legal_basis"]) == ("held", ["art19"])
    [confirmed] = decide(cases, flag["id"], "confirmed")
    assert (confirmed["status"], confirmed["revision"]) == ("open", 2)


def test_a_kind_in_the_shadow_is_counted_once_and_sent_when_it_is_on() -> None:
    cases = Cases(MINUTE, rules={"follower_jump": Rule("shadow")})
    assert cases.step(9, [finding()]) == cases.step(19, [finding(ts=20 * MINUTE, names=50)]) == []
    assert cases.shadowed == {"follower_jump": 1}
    cases.rules = {}
    [flag] = flags(cases.step(29, [finding(ts=30 * MINUTE, names=60)]))
    assert (flag["status"], flag["revision"]) == ("open", 1)


def test_a_kind_that_floods_is_held() -> None:
    cases = Cases(MINUTE, blast_radius=20)
    sent = flags(cases.step(9, [finding(f"s{n:03}") for n in range(100)]))
    assert [flag["status"] for flag in sent] == ["open"] * 20 + ["held"] * 80


def test_dismissals_raise_the_threshold_of_the_kind_and_confirmations_lower_it() -> None:
    cases = Cases(MINUTE)
    for n in range(3):
        flag = flagged(cases, subject=f"s{n}", surprise=9.0)
        decide(cases, flag["id"], "dismissed")
    assert cases.threshold_of("follower_jump") == pytest.approx(cases.threshold + 3 * 0.475)
    assert cases.threshold_of("lockstep") == cases.threshold
    assert cases.step(9, [finding("weak", surprise=4.0)]) == []
    assert Cases(MINUTE).step(9, [finding("weak", surprise=4.0)])
    # Of one flag only the first decision teaches.
    decide(cases, flag["id"], "confirmed")
    decide(cases, flag["id"], "dismissed")
    assert cases.threshold_of("follower_jump") == pytest.approx(cases.threshold + 3 * 0.475)
    decide(cases, flagged(cases, subject="strong", surprise=12.0)["id"], "confirmed")
    assert cases.threshold_of("follower_jump") == pytest.approx(cases.threshold + 1.4)


def test_the_share_of_dismissals_that_keeps_a_threshold_where_it_is() -> None:
    decades = 2.0
    for n in range(1000):
        decades = raised(decades, stands=n % 20 > 0)
    assert decades == pytest.approx(2.0, abs=0.5)
    assert raised(6.0, stands=False) == 6.0
    assert raised(0.0, stands=True) == 0.0


def test_decisions_about_unknown_flags_are_counted() -> None:
    cases = Cases(MINUTE)
    assert decide(cases, "f-none", "dismissed") == []
    assert cases.unknown_reviews == 1


def test_a_restored_stage_knows_what_was_decided() -> None:
    cases, other = Cases(MINUTE, blast_radius=2), Cases(MINUTE, blast_radius=2)
    sent = flags(cases.step(9, [finding(f"s{n}") for n in range(4)]))
    decide(cases, sent[0]["id"], "dismissed")
    carry(cases, other, 0, 1)
    finish(cases, other)
    assert state(other) == state(cases)
    for one in (cases, other):
        again = decide(one, sent[0]["id"], "dismissed") + decide(one, sent[3]["id"], "confirmed")
        assert [(flag["id"], flag["status"], flag["revision"]) for flag in again] == [
            (sent[3]["id"], "open", 2)
        ]


def test_a_review_is_small() -> None:
    assert msgspec.json.decode(msgspec.json.encode(Review("f-1", "confirmed")), type=Review).ts == 0


def test_flags_like_those_that_were_dismissed_are_held() -> None:
    cases, other = Cases(MINUTE, blast_radius=0), Cases(MINUTE, blast_radius=0)
    large = [flagged(cases, subject=f"l{n}", surprise=9.0, names=90) for n in range(12)]
    small = [flagged(cases, subject=f"s{n}", surprise=9.0, names=5) for n in range(12)]
    cases.review([Review(flag["id"], "confirmed") for flag in large])
    cases.review([Review(flag["id"], "dismissed") for flag in small])
    cases.raised.clear()
    carry(cases, other, 0, 1)
    finish(cases, other)
    for one in (cases, other):
        assert flagged(one, subject="l", surprise=9.0, names=90)["status"] == "open"
        held = flagged(one, subject="s", surprise=9.0, names=6)
        assert held["status"] == "held"
        assert held["evidence"]["signals"][-1]["name"] == "decided_alike"
        assert held["evidence"]["signals"][-1]["surprise"] == 0.0
