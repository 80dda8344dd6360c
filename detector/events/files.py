"""Events from files: `.jsonl`, `.jsonl.gz`, `.jsonl.zst`, and `-` for the standard input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detector.events.lines import Lines, UnreadableFile
from detector.events.merge import Merged, merge

__all__ = ["Chunk", "UnreadableFile", "read", "size"]


@dataclass(slots=True)
class Chunk:
    """Lines of files, none of them blank.

    Attributes:
        lines: without the newline.
        file_numbers: shape (len(lines),), int64: the place of each line's file in the list of paths.
        line_numbers: shape (len(lines),), int64: the number of each line in its file, from 1.
        bytes_read: how many bytes of the files themselves have been read so far, of `size`.
    """

    lines: list[bytes]
    file_numbers: np.ndarray
    line_numbers: np.ndarray
    bytes_read: int


def read(paths: Sequence[str], batch: int) -> Iterator[Chunk]:
    """The lines of all files, `batch` at a time (the last chunk: fewer); several files are merged by time.

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
    lines: list[bytes] = []
    files: list[np.ndarray] = []
    numbers: list[np.ndarray] = []
    for part in parts:
        lines += part.lines
        files.append(part.files)
        numbers.append(part.numbers)
        if len(lines) >= batch:
            of, number = np.concatenate(files), np.concatenate(numbers)
            whole = len(lines) - len(lines) % batch
            for at in range(0, whole, batch):
                yield Merged(lines[at : at + batch], of[at : at + batch], number[at : at + batch])
            lines, files, numbers = lines[whole:], [of[whole:]], [number[whole:]]
    if lines:
        yield Merged(lines, np.concatenate(files), np.concatenate(numbers))
