"""Blast radius: a sudden excess is held, what is usual is not, and an excess does not become usual."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cases.blast import Blast

HOUR = 3_600_000


def hours(blast: Blast, counts: list[int], first: int = 0) -> list[int]:
    """How many flags of each hour are held."""
    return [
        sum(blast.add((first + hour) * HOUR + i) for i in range(count)) for hour, count in enumerate(counts)
    ]


def test_few_flags_are_never_held() -> None:
    assert hours(Blast(100), [100] * 3) == [0, 0, 0]


def test_a_sudden_excess_is_held_from_the_limit_on() -> None:
    assert hours(Blast(100), [3] * 24 + [500]) == [0] * 24 + [400]


def test_what_has_grown_slowly_is_usual() -> None:
    assert not any(hours(Blast(20), [n // 24 for n in range(30 * 168)]))


def test_an_excess_does_not_become_usual_at_once() -> None:
    assert all(held > 0 for held in hours(Blast(100), [10_000] * 24))


def test_it_can_be_switched_off() -> None:
    assert hours(Blast(0), [10_000]) == [0]


@settings(max_examples=50, derandomize=True)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=30), st.integers(0, 29))
def test_it_goes_on_from_its_state(counts: list[int], cut: int) -> None:
    whole, first = Blast(50), Blast(50)
    expected = hours(whole, counts)
    begun = hours(first, counts[:cut])
    assert begun + hours(Blast(50, first.state), counts[cut:], len(counts[:cut])) == expected
