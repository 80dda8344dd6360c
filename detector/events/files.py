"""Events from files: `.jsonl`, `.jsonl.gz`, `.jsonl.zst`, and `-` for the standard input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detector.events.lines import Lines, UnreadableFile
from detector.events.merge import Merged, merge
from detector.events.slices import Slices

__all__ = ["Chunk", "UnreadableFile", "read", "size"]

# Bytes of lines from which a chunk is handed out though it has fewer than were asked for.
_CHUNK_BYTES = 1 << 26


@dataclass(slots=True)
class Chunk:
    """Lines of files, none of them blank.

    Attributes:
        lines: without the newline.
        file_numbers: shape (len(lines),), int64: the place of each line's file in the list of paths.
        line_numbers: shape (len(lines),), int64: the number of each line in its file, from 1.
        bytes_read: how many bytes of the files themselves have been read so far, of `size`.
    """

    lines: Slices
    file_numbers: np.ndarray
    line_numbers: np.ndarray
    bytes_read: int


def read(paths: Sequence[str], batch: int) -> Iterator[Chunk]:
    """The lines of all files, `batch` at a time; several files are merged by time.

    The last chunk has fewer, and so have chunks of very long lines, so that memory is bounded. Of a line of
    more than `slices.LONGEST` bytes only the beginning is sure to be there.

    Raises UnreadableFile: before the first chunk when a file cannot be opened; later when one is damaged.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(closing(Lines(path))) for path in paths]
        for part in _even(
            _plain(files[0]) if len(files) == 1 else merge(files) if files else iter(()), batch
        ):
            yield Chunk(part.lines, part.files, part.numbers, sum(file.bytes_read for file in files))


def size(paths: Sequence[str]) -> int | None:
    """The bytes of all files, or None when one is the standard input. Raises UnreadableFile."""
    total = 0
    for path in paths:
        if path == "-":
            return None
        try:
            total += Path(path).stat().st_size
        except OSError as error:
            raise UnreadableFile(path, error.strerror or str(error)) from None
    return total


def _plain(file: Lines) -> Iterator[Merged]:
    for block in file.blocks():
        yield Merged(block.lines, np.zeros(len(block.lines), np.int64), block.numbers)


def _even(parts: Iterator[Merged], batch: int) -> Iterator[Merged]:
    """The same lines, cut anew."""
    waiting: list[Merged] = []
    missing, size = batch, 0
    for part in parts:
        at = 0
        while len(part.lines) - at >= missing:
            yield _joined([*waiting, part.take(slice(at, at + missing))])
            at += missing
            waiting, missing, size = [], batch, 0
        if at < len(part.lines):
            waiting.append(part.take(slice(at, None)))
            missing -= len(part.lines) - at
            size += int(waiting[-1].lines.lengths.sum())
        if size >= _CHUNK_BYTES:
            yield _joined(waiting)
            waiting, missing, size = [], batch, 0
    if waiting:
        yield _joined(waiting)


def _joined(parts: list[Merged]) -> Merged:
    return Merged(
        Slices.join([part.lines for part in parts]),
        np.concatenate([part.files for part in parts]),
        np.concatenate([part.numbers for part in parts]),
    )
