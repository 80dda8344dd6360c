"""Flags made from a world's own labels are a perfect detector's: nothing missed, nobody accused."""

from __future__ import annotations

from typing import Any

import msgspec

from detector.evaluate import compare
from detector.evaluation.files import Flag, Labels
from detector.simulate import SimulateConfig, generate, labels_of


def oracle(value: dict[str, Any]) -> list[Flag]:
    flags = []
    for k, c in enumerate(value["campaigns"]):
        subject = (
            {"type": "account", "id": c["subjects"][0]} if c["subjects"] else {"type": "group", "id": f"g{k}"}
        )
        flag = {
            "id": f"f{k}",
            "ts": c["start"] + 60_000,
            "kind": c["kind"],
            "subject": subject,
            "window": {"start": c["start"], "end": c["start"] + 60_000},
            "participants": c["participants"],
            "contents": c["contents"],
        }
        flags.append(msgspec.convert(flag, Flag))
    return flags


def test_a_perfect_detector_is_measured_as_one() -> None:
    value = labels_of(generate(SimulateConfig(seed=8, events=60_000, size=0.2, rounds=1, fake_share=0.04)))
    report = compare(oracle(value), msgspec.convert(value, Labels))
    assert report.total.campaigns > 10
    assert report.total.recall == 1.0
    assert report.false_flags == 0
    assert report.total.participants_f1 == 1.0
    assert report.bursts.delay_median_ms == 60_000


def test_flags_on_innocents_are_false_and_named() -> None:
    value = labels_of(generate(SimulateConfig(seed=9, events=60_000, attacks=(), history_days=0)))
    flags = []
    named = [i for i in value["innocents"] if i["subjects"]]
    for k, i in enumerate(named):
        flag = {
            "id": f"f{k}",
            "ts": i["start"] + 60_000,
            "kind": "follower_jump",
            "subject": {"type": "account", "id": i["subjects"][0]},
            "window": {"start": i["start"], "end": i["start"] + 60_000},
        }
        flags.append(msgspec.convert(flag, Flag))
    report = compare(flags, msgspec.convert(value, Labels))
    assert report.false_flags == len(named)
    assert set(report.false_by_innocent) <= {i["kind"] for i in named}
    assert len(report.false_by_innocent) > 12
