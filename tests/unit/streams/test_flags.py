"""Flags to a file: the last revision of each, sorted."""

from __future__ import annotations

import io

import pytest

from streams.flags import FlagError, Latest


def written(latest: Latest, *args: object) -> list[bytes]:
    file = io.BytesIO()
    count = latest.write(file, *args)  # type: ignore[arg-type]
    lines = file.getvalue().splitlines()
    assert count == len(lines)
    return lines


def test_the_last_revision_wins_in_any_order() -> None:
    old, new = b'{"id":"f-1","ts":1,"revision":0}', b'{"id":"f-1","ts":9,"revision":1}'
    for order in ((old, new), (new, old)):
        latest = Latest()
        for line in order:
            latest.add(line)
        assert written(latest) == [new]


def test_sorted_by_ts_and_id() -> None:
    latest = Latest()
    lines = [b'{"id":"b","ts":5}', b'{"id":"c","ts":1}', b'{"id":"a","ts":5}']
    for line in lines:
        latest.add(line)
    assert written(latest) == [lines[1], lines[2], lines[0]]


def test_only_some_kinds_and_statuses() -> None:
    latest = Latest()
    latest.add(b'{"id":"a","ts":1,"kind":"lockstep","status":"open"}')
    latest.add(b'{"id":"b","ts":2,"kind":"lockstep","status":"retracted"}')
    latest.add(b'{"id":"c","ts":3,"kind":"batch_posting","status":"open"}')
    assert len(written(latest, ["lockstep"])) == 2
    assert len(written(latest, ["lockstep"], ["open"])) == 1


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"id":1,"ts":1}', b'{"id":"a"}', b"\xff"])
def test_what_is_no_flag(line: bytes) -> None:
    with pytest.raises(FlagError):
        Latest().add(line)
