# mypy: allow-untyped-defs, allow-untyped-calls
"""The lines of one file, plain or compressed, block by block."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import zstandard
from numba import njit

from detector.events.slices import LONGEST, SLACK, Slices
from models.memory import WIDE, byte, newlines, ones, zeros

_READ = 8_192  # bytes of a compressed file at a time: even a bomb unpacks to what memory can hold
_BLOCK = 1 << 20
_PADDING = bytes(SLACK)
_ARCHIVES = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst"}


class UnreadableFile(OSError):  # noqa: N818 - a fact about a file, and the name that callers know
    """A file that cannot be opened, or is not what it should be.

    Attributes:
        path: the file; `-` for the standard input.
        why: what is wrong, in words.
    """

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


@dataclass(slots=True)
class Block:
    """Some lines of a file, none of them blank.

    Attributes:
        lines: without the newline.
        numbers: shape (len(lines),), int64: their numbers in the file, from 1.
    """

    lines: Slices
    numbers: np.ndarray


class _Unpacker(Protocol):
    """What `zlib` and `zstandard` have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _gzip() -> _Unpacker:
    return zlib.decompressobj(wbits=31)


def _zstd() -> _Unpacker:
    return zstandard.ZstdDecompressor().decompressobj()


class Lines:
    """The lines of a file; `.gz` and `.zst` are known by the name, or by the first bytes.

    Attributes:
        path: the file; `-` for the standard input.
        bytes_read: how much of the file itself has been read.
    """

    def __init__(self, path: str) -> None:
        """Opens the file. Raises UnreadableFile."""
        self.path = path
        self.bytes_read = 0
        if path == "-" and sys.stdin is None:
            raise UnreadableFile(path, "is closed")
        try:
            self._file = (
                cast(BufferedReader, sys.stdin.buffer) if path == "-" else Path(path).open("rb")  # noqa: SIM115
            )
        except OSError as error:
            raise UnreadableFile(path, error.strerror or str(error)) from None

    def close(self) -> None:
        """Closes the file; the standard input stays open."""
        if self.path != "-":
            self._file.close()

    def blocks(self) -> Iterator[Block]:
        """The lines in order; of one of more than LONGEST bytes at least LONGEST + 1, never all that follow.

        Raises UnreadableFile when the file cannot be read on.
        """
        number = 1
        rest: list[bytes] = []  # the beginning of a line, in the pieces in which it came
        length = 0
        for data in self._unpacked():
            begin = data.rfind(b"\n") + 1
            if begin:
                block, count = _block(b"".join((*rest, data, _PADDING)), length + begin, number)
                yield block
                number += count
                rest, length = [data[begin:]], len(data) - begin
            elif length <= LONGEST:
                rest.append(data)
                length += len(data)
        if length:
            yield _block(b"".join((*rest, b"\n", _PADDING)), length + 1, number)[0]

    def _unpacked(self) -> Iterator[bytes]:
        first = self._read(_READ)
        kind = self.path.rpartition(".")[2]
        if kind not in ("gz", "zst"):
            kind = next((name for magic, name in _ARCHIVES.items() if first.startswith(magic)), "")
        if kind:
            yield from _gathered(self._members(first, _gzip if kind == "gz" else _zstd))
            return
        while first:
            yield first
            first = self._read(_BLOCK)

    def _members(self, data: bytes, new: Callable[[], _Unpacker]) -> Iterator[bytes]:
        """The content of a compressed file, which may be several that were joined."""
        unpacker = new()
        while data:
            try:
                content = unpacker.decompress(data)
            except (zlib.error, zstandard.ZstdError) as error:
                raise UnreadableFile(self.path, f"the archive is damaged: {error}") from None
            for at in range(0, len(content), _BLOCK):
                yield content[at : at + _BLOCK]
            data = b""
            if unpacker.eof:
                data = unpacker.unused_data.lstrip(b"\0")  # zeros may pad the end
                while not data and (more := self._read(_READ)):
                    data = more.lstrip(b"\0")
                if not data:
                    return
                unpacker = new()
            data = data or self._read(_READ)
        raise UnreadableFile(self.path, "the archive is cut short")

    def _read(self, size: int) -> bytes:
        try:
            data = self._file.read1(size)  # of a pipe, what is there
        except OSError as error:
            raise UnreadableFile(self.path, error.strerror or str(error)) from None
        self.bytes_read += len(data)
        return data


def _gathered(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of a block or more."""
    waiting: list[bytes] = []
    length = 0
    for part in parts:
        waiting.append(part)
        length += len(part)
        if length >= _BLOCK:
            yield b"".join(waiting)
            waiting, length = [], 0
    yield b"".join(waiting)


def _block(data: bytes, end: int, first: int) -> tuple[Block, int]:
    """The lines of ``data[:end]``, which ends with a newline, and how many there are with the blank ones."""
    buffer = np.frombuffer(data, np.uint8)
    starts, lengths, numbers, count = _split(buffer.ctypes.data, end, first)
    return Block(Slices(buffer, starts, lengths), numbers), count


@njit(cache=True)
def _split(data, end, number):
    """Of the lines of the `end` bytes at an address: starts, lengths and numbers of those that are not blank.

    WIDE bytes behind the end can be read. Returns also how many lines there are.
    """
    count = 0
    for at in range(0, end, WIDE):
        count += ones(newlines(data + at))
    starts, lengths, numbers = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    first, n, begin = number, 0, 0
    for at in range(0, end, WIDE):
        found = newlines(data + at)
        while found != 0:
            stop = at + zeros(found)
            found &= found - np.uint64(1)
            if stop >= end:
                break
            k = begin
            while k < stop and (byte(data + k) == 0x20 or 0x09 <= byte(data + k) <= 0x0D):
                k += 1
            if k < stop:
                starts[n], lengths[n], numbers[n] = begin, stop - begin, number
                n += 1
            number += 1
            begin = stop + 1
    return starts[:n], lengths[:n], numbers[:n], number - first
