"""The subjects' stage: its state, its log, and the columns that it hands to the suspicions."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from detector.engine import subject_rows as kept
from detector.engine.actors import Actors
from detector.engine.evidence import Evidence
from detector.engine.follows import (
    ADDRESSES,
    AGED,
    COLD,
    DEVICES,
    EXAMINED,
    FRESH,
    OTHER_ADDRESSES,
    TOGETHER,
    YOUNG,
)
from detector.engine.rows import ECHO, LATE, Batch
from detector.engine.subjects import Subjects
from models.hashing import hash_text, pair
from models.index import find
from models.windows import LENGTHS
from tests.unit.detector.engine.checkpoints import check_continues
from tests.unit.detector.made import DAY, START, Made, bought, buy, ordinary
from tests.unit.detector.worlds import TICK, acted, ticks


def stage() -> Subjects:
    return Subjects(TICK, capacity=1 << 13, log=1 << 12)


def acted_on(made: Made) -> Batch:
    return Actors(TICK, capacity=1 << 12, recent_ids=1 << 12).step(1 << 40, made.batch())


def row_of(subjects: Subjects, name: str, channel: int) -> int:
    state = subjects.state()
    key = np.uint64(pair(np.uint64(hash_text(name)), np.uint64(channel)))
    return int(find(state.slots, state.subjects["key"], key))


def evidence(subjects: Subjects, name: str, window: int, buckets: int, end: int) -> Evidence:
    """The columns about one subject's follows as they would be for a candidate with these windows."""
    row, chosen = row_of(subjects, name, kept.FOLLOWED), np.zeros(1, kept.CANDIDATE)
    subject = subjects.state().subjects[row]
    length = LENGTHS[window]
    chosen["row"], chosen["channel"], chosen["window"], chosen["buckets"] = (
        row,
        kept.FOLLOWED,
        window,
        buckets,
    )
    chosen["start"] = (int(subject["last"]) // length - buckets + 1) * length
    chosen["count"] = subject["now"][window] + (subject["before"][window] if buckets == 2 else 0)
    chosen["expected"] = chosen["size"] = 1.0
    return subjects.evidence(chosen, end)


def test_a_checkpoint_in_the_middle() -> None:
    said = check_continues(stage, ticks(acted(), 9))
    kinds = [finding.kind for findings in said for finding in findings]
    assert {"follower_drop"} <= set(kinds)


def test_a_checkpoint_while_a_finding_settles() -> None:
    made = Made()
    ordinary(made, days=6)
    buy(made, "s3", 5 * DAY + 600, n=40, other="s4")
    batch = acted_on(made)
    # Ticks of the burst are the middle third.
    tick = batch.rows["ts"] // TICK
    middle = START // TICK + 5 * DAY + 605
    bounds = [0, 1, middle, middle + 1, middle + 2, middle + 3, 1 << 40]
    parts = [
        (min(high, int(tick[-1])), batch.take(np.flatnonzero((tick > low) & (tick <= high))))
        for low, high in pairwise(bounds)
    ]
    said = check_continues(stage, parts)
    assert any(said), "nothing was found after the restart"


def test_counts_are_those_of_the_log() -> None:
    subjects, batch = stage(), acted()
    subjects.step(1 << 40, batch.take(np.arange(len(batch))))
    end = (int(batch.rows["ts"][-1]) // TICK + 1) * TICK
    for name in ("s0", "s7"):
        found = evidence(subjects, name, 5, 2, end)
        entries = found.entries(0)
        assert len(found.classes(0)) == len(entries)
        entries = entries[entries["flags"] & ECHO == 0]
        assert found.observed[0] == found.counts[0, EXAMINED] == len(entries) == 8 * 7
        assert found.subject(0) == name
        assert (np.diff(entries["ts"]) <= 0).all()
        ids = found.event_ids(entries)
        assert len(set(ids)) == len(entries)
        assert set(found.names(entries["actor"])) <= {f"u{n}" for n in range(80)}


@pytest.mark.parametrize("device", ["", "one"])
def test_provenance_is_counted_exactly(device: str) -> None:
    made = Made()
    made.add("account", 0, action="login", actor="old")
    made.click(2 * DAY, "old", author="s")
    made.follow(2 * DAY + 1, "old", target="s", ip="i1", actor_created=START - 10**11)
    made.follow(2 * DAY + 2, "new", target="s", ip="i1", actor_created=START - 10**8)
    made.follow(2 * DAY + 2.1, "else", target="s", ip="i2", **({"device": device} if device else {}))
    made.follow(2 * DAY + 2.2, "other", target="s", ip="i1", **({"device": device} if device else {}))
    subjects = stage()
    subjects.step(1 << 40, acted_on(made))
    counts = evidence(subjects, "s", 3, 1, START + (2 * DAY + 3) * 60_000).counts[0]
    assert {
        "entries": counts[EXAMINED], "addresses": counts[ADDRESSES], "repeated": counts[OTHER_ADDRESSES],
        "devices": counts[DEVICES], "fresh": counts[FRESH], "cold": counts[COLD], "aged": counts[AGED],
        "young": counts[YOUNG], "in a minute": counts[TOGETHER],
    } == {
        "entries": 4, "addresses": 4, "repeated": 2, "devices": 2 if device else 0, "fresh": 3, "cold": 3,
        "aged": 2, "young": 1, "in a minute": 3,
    }  # fmt: skip


def test_an_echo_is_no_follower() -> None:
    made = Made()
    for n in range(6):
        made.follow(n, f"u{n}", target="first")
        made.follow(n + 30, f"u{n}", target="second")
    made.follow(50, "u0", target="first", action="unsubscribe")
    made.follow(55, "u0", target="first")
    subjects = stage()
    subjects.step(1 << 40, acted_on(made))
    found = evidence(subjects, "first", 3, 1, START + 60 * 60_000)
    follows = found.others(0, kept.FOLLOWED)
    assert found.names(follows["actor"]) == ["u0", "u5", "u4", "u3", "u2", "u1"], "each once, the last first"
    assert follows["ts"][0] == START + 55 * 60_000
    assert found.observed[0] == 7


def test_other_rows_are_counted_over_the_candidates_time() -> None:
    """Clicks go on after the last follow, so their windows move on while the candidate's stay."""
    made = Made()
    clicks = [100, 121, 122, 123, 131, 139, 141, 165, 245]
    for n in range(6):
        made.follow(121 + n / 10, f"u{n}", target="s")
    for minute in clicks:
        made.click(minute, f"v{minute}", author="s")
    batch = acted_on(made)
    for end in range(122, 300, 3):
        subjects = stage()
        subjects.step(1 << 40, batch.take(np.flatnonzero(batch.rows["ts"] < START + end * 60_000)))
        for window in range(3):
            found = evidence(subjects, "s", window, 1, START + end * 60_000)
            start = (int(found.start[0]) - START) // 60_000
            truth = sum(start <= minute < end for minute in clicks)
            counted = found.engaged[0, kept.ENGAGED.index(kept.CLICKED)]
            assert counted >= truth, "of a longer time where the window is no longer known"
            if end - start <= LENGTHS[window]:
                assert counted == truth


def test_rows_are_of_follows_or_of_engagement() -> None:
    made = Made()
    made.follow(1, "u", target="s")
    for minute in (2, 3):
        made.click(minute, "v", author="s")
    made.add("exposure", 4, content="c", author="s", count=30)
    made.add("post", 5, content="d", actor="s", text="said")
    subjects = stage()
    subjects.step(1 << 40, acted_on(made))
    state, tables = subjects.state(), {table.name: table.used for table in subjects.tables()}
    assert tables["subjects"] == kept.EVERYBODY_ROWS + 1
    assert tables["engaged"] == 2, "posts are not counted"
    totals = {}
    for channel in kept.ENGAGED:
        key = np.uint64(pair(np.uint64(hash_text("s")), np.uint64(channel)))
        row = int(find(state.engaged_slots, state.engaged["key"], key))
        totals[channel] = int(state.engaged["total"][row]) if row >= 0 else 0
    assert totals == {kept.CLICKED: 2, kept.REPOSTED: 0, kept.COMMENTED: 0, kept.SHOWN: 30}


def test_late_engagement_is_not_counted() -> None:
    made = Made()
    made.click(2, "v", author="s")
    batch = acted_on(made)
    batch.rows["flags"] |= LATE
    subjects = stage()
    subjects.step(1 << 40, batch)
    assert {table.name: table.used for table in subjects.tables()}["engaged"] == 0


def test_ids_longer_than_a_byte_can_say_are_kept() -> None:
    made = Made()
    for n in range(5):
        made.follow(n, f"u{n}", target="s")
        made.events[-1]["id"] = "字" * 120 + str(n)
    subjects = stage()
    subjects.step(1 << 40, acted_on(made))
    found = evidence(subjects, "s", 3, 1, START + 60 * 60_000)
    assert found.event_ids(found.entries(0)) == ["字" * 120 + str(n) for n in (4, 3, 2, 1, 0)]


def test_the_log_forgets_the_oldest() -> None:
    subjects = Subjects(TICK, capacity=1 << 12, log=8)
    made = Made()
    for n in range(20):
        made.follow(n, f"u{n}", target=f"s{n % 2}")
    subjects.step(1 << 40, acted_on(made))
    found = evidence(subjects, "s1", 3, 1, START + 60 * 60_000)
    assert found.names(found.entries(0)["actor"]) == ["u19", "u17", "u15", "u13"], "half of eight"
    assert found.observed[0] == 10


def test_a_full_table_is_refused() -> None:
    made = Made()
    for n in range(20):
        made.follow(n, **{**bought(f"u-{n}"), "target": f"s{n}"})
    with pytest.raises(MemoryError, match="subjects"):
        Subjects(TICK, capacity=8, log=8).step(1 << 40, acted_on(made))
