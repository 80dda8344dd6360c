# mypy: allow-untyped-defs, allow-untyped-calls
"""What a display name looks like: folded to what a reader sees, and the pattern of a numbered one."""

import numpy as np
from numba import njit

from models.hashing import hash_bytes, pair
from models.text.folding import ENTRIES, PAGES, POOL, fold_text
from models.text.variants import FROM, TO

# Bytes of a name that are looked at.
LONGEST = 256
ROOM = 6 * LONGEST + 18
_HAN = np.uint32(0x3400)
_GREEK, _AFTER_CYRILLIC = np.uint32(0x370), np.uint32(0x530)
_I, _L = np.uint32(ord("i")), np.uint32(ord("l"))


@njit(cache=True)
def folded(data, start, length, points):
    """Writes the code points of a name as a reader sees it; returns how many.

    Case, spaces, punctuation, marks and invisible characters are gone; look-alikes are one.
    """
    n = fold_text(data, start, start + min(length, LONGEST), PAGES, ENTRIES, POOL, points)
    for i in range(n):
        if points[i] == _L:
            points[i] = _I  # as a capital it looks the same, and so does 1
        elif points[i] >= _HAN:
            k = np.searchsorted(FROM, points[i])
            if k < len(FROM) and FROM[k] == points[i]:
                points[i] = TO[k]
    return n


@njit(cache=True)
def hash_points(points, n):
    """The hash of a folded name; 0 for an empty one and for it alone."""
    if n == 0:
        return np.uint64(0)
    out = np.uint64(n)
    for i in range(n):
        out = pair(out, np.uint64(points[i]))
    return out


@njit(cache=True)
def disguised(data, start, length, points, n):
    """Whether a name has letters that nobody sees, wide forms of ASCII, or another's look-alikes.

    Those are Greek or Cyrillic letters among Latin ones that all read as Latin (Unicode Technical Standard
    39: mixed scripts that are confusable with one). A name in two scripts has letters that do not.

    Args:
        points, n: the name, folded.
    """
    latin, other = 0, 0
    for i in range(start, start + min(length, LONGEST)):
        b = np.int64(data[i])
        latin += 1 if 0x61 <= (b | 0x20) <= 0x7A else 0
        other += 1 if 0xCD <= b <= 0xD4 else 0  # the Greek and Cyrillic blocks, two bytes each
        if i + 2 < start + length:
            point = (b & 0x0F) << 12 | (np.int64(data[i + 1]) & 0x3F) << 6 | (np.int64(data[i + 2]) & 0x3F)
            if b == 0xE2 and (0x200B <= point <= 0x200F or 0x2060 <= point <= 0x2064):
                return True
            if b == 0xEF and (0xFF01 <= point <= 0xFF5E or point == 0xFEFF):
                return True
    if latin == 0 or other == 0:
        return False
    apart = 0
    for i in range(n):
        apart += _GREEK <= points[i] < _AFTER_CYRILLIC
    return apart == 0


@njit(cache=True)
def pattern(data, start, length, room):
    """The hash of a name whose numbers are left open; 0 where it has fewer than two digits or letters.

    Args:
        room: uint8, for LONGEST bytes.
    """
    n, digits, letters = 0, 0, 0
    before = False
    for i in range(start, start + min(length, LONGEST)):
        byte = data[i]
        if np.uint8(48) <= byte <= np.uint8(57):
            digits += 1
            if not before:
                room[n] = 35
                n += 1
            before = True
        else:
            letters += 1
            if np.uint8(65) <= byte <= np.uint8(90):
                byte = np.uint8(byte + np.uint8(32))
            room[n] = byte
            n += 1
            before = False
    if digits < 2 or letters < 2:
        return np.uint64(0)
    return hash_bytes(room, 0, n)


def skeleton(name: str) -> int:
    """The hash that names have in common which read alike; for people and tests.

    >>> skeleton("Pаris\u200b Match") == skeleton("paris match")  # a Cyrillic letter, an invisible one
    True
    """
    data = np.frombuffer(name.encode(), np.uint8)
    points = np.empty(ROOM, np.uint32)
    return int(hash_points(points, folded(data, 0, len(data), points)))
