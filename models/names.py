# mypy: allow-untyped-defs, allow-untyped-calls
"""Strings: an arena for those that stay, by their 64-bit hash; a ring for those needed for a while."""

import numpy as np
from numba import njit

from models.bare import bare
from models.index import Index, add, find
from models.state import Table

NAME = np.dtype([("key", "u8"), ("at", "u4"), ("length", "u4")])


class Names:
    """Names by hash; each is stored once, in whole 8-byte words.

    A kernel that calls `remember` passes ``entries``, ``dirty``, ``slots``, ``letters``, ``letters_dirty``
    and ``used`` (int64 array: names, words) and the caller has called `reserve`.
    """

    def __init__(self, capacity: int = 1 << 25) -> None:
        self.table = Table("names", NAME, capacity)
        self.letters = Table("letters", np.dtype("u8"), capacity * 4)
        self.index = Index(self.table)
        self.used = np.zeros(2, np.int64)

    def reserve(self, more: int) -> None:
        """Makes room for `more` names, their letters aside. Raises MemoryError when there is none."""
        self.sync()
        self.index.reserve(more)

    def sync(self) -> None:
        """Takes over what a kernel has counted."""
        # Never less: while a checkpoint is being loaded the tables know more than the count, until `rebuild`.
        self.table.used = max(self.table.used, int(self.used[0]))
        self.letters.used = max(self.letters.used, int(self.used[1]))

    def rebuild(self) -> None:
        """After the tables have been loaded."""
        self.used[:] = self.table.used, self.letters.used
        self.index.rebuild()

    def get_many(self, keys: np.ndarray) -> list[str]:
        """The names of hashes (uint64). Raises KeyError when one is not known."""
        rows = np.empty(len(keys), np.int64)
        words = _find(self.index.slots, self.table.rows["key"], self.table.rows["length"], keys, rows)
        if words < 0:
            raise KeyError("a hash whose name was never stored")
        entries = self.table.rows
        return _cut(self.letters.rows, entries["at"][rows].astype(np.int64), entries["length"][rows], words)

    @property
    def nbytes(self) -> int:
        self.sync()
        return self.table.nbytes + self.letters.nbytes + self.index.nbytes


@njit(cache=True)
def _find(slots, keys, lengths, wanted, rows):
    """Fills in the rows of the keys; how many words their names take, -1 when one is not there."""
    words = np.int64(0)
    for i in range(len(wanted)):
        rows[i] = find(slots, keys, wanted[i])
        if rows[i] < 0:
            return -1
        words += (np.int64(lengths[rows[i]]) + 7) >> 3
    return words


def _cut(letters: np.ndarray, at: np.ndarray, lengths: np.ndarray, words: int) -> list[str]:
    """The strings that begin at words `at` of a ring or an arena."""
    out = np.empty(words, np.uint64)
    ends = np.empty(len(at), np.int64)
    _copy(letters, at, lengths, out, ends)
    data = out.tobytes()
    return [
        data[(start := end - (length + 7 & ~7)) : start + length].decode()
        for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)
    ]


@njit(cache=True)
def _copy(letters, at, lengths, out, ends):
    n = 0
    for i in range(len(at)):
        for k in range((np.int64(lengths[i]) + 7) >> 3):
            out[n] = letters[(at[i] + k) % len(letters)]
            n += 1
        ends[i] = 8 * n


@njit(inline="always")
def copy_words(source, start, length, target, at):
    """Copies `length` bytes of `source` to whole words of `target` from word `at`; returns the next word."""
    i = 0
    while i < length:
        word = np.uint64(0)
        for k in range(min(8, length - i)):
            word |= np.uint64(source[start + i + k]) << np.uint64(8 * k)
        target[at] = word
        at += 1
        i += 8
    return at


@njit(cache=True)
def remember(entries, dirty, slots, letters, letters_dirty, used, key, source, start, length):
    """Stores a name unless it is known. Raises MemoryError when there is no room for its letters."""
    entries, slots, letters, letters_dirty = bare(entries), bare(slots), bare(letters), bare(letters_dirty)
    if used[1] + ((length + 7) >> 3) > len(letters):
        raise MemoryError("the names' letters are full")
    row, now = add(slots, entries["key"], used[0], key)
    if now > used[0]:
        used[0] = now
        entries[row].at = used[1]
        entries[row].length = length
        dirty[row] = 1
        end = copy_words(source, start, length, letters, used[1])
        letters_dirty[used[1] : end] = 1
        used[1] = end


class Recent:
    """The last strings of a stream, by the word position at which each begins; older ones are overwritten.

    Args:
        words: room, a power of two.
    """

    def __init__(self, words: int = 1 << 22) -> None:
        self.table = Table("recent", np.dtype("u8"), words)
        self.position = np.zeros(1, np.int64)

    def get_many(self, at: np.ndarray, lengths: np.ndarray) -> list[str]:
        """The strings written at words `at`, those left out that have been overwritten."""
        kept = int(self.position[0]) - at <= len(self.table.rows)
        at, lengths = at[kept], lengths[kept]
        return _cut(self.table.rows, at, lengths, int((lengths.astype(np.int64) + 7 >> 3).sum()))


@njit(cache=True)
def append(ring, dirty, position, source, start, length):
    """Writes a string to the ring; returns the word at which it begins."""
    mask = len(ring) - 1
    begin = position[0]
    at = begin
    i = 0
    while i < length:
        word = np.uint64(0)
        for k in range(min(8, length - i)):
            word |= np.uint64(source[start + i + k]) << np.uint64(8 * k)
        ring[at & mask] = word
        dirty[at & mask] = 1
        at += 1
        i += 8
    position[0] = at
    return begin
