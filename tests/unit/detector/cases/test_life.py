"""Cases open, grow and end."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cases import life
from detector.cases.findings import Finding, Signal

DAY = 86_400_000


def finding(
    start: int = 0,
    end: int = 600_000,
    names: int = 5,
    first: int = 0,
    surprise: float = 8.0,
    subject: str = "s",
) -> Finding:
    signals = [
        Signal("volume", names, 1.23456789, "why", surprise),
        Signal("p", 1, 0.1, "why", surprise, "provenance"),
    ]
    people = sorted(f"u{n:05}" for n in range(first, first + names))
    return Finding("follower_jump", "account", subject, end, start, end, names, 1.0, signals, people, names)


FINDINGS = st.builds(finding, st.integers(0, 9), st.integers(10, 99), st.integers(1, 9), st.integers(0, 30))


def opened(one: Finding) -> life.Case:
    return life.opened(one, "rules", None)


def test_ids_tell_cases_apart() -> None:
    ids = {
        opened(finding()).id,
        opened(finding(start=1)).id,
        opened(finding(subject="t")).id,
        life.opened(finding(), "other rules", None).id,
    }
    assert len(ids) == 4
    assert opened(finding()).id == opened(finding(names=9)).id
    assert all(one.startswith("f-") and len(one) == 22 for one in ids)


def test_the_stronger_evidence_stands() -> None:
    case = opened(finding(surprise=8.0))
    before = case.surprise
    life.grow(case, finding(end=700_000, surprise=2.0, first=3))
    assert case.surprise == before
    assert case.observed == 5
    assert case.signals[0].surprise == 8.0
    assert len(case.participants) == 8
    life.grow(case, finding(end=800_000, surprise=2.0, names=7))
    assert case.signals[0].surprise == 2.0, "more than a fifth more: the numbers are those of now"
    assert case.surprise == before


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(FINDINGS, min_size=1, max_size=8))
def test_windows_and_names_only_grow(findings: list[Finding]) -> None:
    case = opened(findings[0])
    for number, one in enumerate(findings[1:], 2):
        life.grow(case, one)
        assert case.start == min(f.start for f in findings[:number])
        assert case.end == max(f.end for f in findings[:number])
        assert case.participants == {name for f in findings[:number] for name in f.participants}
        assert case.participants_total >= len(case.participants)
    packed = msgspec.msgpack.encode(case)
    assert msgspec.msgpack.decode(packed, type=life.Case) == case


def test_a_flag_keeps_the_time_at_which_its_evidence_sufficed() -> None:
    case = opened(finding(end=600_000))
    assert life.flag(case, 6.0, {}).ts == 600_000
    life.grow(case, finding(end=900_000, first=40))
    later = life.flag(case, 6.0, {})
    assert (later.revision, later.ts) == (2, 600_000)
    assert later.evidence.window.end == 900_000


def test_names_are_bounded() -> None:
    case = opened(finding(names=9_000))
    life.grow(case, finding(names=9_000, first=8_000))
    life.grow(case, finding(names=9_000, first=50_000))
    flag = life.flag(case, 6.0, {})
    assert len(flag.participants) == life.MOST_NAMED
    assert flag.participants == sorted(flag.participants)
    assert flag.participants_total == 17_000


def test_due() -> None:
    case = opened(finding(names=10))
    assert life.due(case, 6.0)
    assert not life.due(case, 99.0)
    life.flag(case, 6.0, {})
    assert not life.due(case, 6.0)
    life.grow(case, finding(names=11))
    assert not life.due(case, 6.0)
    life.grow(case, finding(names=12))
    assert life.due(case, 6.0)


def test_quiet_ends_a_case() -> None:
    case = opened(finding(end=1000))
    start = 1000 + life.QUIET_MS
    assert not life.ended(case, finding(start, start + DAY))
    assert life.ended(case, finding(start + 1, start + DAY))


def test_names_are_kept_while_a_finding_may_still_belong_to_the_case() -> None:
    case = opened(finding(end=1000))
    last = 1000 + life.QUIET_MS + life.REACH_MS
    assert not life.over(case, last)
    assert not life.ended(case, finding(0, last))
    assert life.over(case, last + 1)
    assert life.ended(case, finding(0, last + 1))


def test_a_case_after_another_has_an_id_of_its_own() -> None:
    first = opened(finding(end=1000))
    assert life.opened(finding(end=9 * DAY), "rules", first).id != first.id


def test_repetitions_count_those_that_were_flagged() -> None:
    first = opened(finding())
    assert life.opened(finding(start=DAY), "rules", first).repetitions == 0
    life.flag(first, 6.0, {})
    second = life.opened(finding(start=DAY), "rules", first)
    assert second.repetitions == 1
    life.flag(second, 6.0, {})
    assert life.opened(finding(start=2 * DAY), "rules", second).repetitions == 2


def test_the_flag_says_what_the_case_has_come_to() -> None:
    case = opened(finding(names=150))
    flag = life.flag(case, 6.0, {"rules": "r"})
    assert (flag.revision, flag.status, flag.role, flag.severity) == (1, "open", "target", "high")
    assert flag.action.recommended == "suspend_updates"
    assert flag.action.ladder_step == 3
    assert flag.evidence.signals[0].baseline == 1.23457
    assert flag.p_value == float(f"{10**-case.surprise:.3g}")
    life.grow(case, finding(end=2 * DAY, names=150))
    assert life.flag(case, 6.0, {}).role == "beneficiary"
    assert case.revision == 2
