from __future__ import annotations

from streams.pipeline.pause import to_pause

UPTO = {"a": 5, "b": 6, "c": 90}


def test_only_those_ahead_wait_and_only_while_much_waits() -> None:
    assert to_pause(UPTO, 5, 11, 10, frozenset()) == {"c"}
    assert to_pause(UPTO, 5, 9, 10, frozenset()) == frozenset()
    assert to_pause(UPTO, 5, 9, 10, frozenset({"c"})) == {"c"}
    assert to_pause(UPTO, 5, 5, 10, frozenset({"c"})) == frozenset()


def test_one_that_is_caught_up_with_goes_on() -> None:
    assert to_pause(UPTO, 89, 9, 10, frozenset({"c"})) == frozenset()


def test_the_one_that_holds_the_others_back_never_waits() -> None:
    assert "a" not in to_pause(UPTO, 5, 1 << 40, 10, frozenset(UPTO))
