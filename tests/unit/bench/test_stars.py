"""Which follows lie in a flag."""

from __future__ import annotations

from tests.bench.real.stars import covered


def test_only_what_lies_in_the_window_of_a_flag_on_its_own_target_counts() -> None:
    events = [
        {"target": target, "actor": actor, "ts": ts}
        for target, actor, ts in (("a", "u", 10), ("a", "v", 20), ("a", "u", 21), ("b", "u", 15))
    ]
    flag = {"subject": {"id": "a"}, "window": {"start": 10, "end": 20}, "participants": ["u", "w"]}
    later = {**flag, "window": {"start": 15, "end": 20}, "participants": []}
    assert covered(events, [flag, later]) == (2, 1)
    assert covered(events, []) == (0, 0)
