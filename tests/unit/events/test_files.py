"""Lines of files, plain and compressed, one or several, and what is no such file."""

from __future__ import annotations

import gzip
import io
import random
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from detector.events.files import Chunk, UnreadableFile, read, size
from detector.events.lines import Lines
from detector.events.merge import merge
from detector.events.peek import times_of
from detector.events.slices import LONGEST, Slices
from tests.unit.events.samples import TS, raw


def _all(chunks: list[Chunk]) -> list[tuple[int, int, bytes]]:
    """File number, line number and line of all."""
    return [
        (file, number, line)
        for chunk in chunks
        for file, number, line in zip(
            chunk.file_numbers.tolist(), chunk.line_numbers.tolist(), chunk.lines, strict=True
        )
    ]


def _write(path: Path, data: bytes) -> str:
    if path.suffix == ".gz":
        data = gzip.compress(data)
    elif path.suffix == ".zst":
        data = zstandard.ZstdCompressor().compress(data)
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize("name", ["e.jsonl", "e.jsonl.gz", "e.jsonl.zst"])
@pytest.mark.parametrize("batch", [1, 7, 1_000_000])
def test_lines_come_in_batches(tmp_path: Path, name: str, batch: int) -> None:
    lines = [b'{"n": %d}' % k for k in range(20)]
    path = _write(tmp_path / name, b"\n".join(lines))
    chunks = list(read([path], batch))
    assert [len(chunk.lines) for chunk in chunks][:-1] == [batch] * (len(chunks) - 1)
    assert _all(chunks) == [(0, k + 1, line) for k, line in enumerate(lines)]
    assert chunks[-1].bytes_read == size([path])


def test_many_blocks(tmp_path: Path) -> None:
    rng = random.Random(1)
    lines = [rng.randbytes(rng.randrange(1, 3000)).hex().encode() for _ in range(3000)]
    for name in ("e.jsonl", "e.jsonl.gz", "e.jsonl.zst"):
        path = _write(tmp_path / name, b"\n".join(lines) + b"\n")
        chunks = list(read([path], 100))
        assert [line for chunk in chunks for line in chunk.lines] == lines
        progress = [chunk.bytes_read for chunk in chunks]
        assert progress == sorted(progress)
        assert progress[0] < progress[-1] == size([path])


def test_blank_lines_are_passed_over_and_counted(tmp_path: Path) -> None:
    path = _write(tmp_path / "e.jsonl", b"\n{1}\r\n\r\n  \t \n{2}\n\n{3}")
    assert _all(list(read([path], 10))) == [(0, 2, b"{1}\r"), (0, 5, b"{2}"), (0, 7, b"{3}")]


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\n"])
@pytest.mark.parametrize("name", ["e.jsonl", "e.gz", "e.zst"])
def test_a_file_may_hold_nothing(tmp_path: Path, name: str, data: bytes) -> None:
    path = _write(tmp_path / name, data)
    assert list(read([path], 10)) == []
    assert list(read([path, path], 10)) == []


def test_no_files() -> None:
    assert list(read([], 10)) == []
    assert size([]) == 0


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_archives_are_known_by_their_first_bytes_and_may_be_joined(tmp_path: Path, compress: object) -> None:
    assert callable(compress)
    path = tmp_path / "events"
    path.write_bytes(compress(b"{1}\n{") + compress(b"2}\n") + b"\0" * 9000)
    assert [line for chunk in read([str(path)], 10) for line in chunk.lines] == [b"{1}", b"{2}"]


@pytest.mark.parametrize("name", ["e.gz", "e.zst"])
def test_a_damaged_archive_is_unreadable(tmp_path: Path, name: str) -> None:
    rng = random.Random(2)
    whole = b"\n".join(rng.randbytes(50).hex().encode() for _ in range(20_000))
    path = Path(_write(tmp_path / name, whole))
    packed = path.read_bytes()
    broken = bytearray(packed)
    broken[len(packed) // 2 : len(packed) // 2 + 64] = bytes(64)
    for content, why in [
        (packed[:-20], "cut short"),
        (packed[: len(packed) // 2], "cut short"),
        (bytes(broken), "damaged"),
        (b"", "cut short"),
        (b"{1}\n" * 10, "damaged"),
        (packed + b"more", "damaged"),
    ]:
        path.write_bytes(content)
        with pytest.raises(UnreadableFile, match=why) as caught:
            list(read([str(path)], 1000))
        assert caught.value.path == str(path)


def test_what_was_read_before_the_damage_is_given(tmp_path: Path) -> None:
    rng = random.Random(3)
    whole = b"\n".join(rng.randbytes(500).hex().encode() for _ in range(5000))
    path = Path(_write(tmp_path / "e.gz", whole))
    path.write_bytes(path.read_bytes()[:-100])
    chunks = read([str(path)], 100)
    assert next(chunks).lines[0] == whole.partition(b"\n")[0]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    there = _write(tmp_path / "e.jsonl", b"{1}\n")
    for path in (str(tmp_path / "none.jsonl"), str(tmp_path)):
        with pytest.raises(UnreadableFile) as caught:
            next(read([there, path], 10))
        assert caught.value.path == path
        assert caught.value.why
    with pytest.raises(UnreadableFile, match="No such file"):
        size([str(tmp_path / "none.jsonl")])


@pytest.mark.parametrize("name", ["e.jsonl", "e.jsonl.gz", "e.jsonl.zst"])
@pytest.mark.parametrize("end", [b"", b"\n{3}\n"])
def test_a_line_without_end_is_cut_and_ends_nothing(tmp_path: Path, name: str, end: bytes) -> None:
    path = _write(tmp_path / name, b"{1}\n" + b"x" * 40_000_000 + end)
    found = _all(list(read([path], 10)))
    assert [(number, line[:4]) for _, number, line in found] == [
        (1, b"{1}"),
        (2, b"xxxx"),
        *([(3, b"{3}")] if end else []),
    ]
    assert LONGEST < len(found[1][2]) < LONGEST + 5_000_000
    assert found[1][2][: LONGEST + 1] == b"x" * (LONGEST + 1)


def test_long_lines_come_in_small_chunks(tmp_path: Path) -> None:
    lines = [b"%d" % k + b"x" * (7 << 20) for k in range(30)]
    paths = [_write(tmp_path / name, b"\n".join(lines)) for name in ("a.jsonl", "b.jsonl")]
    for some in (paths[:1], paths):
        found = 0
        for chunk in read(some, 1000):
            assert chunk.lines.lengths.sum() < 300_000_000
            found += len(chunk.lines)
        assert found == 30 * len(some)


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_the_standard_input(monkeypatch: pytest.MonkeyPatch, compress: object) -> None:
    assert callable(compress)
    stream = io.BytesIO(compress(b"{1}\n{2}"))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))
    assert size(["-"]) is None
    assert [line for chunk in read(["-"], 10) for line in chunk.lines] == [b"{1}", b"{2}"]
    assert not stream.closed


def test_several_files_are_merged_by_time(tmp_path: Path) -> None:
    rng = random.Random(4)
    paths, count = [], 0
    for number, gap in enumerate((1, 40, 3000)):
        times = [TS + k * gap + rng.randrange(5 * gap) for k in range(60_000 // gap)]
        lines = [raw("click", id=f"e{number}-{k}", ts=ts, ip="x" * 200) for k, ts in enumerate(times)]
        paths.append(_write(tmp_path / f"{number}.jsonl", b"\n".join(lines)))
        count += len(lines)
    found = _all(list(read(paths, 500)))
    assert len(set(found)) == count
    times = times_of(Slices.of([line for _, _, line in found]), 0).tolist()
    latest, late = 0, 0
    for ts in times:
        late = max(late, latest - ts)
        latest = max(latest, ts)
    assert late < 15_000  # no worse than the least orderly file
    assert found == _all(list(read(paths, 7)))


def test_one_line_from_the_future_holds_nothing_up(tmp_path: Path) -> None:
    lines = [raw("click", id=f"a{k}", ts=TS + 2 * k) for k in range(100)]
    lines[10] = raw("click", id="far", ts=TS + 10**9)
    first = _write(tmp_path / "a.jsonl", b"\n".join(lines))
    second = _write(
        tmp_path / "b.jsonl", b"\n".join(raw("click", id=f"b{k}", ts=TS + 2 * k + 1) for k in range(100))
    )
    lines = [line for _, _, line in _all(list(read([first, second], 50)))]
    found = times_of(Slices.of(lines), 0).tolist()
    assert found == sorted(found)
    assert found[-1] == TS + 10**9


def test_lines_without_a_time_stay_where_they_are(tmp_path: Path) -> None:
    first = _write(tmp_path / "a.jsonl", raw("click", ts=TS) + b"\nbad\n" + raw("click", ts=TS + 10))
    second = _write(tmp_path / "b.jsonl", raw("click", ts=TS + 5))
    numbers = [(file, number) for file, number, _ in _all(list(read([first, second], 50)))]
    assert numbers == [(0, 1), (0, 2), (1, 1), (0, 3)]


def test_a_file_in_reverse_does_not_fill_the_memory(tmp_path: Path) -> None:
    backwards = b"\n".join(raw("click", ts=TS + 10**6 - k, ip="x" * 100) for k in range(40_000))
    paths = [_write(tmp_path / "a.jsonl", backwards), _write(tmp_path / "b.jsonl", raw("click", ts=TS))]
    files = [Lines(path) for path in paths]
    parts = list(merge(files, waiting_max=5000))
    for file in files:
        file.close()
    assert sum(len(part.lines) for part in parts) == 40_001
    assert max(len(part.lines) for part in parts) < 20_000


@pytest.mark.parametrize(
    ("line", "ts"),
    [
        (b'{"ts":1767225600000}', TS),
        (b'{"a":1,"ts" : 1767225600000 }', TS),
        (b'{"text":"\\"ts\\":1767225600001","ts":1767225600000}', TS),
        (b'{"ts":"2026-01-01T01:00:00+01:00"}', TS),
        (b'{"specversion":"1.0","time":"2026-01-01T00:00:00Z","data":{}}', TS),
        (b'{"ts":1767225600}', 5),
        (b'{"ts":999999999999}', 999_999_999_999),
        (b'{"ts":9999999999999}', 5),
        (b'{"ts":"2026-01-01T00:00:00.000"}', 5),
        (b'{"ts":"this is no time at all"}', 5),
        (b'{"ts":"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}', 5),
        (b'{"source":"ts","id":"time","ts":1767225600000}', TS),
        (b'{"ts', 5),
        (b'{"ts":', 5),
        (b'{"ts":"2026', 5),
        (b'{"ts":1767225600000', TS),
        (b"", 5),
    ],
)
def test_a_peek_at_the_time(line: bytes, ts: int) -> None:
    assert times_of(Slices.of([line, raw("click", ts=TS + 1), line]), 5).tolist() == [
        ts,
        TS + 1,
        TS + 1 if ts == 5 else ts,
    ]
