"""Hand-made flags against hand-made labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from detector.evaluate import compare, evaluate
from detector.evaluation.files import Flag, Labels

HOUR = 3_600_000


def flag(id_: str, kind: str, subject: str, ts: int, **more: Any) -> Flag:
    value = {
        "id": id_,
        "kind": kind,
        "ts": ts,
        "subject": {"type": more.pop("type", "account"), "id": subject},
        "window": {"start": more.pop("start", ts - HOUR), "end": ts},
        **more,
    }
    return msgspec.convert(value, Flag)


def labels(**more: Any) -> Labels:
    value = {
        "campaigns": [
            {
                "name": "bought_followers",
                "kinds": ["follower_jump"],
                "also": ["lockstep"],
                "subjects": ["star"],
                "participants": ["b1", "b2", "b3", "b4"],
                "start": 10 * HOUR,
                "end": 12 * HOUR,
                "role": "beneficiary",
            },
            {
                "name": "repost_ring",
                "kinds": ["lockstep", "repost_inflation"],
                "subjects": ["idol"],
                "participants": [f"r{k}" for k in range(20)],
                "contents": ["c1", "c2"],
                "start": 20 * HOUR,
                "end": 60 * HOUR,
                "pace": "slow",
            },
        ],
        "innocents": [
            {"kind": "viral_post", "subjects": ["lucky"], "contents": ["v1"], "start": 0, "end": 30 * HOUR},
            {"kind": "fan_club", "accounts": ["f1", "f2", "f3", "f4"], "start": 0, "end": 99 * HOUR},
            {"kind": "first_day", "start": 0, "end": 24 * HOUR},
        ],
        "counts": {"organic": 2_000_000},
        **more,
    }
    return msgspec.convert(value, Labels)


def test_nothing_flagged_finds_nothing_and_accuses_nobody() -> None:
    report = compare([], labels())
    assert report.total.campaigns == 2
    assert report.total.recall == 0.0
    assert report.total.participants_f1 is None
    assert report.total.participants_f1_all == 0.0
    assert report.false_flags == 0


def test_a_flag_on_the_subject_finds_the_campaign() -> None:
    found = flag("a", "follower_jump", "star", 10 * HOUR + 300_000, participants=["b1", "b2", "b3", "x"])
    report = compare([found], labels())
    outcome = report.outcomes[0]
    assert outcome.found
    assert outcome.delay == 300_000
    assert outcome.precision == 0.75
    assert outcome.recall == 0.75
    assert outcome.f1 == 0.75
    assert report.bursts.delay_median_ms == 300_000
    assert report.by_kind["follower_jump"].precision == 1.0


def test_a_flag_before_the_start_is_not_about_the_campaign() -> None:
    report = compare([flag("a", "follower_jump", "star", 9 * HOUR)], labels())
    assert not report.outcomes[0].found
    assert report.false_by_innocent == {"first_day": 1}


def test_a_kind_in_also_is_true_but_does_not_find() -> None:
    group = flag("a", "lockstep", "g-1", 11 * HOUR, type="group", participants=["b1", "b2", "b3"])
    report = compare([group], labels())
    assert not report.outcomes[0].found
    assert report.false_flags == 0
    assert report.by_kind["lockstep"].flags_true == 1


def test_a_group_is_matched_by_its_company() -> None:
    ring = [f"r{k}" for k in range(14)]
    right = flag("a", "lockstep", "g-1", 30 * HOUR, type="group", participants=ring)
    wrong = flag(
        "b", "lockstep", "g-2", 30 * HOUR, type="group", participants=["r1", *(f"y{k}" for k in range(9))]
    )
    report = compare([right, wrong], labels())
    assert report.outcomes[1].found
    assert report.outcomes[1].recall == pytest.approx(0.7)
    assert report.false_ids == {"unattributed": ["b"]}


def test_a_content_of_the_campaign_as_subject_finds_it() -> None:
    report = compare([flag("a", "repost_inflation", "c2", 30 * HOUR, type="content")], labels())
    assert report.outcomes[1].found


def test_the_right_company_does_not_make_up_for_the_wrong_beneficiary() -> None:
    wrong = flag("a", "follower_jump", "b1", 11 * HOUR, participants=["b1", "b2", "b3", "b4"])
    report = compare([wrong], labels())
    assert not report.outcomes[0].found
    assert report.false_flags == 1


def test_another_kind_on_a_campaigns_subject_is_false() -> None:
    report = compare([flag("a", "comment_inflation", "star", 11 * HOUR)], labels())
    assert report.false_by_innocent == {"campaign_under_another_kind": 1}


def test_false_flags_are_attributed_by_subject_content_and_participants() -> None:
    flags = [
        flag("a", "follower_jump", "lucky", 5 * HOUR),
        flag("b", "click_inflation", "v1", 5 * HOUR, type="content"),
        flag("c", "lockstep", "g", 50 * HOUR, type="group", participants=["f1", "f2", "f3", "z"]),
        flag("d", "follower_jump", "nobody", 50 * HOUR),
    ]
    report = compare(flags, labels())
    assert report.false_by_innocent == {"viral_post": 2, "fan_club": 1, "unattributed": 1}
    assert report.false_per_million == 2.0


@pytest.mark.parametrize("status", ["retracted", "held", "shadow"])
def test_silent_flags_do_not_count(status: str) -> None:
    report = compare([flag("a", "follower_jump", "lucky", 5 * HOUR, status=status)], labels())
    assert report.false_flags == 0


def test_the_last_revision_counts_with_the_first_moment() -> None:
    first = flag("a", "follower_jump", "star", 10 * HOUR + 60_000, participants=["b1"])
    second = flag("a", "follower_jump", "star", 11 * HOUR, revision=1, participants=["b1", "b2", "b3", "b4"])
    outcome = compare([second, first], labels()).outcomes[0]
    assert outcome.delay == 60_000
    assert outcome.f1 == 1.0
    gone = flag("a", "follower_jump", "star", 12 * HOUR, revision=2, status="retracted")
    assert not compare([second, first, gone], labels()).outcomes[0].found


def test_the_role_is_compared_where_it_is_labelled() -> None:
    outcome = compare([flag("a", "follower_jump", "star", 11 * HOUR, role="target")], labels()).outcomes[0]
    assert outcome.role_right is False


def test_files_are_read_and_the_report_renders(tmp_path: Path) -> None:
    flags = tmp_path / "flags.jsonl"
    flags.write_bytes(msgspec.json.encode(flag("a", "follower_jump", "star", 11 * HOUR)) + b"\n\n")
    where = tmp_path / "labels.json"
    where.write_bytes(msgspec.json.encode(labels()))
    report = evaluate(flags, where)
    assert "1 of 2 campaigns found" in report.render()
    assert msgspec.json.decode(msgspec.json.encode(report.to_dict()))["total"]["found"] == 1


def test_a_line_that_is_no_flag_is_named(tmp_path: Path) -> None:
    flags = tmp_path / "flags.jsonl"
    flags.write_text("{}\n")
    where = tmp_path / "labels.json"
    where.write_bytes(msgspec.json.encode(labels()))
    with pytest.raises(ValueError, match="line 1"):
        evaluate(flags, where)
