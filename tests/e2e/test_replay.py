"""`detector replay` as its user runs it."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

START = 1_767_225_600_000
BAD = [
    b"not json at all",
    b'{"id": "x1", "ts": 5',
    b'{"id": "x2", "ts": "yesterday", "type": "click"}',
    b'{"id": "x3", "ts": 1767225600000, "type": "wink", "actor": "u1"}',
    b'{"id": "x4", "ts": 1767225600000, "type": "subscription", "actor": "u1"}',
    b"\xff\xfe",
    b"[]",
]


def event(number: int) -> bytes:
    return json.dumps(
        {
            "id": f"e{number}",
            "ts": START + number * 1000,
            "type": "subscription",
            "actor": f"u{number % 50}",
            "target": f"c{number % 7}",
            "action": "subscribe",
        }
    ).encode()


def detector(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "streams", *map(str, arguments)], input=stdin, capture_output=True, check=False
    )


def test_bad_lines_are_accounted_for_and_the_rest_is_scored(tmp_path: Path) -> None:
    lines = [event(number) for number in range(300)]
    for place, bad in enumerate(BAD):
        lines.insert(place * 40, bad)
    path, letters = tmp_path / "events.jsonl", tmp_path / "letters.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    done = detector("replay", path, "--flags", tmp_path / "flags.jsonl", "--dead-letter", letters)
    assert done.returncode == 0, done.stderr
    said = done.stderr.decode()
    assert said.startswith("300 events in ")
    assert f" {len(BAD)} invalid; " in said
    found = [json.loads(line) for line in letters.read_text().splitlines()]
    assert [base64.b64decode(each["raw"]) for each in found] == BAD
    assert [each["line"] for each in found] == [place * 40 + 1 for place in range(len(BAD))]
    assert {each["file"] for each in found} == {str(path)}
    assert all(each["reason"] and each["detail"] for each in found)


def test_bad_lines_are_counted_without_a_file_for_them(tmp_path: Path) -> None:
    done = detector("replay", "-", stdin=b"\n".join([*BAD, event(1)]))
    assert done.returncode == 0
    assert done.stdout == b""
    assert b"invalid lines by reason:" in done.stderr


def test_a_file_that_is_missing_or_damaged(tmp_path: Path) -> None:
    done = detector("replay", tmp_path / "gone.jsonl")
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"gone.jsonl: " in done.stderr
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(event(1) * 500)[:-20])
    done = detector("replay", cut)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {cut}: ".encode())
    assert b"Traceback" not in done.stderr


def test_a_flags_file_that_cannot_be_written(tmp_path: Path) -> None:
    done = detector("replay", "-", "--flags", tmp_path / "none" / "flags.jsonl")
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1


def test_flags_of_a_simulated_world(tmp_path: Path) -> None:
    events, labels, flags = (tmp_path / name for name in ("events.jsonl.zst", "labels.json", "flags.jsonl"))
    made = detector("simulate", "--out", events, "--labels", labels, "--events", "60000", "--days", "2")
    assert made.returncode == 0, made.stderr
    done = detector("replay", events, "--flags", flags, "--no-progress")
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in flags.read_text().splitlines()]
    assert found
    assert [(flag["ts"], flag["id"]) for flag in found] == sorted((flag["ts"], flag["id"]) for flag in found)
    assert len({flag["id"] for flag in found}) == len(found)
    judged = detector("evaluate", flags, labels, "--json")
    assert judged.returncode == 0, judged.stderr
    assert json.loads(judged.stdout)["total"]["campaigns"] > 0
