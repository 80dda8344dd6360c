"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

STDOUT = "-"


@contextmanager
def output(path: str | Path) -> Iterator[BinaryIO]:
    """A file to write bytes to, which takes its name when all is written; `-` is stdout.

    What is written goes to a temporary file beside it (`.NAME.*.part`). An error, or Ctrl-C, removes that
    and leaves a file of the name as it was. What cannot be replaced (a device, a pipe, a mount of its own, a
    file in a folder that takes no new ones) is written to as it stands.

    Raises:
        OSError: it cannot be opened, or not be given its name.
    """
    if str(path) == STDOUT:
        if sys.stdout is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF), "stdout")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    given = Path(path)
    if given.exists() and not _replaceable(given):
        with given.open("wb") as file:
            yield file
        return
    real = given.resolve()
    part = _part(real, path)
    try:
        with part.open("wb") as file:
            yield file
        part.chmod(_mode(real))
        part.replace(real)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _replaceable(path: Path) -> bool:
    # A file that may not be written to is not to be replaced either: opening it says so.
    return (
        path.is_file()
        and not path.is_mount()
        and os.access(path, os.W_OK)
        and os.access(path.resolve().parent, os.W_OK)
    )


def _part(path: Path, given: str | Path) -> Path:
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(given)) from None
    os.close(number)
    return Path(name)


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced, or those that a new one would have."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0o077)
        os.umask(mask)
        return 0o666 & ~mask
