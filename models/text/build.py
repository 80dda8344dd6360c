"""Makes `folding.npz`, the table of `folding`: `python -m models.text.build`.

The table is shipped because Python's own Unicode tables differ from version to version, and the same text
must have the same signature everywhere. What came into Unicode later is dropped, and listed as `unassigned`.
Run it again only with a new version of the state's layout.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from models.text.lookalikes import LOOKALIKES

TABLE = Path(__file__).with_name("folding.npz")
POINTS = 0x110000
PAGE = 256
SAME, DROP, MANY = 0, 1, 1 << 31

_LATIN = re.compile(
    r"(?:LATIN (?:SMALL|CAPITAL) LETTER |LATIN LETTER SMALL CAPITAL "
    r"|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER )([A-Z])(?: WITH .*)?"
)
# Letters by category that show nothing: fillers, and the tatweel that only stretches a line.
_EMPTY = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5\u0640")


def _dropped(char: str) -> bool:
    """Whether a character carries no meaning: space, punctuation, symbol, control, a mark over another.

    Marks of combining class 0 in Indic and South-East Asian scripts are vowels: they stay.
    """
    category = unicodedata.category(char)
    if char in _EMPTY or category[0] in "ZPC" or category == "Me":
        return True
    if category[0] == "S":
        whole = unicodedata.normalize("NFKD", char) == char
        return whole and not _LATIN.fullmatch(unicodedata.name(char, ""))
    if category[0] == "M":
        indic = 0x900 <= ord(char) < 0x1D00 or 0xA800 <= ord(char) < 0xAC00 or 0x11000 <= ord(char) < 0x12000
        return unicodedata.combining(char) != 0 or not indic or 0x180B <= ord(char) <= 0x180F
    return False


@cache
def fold(char: str) -> str:
    """What one character becomes: nothing, itself, or up to 18 others. Folding the result changes nothing."""
    if _dropped(char):
        return ""
    if char in LOOKALIKES:
        return fold(LOOKALIKES[char])
    for step in (unicodedata.normalize("NFKD", char), char.casefold()):
        if step != char:
            return "".join(map(fold, step))
    digit = unicodedata.decimal(char, None)
    if digit is not None and char != str(digit):
        return fold(str(digit))
    latin = _LATIN.fullmatch(unicodedata.name(char, ""))
    if latin and latin[1].lower() != char:
        return fold(latin[1].lower())
    if "\u30a1" <= char <= "\u30f6":  # katakana as hiragana
        return fold(chr(ord(char) - 0x60))
    return char


def build() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pages (POINTS / PAGE, uint16), entries (pages x PAGE, uint32), pool (uint32).

    A code point's entry is ``entries[pages[point >> 8] * 256 + (point & 255)]``: SAME, DROP, another code
    point, or MANY | first place in the pool << 5 | count.
    """
    entries = np.zeros(POINTS, np.uint32)
    pool: list[int] = []
    places: dict[str, int] = {}
    for point in range(POINTS):
        char = chr(point)
        folded = fold(char)
        if folded == "":
            entries[point] = DROP
        elif len(folded) > 1:
            if folded not in places:
                places[folded] = len(pool)
                pool.extend(map(ord, folded))
            entries[point] = MANY | places[folded] << 5 | len(folded)
        elif folded != char:
            entries[point] = ord(folded)
    blocks, pages = np.unique(entries.reshape(-1, PAGE), axis=0, return_inverse=True)
    return pages.reshape(-1).astype(np.uint16), blocks.reshape(-1), np.array(pool, np.uint32)


def folds(table: Mapping[str, np.ndarray]) -> list[str]:
    """What a table, as `build` makes it, says of every code point: the inverse of it."""
    entries = table["entries"].reshape(-1, PAGE)[table["pages"]].reshape(-1).tolist()
    pool = "".join(map(chr, table["pool"].tolist()))
    folded = []
    for point, entry in enumerate(entries):
        if entry in (SAME, DROP):
            folded.append(chr(point) if entry == SAME else "")
        elif entry < MANY:
            folded.append(chr(entry))
        else:
            first = (entry - MANY) >> 5
            folded.append(pool[first : first + (entry & 31)])
    return folded


def unassigned() -> np.ndarray:
    """The code points that mean nothing in this Python's version of Unicode, as ranges: (n, 2) uint32."""
    empty = np.array([unicodedata.category(chr(point)) == "Cn" for point in range(POINTS)])
    edges = np.flatnonzero(np.diff(empty, prepend=False, append=False))
    return edges.reshape(-1, 2).astype(np.uint32)


def main() -> None:
    pages, entries, pool = build()
    version = unicodedata.unidata_version
    np.savez_compressed(
        TABLE, pages=pages, entries=entries, pool=pool, unassigned=unassigned(), unicode=np.array(version)
    )
    print(f"{TABLE}: {TABLE.stat().st_size} bytes, {len(entries) // PAGE} pages, Unicode {version}")


if __name__ == "__main__":
    main()
