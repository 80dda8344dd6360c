# mypy: allow-untyped-defs, allow-untyped-calls
"""Text to what it says: code points without case, accents, punctuation, emoji, disguise, white space, links.

Done with one look-up a character in a table made by `models.text.build`: compatibility decomposition, case
folding, marks, zero-width and format characters, punctuation and symbols dropped, characters drawn alike
folded to one (`models.text.lookalikes`). A link (``http://``, ``https://`` or ``www.``, in ASCII) goes up to
the next character that no link holds unescaped.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

with np.load(Path(__file__).with_name("folding.npz")) as _table:
    PAGES: np.ndarray = _table["pages"]
    ENTRIES: np.ndarray = _table["entries"]
    POOL: np.ndarray = _table["pool"]

WIDEST = 18
"""The most code points that one character becomes (U+FDFA)."""


@njit(inline="always")
def _lower(data, i):
    return data[i] | 0x20


@njit
def _link(data, i, end):
    """The length of the prefix of a link that begins at `i`, or 0. ``data[i]`` is h, H, w or W."""
    if _lower(data, i) == 0x77:
        if i + 4 < end and _lower(data, i + 1) == 0x77 and _lower(data, i + 2) == 0x77:
            return 4 if data[i + 3] == 0x2E else 0
        return 0
    if i + 7 >= end or _lower(data, i + 1) != 0x74 or _lower(data, i + 2) != 0x74:
        return 0
    k = i + 5 if _lower(data, i + 4) == 0x73 else i + 4
    scheme = _lower(data, i + 3) == 0x70 and k + 2 < end
    return k + 3 - i if scheme and data[k] == 0x3A and data[k + 1] == 0x2F and data[k + 2] == 0x2F else 0


@njit
def fold_text(data, start, end, pages, entries, pool, out):
    """Writes the folded code points of UTF-8 ``data[start:end]`` to `out`; returns how many.

    Bytes that are no UTF-8 are passed over one by one. `out` (uint32) has room for 6 code points a byte.
    """
    n = 0
    i = start
    before: Any = False  # whether an ASCII letter or digit came just before
    while i < end:
        b = np.uint32(data[i])
        if b < 0x80:
            low = b | 0x20
            if (low == 0x68 or low == 0x77) and not before:
                k = _link(data, i, end)
                if k > 0:
                    i += k
                    # ASCII but for white space, controls, quotes, <, > and backquote
                    while i < end and 0x20 < data[i] < 0x7F and data[i] not in (0x22, 0x3C, 0x3E, 0x60):
                        i += 1
                    continue
            point = b
            i += 1
            before = (0x61 <= low <= 0x7A) or (0x30 <= b <= 0x39)
        else:
            before = False
            if b >= 0xF0 and b < 0xF5:
                size = 4
                point = b & np.uint32(0x07)
            elif b >= 0xE0 and b < 0xF0:
                size = 3
                point = b & np.uint32(0x0F)
            elif b >= 0xC2 and b < 0xE0:
                size = 2
                point = b & np.uint32(0x1F)
            else:
                i += 1
                continue
            if i + size > end:
                i += 1
                continue
            bad = np.uint32(0)
            for k in range(1, size):
                c = np.uint32(data[i + k])
                bad |= (c & np.uint32(0xC0)) ^ np.uint32(0x80)
                point = np.uint32((point << np.uint32(6)) | (c & np.uint32(0x3F)))
            if bad != 0 or point >= np.uint32(0x110000):
                i += 1
                continue
            i += size
        entry = entries[(np.int64(pages[point >> np.uint32(8)]) << 8) | np.int64(point & np.uint32(0xFF))]
        if entry == np.uint32(0):
            out[n] = point
            n += 1
        elif entry == np.uint32(1):
            continue
        elif entry < np.uint32(0x80000000):
            out[n] = entry
            n += 1
        else:
            at = np.int64((entry & np.uint32(0x7FFFFFFF)) >> np.uint32(5))
            for k in range(np.int64(entry & np.uint32(31))):
                out[n] = pool[at + k]
                n += 1
    return n


@njit(cache=True)
def _fold(data, pages, entries, pool):
    out = np.empty(6 * len(data) + 1, np.uint32)
    return out[: fold_text(data, 0, len(data), pages, entries, pool, out)]


def normalise(text: str) -> str:
    """A text as signatures see it; for people and tests.

    >>> normalise("Ｃаfé — see https://t.co/x NOW!")
    'cafeseenow'
    """
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    points: np.ndarray = _fold(data, PAGES, ENTRIES, POOL)
    return points.tobytes().decode("utf-32-le")
