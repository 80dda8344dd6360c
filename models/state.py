"""State that can be checkpointed: arrays of fixed-size rows, and keyed blobs, that know what changed."""

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np

_HUGE = 1 << 21
_NO_RESERVE = 0x4000  # of Linux; `mmap` has no name for it before Python 3.13


def reserve(n: int, dtype: np.dtype[Any]) -> np.ndarray:
    """An array of `n` zeroed elements, of which the system backs the pages that are touched.

    A large one asks for pages of 2 MiB: state is touched at random, and there are too many small pages for
    the processor to know where they all are; making them costs time as well.
    """
    size = n * dtype.itemsize
    if size < _HUGE or not hasattr(mmap, "MADV_HUGEPAGE"):
        return np.zeros(n, dtype)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE)
    memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, dtype, n)


class Table:
    """An array of rows whose changed rows are known.

    The array is sized for the maximum at once: the system backs only the pages that are touched, so
    growing costs nothing and row numbers and addresses stay valid.

    Args:
        name: unique within the owner.
        dtype: of one row.
        capacity: rows at most.

    Attributes:
        rows: shape (capacity,), zeroed.
        dirty: shape (capacity,), uint8; a kernel that writes row ``i`` sets ``dirty[i] = 1``.
        used: rows in use, from the front.

    >>> table = Table("counts", np.dtype("i8"), 8)
    >>> table.rows[2], table.dirty[2], table.used = 7, 1, 3
    >>> index, rows = table.take_changes(share=0, shares=1_000)
    >>> index.tolist(), rows.tolist()
    ([0, 2], [0, 7])
    >>> table.take_changes(share=1, shares=1_000)[0].tolist()
    [1]
    """

    def __init__(self, name: str, dtype: np.dtype[Any], capacity: int) -> None:
        self.name = name
        self.rows = reserve(capacity, dtype)
        self.dirty = reserve(capacity, np.dtype(np.uint8))
        self.used = 0

    def take_changes(self, share: int, shares: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows changed since the last call, and every ``shares``-th row beginning at ``share % shares``.

        So ``shares`` calls in a row hand out every row at least once, and a reader of the last ``shares``
        answers has them all. Returns (row numbers uint32 ascending, copies of the rows).
        """
        marks = self.dirty[: self.used]
        marks[share % shares :: shares] = 1
        index = np.flatnonzero(marks).astype(np.uint32)
        marks[:] = 0
        return index, self.rows[index]

    def put(self, index: np.ndarray, rows: np.ndarray) -> None:
        """Writes rows of a checkpoint back."""
        if len(index):
            self.rows[index] = rows
            self.used = max(self.used, int(index.max()) + 1)

    @property
    def nbytes(self) -> int:
        """Bytes in use."""
        return self.used * self.rows.itemsize


class Blobs:
    """Keyed byte strings whose changed keys are known; for the little state that is not arrays.

    >>> blobs = Blobs("cases")
    >>> blobs["a"] = b"1"
    >>> dict(blobs.take_changes())
    {'a': b'1'}
    >>> del blobs["a"]
    >>> dict(blobs.take_changes())
    {'a': None}
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._blobs: dict[str, bytes] = {}
        self._changed: set[str] = set()

    def __getitem__(self, key: str) -> bytes:
        return self._blobs[key]

    def __setitem__(self, key: str, blob: bytes) -> None:
        self._blobs[key] = blob
        self._changed.add(key)

    def __delitem__(self, key: str) -> None:
        del self._blobs[key]
        self._changed.add(key)

    def __contains__(self, key: str) -> bool:
        return key in self._blobs

    def __iter__(self) -> Iterator[str]:
        return iter(self._blobs)

    def __len__(self) -> int:
        return len(self._blobs)

    def take_changes(self) -> Iterator[tuple[str, bytes | None]]:
        """(key, blob or None when deleted) of every key changed since the last call."""
        changed, self._changed = sorted(self._changed), set()
        for key in changed:
            yield key, self._blobs.get(key)

    def put(self, key: str, blob: bytes | None) -> None:
        """Writes an entry of a checkpoint back."""
        if blob is None:
            self._blobs.pop(key, None)
        else:
            self._blobs[key] = blob
