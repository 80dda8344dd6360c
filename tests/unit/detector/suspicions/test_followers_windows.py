"""Which windows are looked at, with what they are compared, and what holds nothing back."""

from __future__ import annotations

import random

import numpy as np
import pytest

from detector.engine.actors import Actors
from detector.engine.subject_rows import FOLLOWED, SLOW
from detector.engine.subjects import Subjects
from tests.unit.detector.made import DAY, START, Made, known, ordinary
from tests.unit.detector.suspicions import scored
from tests.unit.detector.suspicions.test_rented_followers import AT, KIND, come
from tests.unit.detector.worlds import TICK


@pytest.fixture
def made() -> Made:
    """Ordinary days on which most who read do not follow."""
    stream, chance = Made(), random.Random(4)
    ordinary(stream)
    for n in range(8 * 12 * 20):
        who, at = known(f"u{chance.randrange(80)}"), chance.uniform(10, 8 * DAY - 10)
        stream.click(at, author=f"s{n % 12}", **who)
    for n in range(60):
        stream.add("account", 0.0, action="login", **known(f"x{n}"))
    return stream


def stage() -> Subjects:
    return Subjects(TICK, log=1 << 14)


def test_a_trickle_in_clusters_is_looked_at_in_the_long_windows_too(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    for k in range(60):
        made.follow(AT + 120 * (k // 5) + k % 5, target="s3", **known(f"x{k}"))
    seen: list[np.ndarray] = []
    judge = Subjects._judge

    def watched(self: Subjects, candidates: np.ndarray, *rest: object, **more: object) -> object:
        seen.append(candidates.copy())
        return judge(self, candidates, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Subjects, "_judge", watched)
    one = stage()
    scored.findings(made, one)
    ours = np.concatenate(seen)
    ours = ours[one.state().subjects["subject"][ours["row"]] == subject_of(one, "s3")]
    ours = ours[
        (ours["channel"] == FOLLOWED) & (ours["buckets"] > 0) & (ours["start"] >= minute(AT) - 2 * DAY)
    ]
    assert (ours["window"] < SLOW).sum() >= 3
    assert (ours["window"] >= SLOW).sum() >= 3


def minute(at: float) -> int:
    return START // 60_000 + int(at)


def subject_of(one: Subjects, name: str) -> np.uint64:
    keys = np.unique(one.state().subjects["subject"][2 : one._subjects.used])
    names = one.names.get_many(keys)
    return np.uint64(keys[names.index(name)])


def test_those_whose_age_is_not_known_are_not_young(made: Made) -> None:
    for k in range(40):
        who = known(f"x{k}" if k % 2 else f"new{k}")
        del who["actor_created"]
        if k % 2 == 0:
            made.add("account", AT - DAY + k, action="register", **who)
        made.follow(AT + k / 2, target="s3", **who)
    shares = [scored.values(one).get("young_accounts") for one in scored.findings(made, stage())]
    told = [share for share in shares if share is not None]
    assert told
    assert max(told) <= 0.7


def test_a_class_in_one_room_some_of_whom_do_not_tell_where(made: Made) -> None:
    for k in range(60):
        place = {"ip": "school"} if k % 5 else {}
        who = {name: value for name, value in known(f"x{k}").items() if name != "ip"}
        made.follow(AT + k / 2, target="s3", **{**who, **place})
    assert scored.flags(made, KIND) == []


def test_somebody_new_whose_followers_have_a_circle(made: Made) -> None:
    come(made, target="star", n=60)
    for k in range(8):
        made.follow(AT + 3 * k, target="s5", **known(f"x{k}"))
    assert "star" not in {flag["subject"]["id"] for flag in scored.flags(made, KIND)}


def test_bought_ones_after_the_readers_of_a_viral_post(made: Made) -> None:
    """They are weighed against the moment's own crowd, which had read."""
    for n in range(400):
        who = known(f"v{n}")
        made.click(AT - 200 + n / 2, author="s3", **who)
        if n % 8 == 0:
            made.follow(AT - 199 + n / 2, target="s3", **who)
    crowd = come(made, n=30)
    [flag] = scored.flags(made, KIND)
    named = set(flag["participants"])
    assert len(named & crowd) >= 25
    assert len(named - crowd) <= 3


def test_what_too_few_are_named_for_holds_nothing_back(made: Made) -> None:
    come(made, n=4)
    one = stage()
    assert scored.findings(made, one) == []
    assert not one.state().subjects["held"].any()
    come(made, n=40)
    one = stage()
    assert scored.findings(made, one)
    assert one.state().subjects["held"].any()
    assert one.state().engaged["held"].any()


def test_a_finding_is_told_once_enough_have_come(made: Made) -> None:
    come(made, n=40)
    batch = Actors(TICK, capacity=1 << 14, recent_ids=1 << 14).step(1 << 40, made.batch())
    first = min(finding.ts for finding in stage().step(1 << 40, batch) if finding.subject == "s3")
    assert first <= START + (AT + 8) * 60_000


def test_a_few_out_of_nowhere_are_enough(made: Made) -> None:
    crowd = come(made, n=8)
    [flag] = scored.flags(made, KIND)
    assert len(crowd & set(flag["participants"])) >= 6


def test_a_few_from_one_place_are_a_household(made: Made) -> None:
    come(made, n=8, ip="home")
    assert scored.flags(made, KIND) == []


def test_short_windows_leave_none_of_a_burst_untold(made: Made) -> None:
    """Each finding is about the last few; the second look is about all of them, and is not put off."""
    for k in range(60):
        made.follow(AT + 3 * (k // 6) + k % 6 / 10, target="s3", **known(f"x{k}"))
    one = stage()
    named = {name for finding in scored.findings(made, one) for name in finding.participants}
    assert len(named & {f"x{k}" for k in range(60)}) >= 57
