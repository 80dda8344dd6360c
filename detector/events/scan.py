# mypy: ignore-errors
"""Reads the JSON of one event: where the value of each field lies.

What this accepts msgspec accepts as well, and takes it to say the same (see the tests); the rest is doubtful:
all that is wrong, and what is written in a way that is not worth a kernel (nested values of unknown keys,
repeated keys, fractions). Of that msgspec is the judge: see `detector.events.decode`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.events.layout import (
    ABSENT,
    BOOLEAN,
    FORMS,
    KEY_AT,
    KEY_BITS,
    KEY_FACTOR,
    KEYS,
    LENGTHS,
    MUST,
    NAMES,
    NUMBER,
    NUMBERS,
    STRING,
    STRINGS,
    TYPE,
    TYPE_AT,
    UNKNOWN,
    word,
)
from detector.events.schema import LIST_MAX
from detector.events.strings import QUOTE, characters, string
from models.memory import WIDE, byte, load, special, store, zeros

# In place of a type's number.
DOUBTFUL = -1
# What `scan` fills: begin and end of each field and of ABSENT; then those of the items of two lists.
ITEMS_AT = 2 * (ABSENT + 1)
SLOTS = ITEMS_AT + 4 * LIST_MAX
# In place of a value's end, where `begin` is not an address but the value.
IS_VALUE = -1

_OPEN, _CLOSE, _LIST, _LIST_END, _COLON, _COMMA, _SPACE = 0x7B, 0x7D, 0x5B, 0x5D, 0x3A, 0x2C, 0x20
_NULL, _TRUE, _ALSE = (np.uint64(word(text, 0)) for text in ("null", "true", "alse"))
_FACTOR, _SHIFT = np.uint64(KEY_FACTOR), np.uint64(64 - KEY_BITS)
_ALL, _ONE, _ZERO, _FOUR = np.uint64(2**64 - 1), np.uint64(1), np.uint64(0), np.uint64(0xFFFFFFFF)
_HIGH = np.uint64(0xF0F0F0F0F0F0F0F0)
_DIGITS, _SIXES = np.uint64(0x3030303030303030), np.uint64(0x0606060606060606)
_MOST = np.uint64(2**63 - 1)


@njit
def _skip(at, end):
    """The next byte that is no white space."""
    while at < end and (byte(at) == 0x20 or 0x09 <= byte(at) <= 0x0D):
        if byte(at) == 0x0B or byte(at) == 0x0C:
            break
        at += 1
    return at


@njit(inline="always")
def _first(w, size):
    """The first `size` bytes of a word."""
    return w & ((_ONE << np.uint64(8 * size)) - _ONE) if size < 8 else w


@njit
def _integer(at):
    """(the number whose first digit is at `at`, the next byte); (0, 0) when it is doubtful."""
    value = _ZERO
    begin = at
    w = load(at)
    if (w & _HIGH) == _DIGITS and ((w + _SIXES) & _HIGH) == _DIGITS:
        # Eight digits at a time: Mula, "SWAR parsing of integers"; pairs, then fours, then all.
        w = (w & np.uint64(0x0F0F0F0F0F0F0F0F)) * np.uint64(2561) >> np.uint64(8)
        w = (w & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(6553601) >> np.uint64(16)
        value = (w & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(42949672960001) >> np.uint64(32)
        at += 8
    while at - begin < 20:
        digit = byte(at) - 0x30
        if digit < 0 or digit > 9:
            break
        value = value * np.uint64(10) + np.uint64(digit)
        at += 1
    if at - begin > 19 or value > _MOST or (byte(begin) == 0x30 and at - begin > 1):
        return np.int64(0), np.int64(0)
    return np.int64(value), at


@njit
def _list(at, end, items, spare):
    """Reads a list of strings from behind its bracket; bounds of them go to address `items`.

    Returns (how many, where the record goes on or 0, whether one holds a NUL, the next free byte of `spare`).
    """
    n, nul = 0, False
    at = _skip(at, end)
    if byte(at) == _LIST_END:
        return 0, at + 1, False, spare
    while at < end and byte(at) == QUOTE and n < LIST_MAX:
        start, stop, at, bad = string(at + 1, end, spare)
        if at == 0:
            break
        if start == spare:
            spare = stop
        nul |= bad
        store(items + 16 * n, np.uint64(start))
        store(items + 16 * n + 8, np.uint64(stop))
        n += 1
        at = _skip(at, end)
        c = byte(at)
        if c == _LIST_END:
            return n, at + 1, nul, spare
        if c != _COMMA:
            break
        at = _skip(at + 1, end)
    return 0, 0, False, spare


@njit
def _type(start, size):
    """The number of the type with that name, or DOUBTFUL."""
    if size > 15 or size == 0:
        return DOUBTFUL
    kind = TYPE_AT[size, byte(start)]
    first, second = _first(load(start), size), _first(load(start + 8), max(0, size - 8))
    return kind if NAMES[kind, 0] == first and NAMES[kind, 1] == second else DOUBTFUL


@njit
def scan(at, end, implied, slots, spare):
    """Reads the event that lies in memory from `at` to `end`; WIDE bytes behind it can be read.

    Args:
        implied: number of the type that the topic implies, or DOUBTFUL.
        slots: address of SLOTS words. A field has the bounds of its string; a number or a boolean has its
            value and IS_VALUE; a list has the place of its first item's bounds and the number of items.
            What is absent has two zeros.
        spare: room for strings without their escapes: as many bytes as the event has, and 8.

    Returns (the type's number or DOUBTFUL; fields that are present, and that hold a NUL, as bits).
    """
    doubtful = DOUBTFUL, np.int64(0), np.int64(0)
    for k in range(ITEMS_AT):
        store(slots + 8 * k, _ZERO)
    kind = np.int64(implied)
    present = nuls = np.int64(0)
    items = np.int64(ITEMS_AT)
    at = _skip(at, end)
    if at >= end or byte(at) != _OPEN:
        return doubtful
    at = _skip(at + 1, end)
    while True:
        if at >= end or byte(at) != QUOTE:
            return doubtful
        size = zeros(special(at + 1))
        if size >= WIDE or byte(at + 1 + size) != QUOTE:
            return doubtful
        first, second = _first(load(at + 1), size), _first(load(at + 9), max(0, size - 8))
        field = KEY_AT[np.int64((first * _FACTOR) >> _SHIFT)]
        if KEYS[field, 0] != first or KEYS[field, 1] != second or size > 16:
            field = UNKNOWN
        bit = np.int64(1) << field
        if present & bit:
            return doubtful
        at += size + 2
        if byte(at) != _COLON:
            at = _skip(at, end)
            if byte(at) != _COLON:
                return doubtful
        at += 1
        if byte(at) <= _SPACE:
            at = _skip(at, end)
        if at >= end:
            return doubtful
        c = byte(at)
        form = FORMS[field]
        begin = stop = np.int64(0)
        if c == QUOTE:
            if form & STRING == 0:
                return doubtful
            begin = at + 1
            size = zeros(special(begin))
            stop = begin + size
            at = stop + 1
            if size >= WIDE or byte(stop) != QUOTE:
                begin, stop, at, nul = string(begin, end, spare)
                if at == 0:
                    return doubtful
                if begin == spare:
                    spare = stop
                if nul:
                    nuls |= bit
            size = stop - begin
            if size < LENGTHS[0, field]:
                return doubtful
            if size > LENGTHS[1, field] and characters(begin, stop) > LENGTHS[1, field]:
                return doubtful
            if field == TYPE:
                found = _type(begin, size)
                if found == DOUBTFUL or (kind != DOUBTFUL and kind != found):
                    return doubtful
                kind = found
        elif 0x30 <= c <= 0x39:
            begin, at = _integer(at)
            if form & NUMBER == 0 or at == 0 or begin < NUMBERS[0, field] or begin > NUMBERS[1, field]:
                return doubtful
            stop = np.int64(IS_VALUE)
        elif load(at) & _FOUR == _NULL:
            if field == TYPE:
                return doubtful
            bit = np.int64(0)
            at += 4
        elif c == _LIST:
            if form & STRINGS == 0:
                return doubtful
            begin = items
            stop, at, nul, spare = _list(at + 1, end, slots + 8 * items, spare)
            if at == 0:
                return doubtful
            items += 2 * stop
            if nul:
                nuls |= bit
        elif form & BOOLEAN:
            if load(at) & _FOUR == _TRUE:
                at += 4
                begin = np.int64(1)
            elif c == 0x66 and load(at + 1) & _FOUR == _ALSE:
                at += 5
            else:
                return doubtful
            stop = np.int64(IS_VALUE)
        else:
            return doubtful
        if field != UNKNOWN:
            present |= bit
            store(slots + 16 * field, np.uint64(begin))
            store(slots + 16 * field + 8, np.uint64(stop))
        if byte(at) <= _SPACE:
            at = _skip(at, end)
        c = byte(at)
        at += 1
        if c == _CLOSE:
            break
        if c != _COMMA:
            return doubtful
        if byte(at) <= _SPACE:
            at = _skip(at, end)
    if _skip(at, end) != end or kind == DOUBTFUL or MUST[kind] & ~present:
        return doubtful
    return kind, present, nuls
