# mypy: ignore-errors
"""JSON strings that are not plain: with characters beyond ASCII, which are checked, and with escapes.

What msgspec might refuse (broken UTF-8, half a surrogate pair, controls) is refused here as well.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.memory import WIDE, byte, load, special, store, zeros

QUOTE, _BACKSLASH, _SPACE = 0x22, 0x5C, 0x20
# What a character means behind a backslash; 0: nothing, or more digits.
_MEANING = np.zeros(256, np.int64)
for _letter, _meant in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    _MEANING[_letter] = _meant
_HEX = np.full(256, 1 << 16, np.int64)
for _value, _digit in enumerate(b"0123456789abcdef"):
    _HEX[_digit] = _HEX[ord(chr(_digit).upper())] = _value


@njit
def _size(at):
    """The bytes of the character beyond ASCII at an address; 0 when it is no UTF-8 (Unicode, table 3-7)."""
    first, second = byte(at), byte(at + 1)
    if first < 0xC2 or first > 0xF4 or second & 0xC0 != 0x80:
        return 0
    if first < 0xE0:
        return 2
    if byte(at + 2) & 0xC0 != 0x80:
        return 0
    if first < 0xF0:
        return 0 if (first == 0xE0 and second < 0xA0) or (first == 0xED and second >= 0xA0) else 3
    if byte(at + 3) & 0xC0 != 0x80 or (first == 0xF0 and second < 0x90) or (first == 0xF4 and second >= 0x90):
        return 0
    return 4


@njit
def _unit(at):
    """The number that the four hexadecimal digits at an address write; above 0xFFFF when they are none."""
    return (_HEX[byte(at)] << 12) + (_HEX[byte(at + 1)] << 8) + (_HEX[byte(at + 2)] << 4) + _HEX[byte(at + 3)]


@njit
def _escape(at):
    """(the code point, the next byte's address) of the escape at an address; (0, 0) when it is none."""
    letter = byte(at + 1)
    if _MEANING[letter] != 0:
        return _MEANING[letter], at + 2
    if letter != 0x75:  # u
        return 0, 0
    point = _unit(at + 2)
    if point > 0xFFFF or 0xDC00 <= point < 0xE000:
        return 0, 0
    if point < 0xD800 or point >= 0xE000:
        return point, at + 6
    low = _unit(at + 8)
    if byte(at + 6) != _BACKSLASH or byte(at + 7) != 0x75 or low < 0xDC00 or low >= 0xE000:
        return 0, 0
    return 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00), at + 12


@njit
def _put(point, to):
    """Writes a code point as UTF-8; returns the address behind it."""
    if point < 0x80:
        store(to, np.uint64(point))
        return to + 1
    last = 0x80 | (point & 0x3F)
    if point < 0x800:
        store(to, np.uint64(0xC0 | (point >> 6) | (last << 8)))
        return to + 2
    third = 0x80 | ((point >> 6) & 0x3F)
    if point < 0x10000:
        store(to, np.uint64(0xE0 | (point >> 12) | (third << 8) | (last << 16)))
        return to + 3
    second = 0x80 | ((point >> 12) & 0x3F)
    store(to, np.uint64(0xF0 | (point >> 18) | (second << 8) | (third << 16) | (last << 24)))
    return to + 4


@njit
def _unescape(start, at, end, to):
    """As `string`, of a string that begins at `start` and whose first escape is at `at`."""
    begin, nul = to, False
    to += at - start
    for k in range(0, at - start, 8):
        store(begin + k, load(start + k))
    while at < end:
        c = byte(at)
        if c == QUOTE:
            return begin, to, at + 1, nul
        if c == _BACKSLASH:
            point, at = _escape(at)
            if at == 0:
                break
            nul |= point == 0
            to = _put(point, to)
        elif c < _SPACE:
            break
        else:
            size = _size(at) if c >= 0x80 else 1
            if size == 0:
                break
            store(to, load(at))  # what is too much is written over
            to += size
            at += size
    return 0, 0, 0, False


@njit
def string(start, end, to):
    """The content of the JSON string that begins at address `start`, behind the quote.

    Args:
        end: where the record ends; WIDE bytes behind it can be read.
        to: room for a string with escapes, which is written there without them, and 8 bytes more.

    Returns (where the content begins, where it ends, where the record goes on, whether it holds a NUL); all
    0 when it is doubtful.
    """
    at = start
    while at < end:
        found = special(at)
        if found == 0:
            at += WIDE
            continue
        at += zeros(found)
        if at >= end:
            break
        c = byte(at)
        if c == QUOTE:
            return start, at, at + 1, False
        if c == _BACKSLASH:
            return _unescape(start, at, end, to)
        if c < _SPACE:
            break
        while c >= 0x80:
            size = _size(at)
            if size == 0:
                return 0, 0, 0, False
            at += size
            c = byte(at)
    return 0, 0, 0, False


@njit
def characters(start, end):
    """The characters of valid UTF-8."""
    n = 0
    for at in range(start, end):
        n += byte(at) & 0xC0 != 0x80
    return n
