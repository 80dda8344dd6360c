"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from detector.outfile import output


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_takes_its_name_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "flags.jsonl"
    with output(path) as file:
        file.write(b"one\n")
        assert not path.exists()
    assert path.read_bytes() == b"one\n"
    assert names(tmp_path) == ["flags.jsonl"]


def _fail(path: Path, error: type[BaseException]) -> None:
    with output(path) as file:
        file.write(b"half")
        raise error


@pytest.mark.parametrize("error", [OSError, ValueError, KeyboardInterrupt])
def test_a_failure_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "flags.jsonl"
    for before in ([], [b"before"]):
        for content in before:
            path.write_bytes(content)
        with pytest.raises(error):
            _fail(path, error)
        assert names(tmp_path) == ["flags.jsonl"] * len(before)
    assert path.read_bytes() == b"before"


def test_the_mode_is_that_of_the_file_before_or_of_any_new_one(tmp_path: Path) -> None:
    plain, new, kept = (tmp_path / name for name in ("plain", "new", "kept"))
    plain.touch()
    kept.touch(mode=0o640)
    for path in (new, kept):
        with output(path) as file:
            file.write(b"x")
    assert stat.S_IMODE(new.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").touch()
    (tmp_path / "link").symlink_to("real")
    with output(tmp_path / "link") as file:
        file.write(b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"x"


def test_devices_and_pipes_are_written_to(tmp_path: Path) -> None:
    with output("/dev/null") as file:
        file.write(b"x")
    assert not Path("/dev/null").is_file()
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    with output(pipe) as file:
        file.write(b"x")
    reader.join()
    assert got == [b"x"]


def test_a_name_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "flags.jsonl"):
        with pytest.raises(OSError, match=str(path)), output(path):
            pytest.fail("it was opened")
