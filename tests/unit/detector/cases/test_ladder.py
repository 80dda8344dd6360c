"""Measures: graver cases and repetitions climb, to the top and no further."""

import pytest

from detector.cases.ladder import SEVERITIES, STEPS, severity, step


@pytest.mark.parametrize(
    ("score", "participants", "expected"),
    [(0.6, 5, "low"), (0.97, 5, "medium"), (0.6, 100, "medium"), (0.99, 2_000, "high")],
)
def test_severity(score: float, participants: int, expected: str) -> None:
    assert severity(score, participants) == expected


def test_steps_climb_and_end() -> None:
    assert [step(name, 0) for name in SEVERITIES] == [1, 2, 3]
    assert [step("low", n) for n in range(9)] == [1, 2, 3, 4, 5, 6, 7, 7, 7]
    assert STEPS[step("high", 99) - 1] == "bar_reregistration"
