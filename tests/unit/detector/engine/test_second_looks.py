"""Looks come in order of their ticks and rows, whatever was put in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detector.engine.second_looks import NEVER_DUE, Look, SecondLooks


def look(due: int) -> Look:
    return Look(due, start=0, wait=1, total=5, told=False)


def test_nothing_is_due() -> None:
    looks = SecondLooks()
    assert looks.next == NEVER_DUE
    assert looks.take() == []


def test_a_row_has_one_look() -> None:
    looks = SecondLooks()
    looks.put(3, look(7))
    looks.put(3, look(9))
    assert (len(looks), looks.next) == (1, 9)
    looks.put(3, look(4))
    assert looks.take() == [(3, look(4))]
    assert looks.next == NEVER_DUE


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=60))
def test_as_a_search_through_all(puts: list[tuple[int, int]]) -> None:
    looks, plain = SecondLooks(), {}
    for row, due in puts:
        looks.put(row, look(due))
        plain[row] = look(due)
    again = SecondLooks()
    again.restore(looks.scalars())
    while plain:
        due = min(one.due for one in plain.values())
        rows = sorted(row for row, one in plain.items() if one.due == due)
        assert looks.next == again.next == due
        assert looks.take() == again.take() == [(row, plain.pop(row)) for row in rows]
    assert looks.next == again.next == NEVER_DUE
