"""Thousands of broken lines among good ones: each is accounted for, and the good ones are scored as ever."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path

import pytest

from detector.events.reasons import REASONS
from detector.simulate import SimulateConfig, simulate
from tests.e2e.malformed import KINDS, mixed
from tests.e2e.test_replay import detector

pytestmark = pytest.mark.e2e

BROKEN = 2000


def test_every_line_is_an_event_or_a_dead_letter_with_its_bytes_reason_and_place(tmp_path: Path) -> None:
    clean, path, letters = (tmp_path / name for name in ("clean.jsonl", "mixed.jsonl", "letters.jsonl"))
    simulate(SimulateConfig(seed=1, events=60_000, days=2.0), clean, tmp_path / "labels.json")
    lines = clean.read_bytes().splitlines()
    records = mixed(lines, BROKEN, 1)
    path.write_bytes(b"".join((one.value or b"") + b"\n" for one in records))

    flags = [tmp_path / "flags.jsonl", tmp_path / "flags-of-clean.jsonl"]
    done = detector("replay", path, "--flags", flags[0], "--dead-letter", letters)
    assert done.returncode == 0, done.stderr
    said = done.stderr.decode()
    assert said.startswith(f"{len(lines):,} events in ")
    assert f" {BROKEN:,} invalid; " in said

    found = [json.loads(line) for line in letters.read_text().splitlines()]
    assert [(one["line"], base64.b64decode(one["raw"]), one["reason"]) for one in found] == [
        (number, one.value, one.reason) for number, one in enumerate(records, 1) if one.reason
    ]
    codes = {reason.code for reason in REASONS}
    table = [line.split() for line in said.splitlines()[1:]]
    counted = {words[1]: int(words[0].replace(",", "")) for words in table if words[1] in codes}
    assert counted == Counter(one.reason for one in records if one.reason)

    assert detector("replay", clean, "--flags", flags[1]).returncode == 0
    assert flags[0].read_bytes() == flags[1].read_bytes() != b""


def test_the_kinds_are_many() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 50
    assert {kind.reason for kind in KINDS} == {reason.code for reason in REASONS} - {
        "tombstone",
        "type_mismatch",
        "too_large",  # 8 MiB a line: has tests of its own
    }
