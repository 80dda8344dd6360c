"""A replay of files gives what the engine gives, and says what it has read."""

from __future__ import annotations

import gc
import gzip
from pathlib import Path

import msgspec
import pytest

from detector.engine.engine import Engine, Settings
from detector.events.decode import Decoder, Invalid
from detector.events.files import Chunk, UnreadableFile
from detector.replay import replay
from tests.unit.detector import made

SETTINGS = Settings(shards=2, recent_ids=1 << 12, follows_logged=1 << 14)


@pytest.fixture(scope="module")
def records() -> list[bytes]:
    world = made.world()
    world.events.sort(key=lambda event: int(event["ts"]))
    return world.records()


@pytest.fixture(scope="module")
def expected(records: list[bytes]) -> list[bytes]:
    engine = Engine(SETTINGS)
    sent = engine.push(Decoder().decode(records).batch) + engine.finish()
    last = {msgspec.json.decode(flag)["id"]: flag for _, flag in sent}
    assert len(sent) > len(last) >= 4

    def order(flag: bytes) -> tuple[int, str]:
        head = msgspec.json.decode(flag)
        return head["ts"], head["id"]

    return sorted(last.values(), key=order)


def write(path: Path, records: list[bytes]) -> str:
    data = b"\n".join(records) + b"\n"
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


@pytest.mark.parametrize("batch", [97, 10_000])
def test_last_revisions_in_order(
    tmp_path: Path, records: list[bytes], expected: list[bytes], batch: int
) -> None:
    progress: list[tuple[int, int]] = []
    path = write(tmp_path / "events.jsonl", records)
    summary, flags = replay([path], SETTINGS, batch=batch, on_progress=lambda *at: progress.append(at))
    assert flags == expected
    assert summary.events.total() == len(records)
    assert summary.events["subscription"] > 500
    assert summary.flags == {
        kind: sum(msgspec.json.decode(flag)["kind"] == kind for flag in expected) for kind in summary.flags
    }
    assert progress[-1] == ((tmp_path / "events.jsonl").stat().st_size, len(records))
    assert (summary.invalid, summary.late, summary.duplicates) == ({}, 0, 0)
    assert 0 < summary.first_seconds <= summary.seconds
    assert summary.state_bytes > 0


def test_several_files_are_one_stream(tmp_path: Path, records: list[bytes], expected: list[bytes]) -> None:
    paths = [
        write(tmp_path / "a.jsonl", records[::3]),
        write(tmp_path / "b.jsonl.gz", sorted(records[1::3] + records[2::3], key=records.index)),
    ]
    summary, flags = replay(paths, SETTINGS)
    assert flags == expected
    assert summary.events.total() == len(records)


def test_what_is_no_event_is_counted_and_told(
    tmp_path: Path, records: list[bytes], expected: list[bytes]
) -> None:
    told: list[Invalid] = []

    def tell(chunk: Chunk, invalid: list[Invalid]) -> None:
        told.extend(invalid)

    lines = [b"{", *records[:500], b'{"id": "x", "type": "click"}', *records[500:], records[7]]
    summary, flags = replay([write(tmp_path / "e.jsonl", lines)], SETTINGS, batch=300, on_invalid=tell)
    assert flags == expected
    assert summary.invalid.total() == len(told) == 2
    assert set(summary.invalid) == {one.reason for one in told}
    assert summary.duplicates == 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        replay([str(tmp_path / "gone.jsonl")], SETTINGS)
    assert gc.get_freeze_count() == 0


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").touch()
    summary, flags = replay([str(tmp_path / "none.jsonl")], SETTINGS)
    assert flags == []
    assert summary.events.total() == 0
