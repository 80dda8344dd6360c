# mypy: ignore-errors
"""Rows and heap out of the MessagePack that msgspec makes of decoded events."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.engine.rows import (
    ACCOUNT,
    CLICK,
    COMMENT,
    HAS_CREATED,
    HAS_CREDIT,
    HAS_TEXT,
    HEAD,
    NO_DWELL,
    POST,
    SOURCES,
    SUBSCRIPTION,
)
from detector.engine.rows import (
    ORIGINAL as IS_ORIGINAL,
)
from detector.events.layout import (
    ACTION,
    ACTION_HASHES,
    ACTOR,
    AUTHOR,
    AUX,
    CONTENT,
    CREATED,
    DEVICE,
    EXTRA,
    FIELDS,
    ID,
    IP,
    LINKS,
    MEDIA,
    ORIGINAL,
    SLOTS,
    SOURCE,
    SOURCE_HASHES,
    TARGET,
    TEXT,
    TS,
    TYPE_OF,
    VALUE,
)
from detector.events.memory import address_of, fold, load, store
from detector.events.schema import TEXT_MAX, YEAR_2000, YEAR_2100
from detector.events.times import NO_TIME, parse_time

# What is wrong with an event that msgspec lets pass; 0 when nothing is.
FINE, NUL, NO_ACTOR, NO_TEXT, LONG_TEXT, BAD_TIME, TIME_RANGE, TIME_AHEAD = range(8)

# Bytes of a credit or an account's name that are kept: they are read by people alone.
EXTRA_MAX = 1024
SIGNATURE_WORDS = 32
# Bytes that may be read behind the last event.
SLACK = 8

_HEAD = HEAD.itemsize
_SLOTS = len(SLOTS)
_INT32_MAX = 2**31 - 1
_OTHER = SOURCES.index("other")
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONES = np.uint64(0x0101010101010101)
_HIGHS = np.uint64(0x8080808080808080)
_ZERO = np.uint64(0)
# As in models.hashing: `_copy` gives the same hashes, and is tested for it.
_M1 = np.uint64(0xA0761D6478BD642F)
_M2 = np.uint64(0xE7037ED1A0B428DB)
_M3 = np.uint64(0x9E3779B97F4A7C15)


@njit
def _big_endian(data, at, size):
    value = np.int64(0)
    for k in range(size):
        value = (value << 8) | np.int64(data[at + k])
    return value


@njit(inline="always")
def _copy(at, n, to):
    """Copies `n` bytes from address `at` to address `to`; returns their hash and whether there is a NUL.

    Reads and writes whole words: up to 7 bytes behind either end are touched.
    """
    if n == 0:
        return _ZERO, False
    h = np.uint64(n) * _M3
    nul = _ZERO
    last = at + n - 8
    while at <= last:
        w = load(at)
        store(to, w)
        nul |= (w - _ONES) & ~w & _HIGHS
        h = fold(h ^ _M1, w ^ _M2)
        at += 8
        to += 8
    w = _ZERO
    rest = np.uint64(8 * (last + 8 - at))
    if rest != _ZERO:
        mask = (np.uint64(1) << rest) - np.uint64(1)
        w = load(at) & mask
        store(to, w)
        filled = w | ~mask
        nul |= (filled - _ONES) & ~filled & _HIGHS
    h = fold(h ^ _M1, w ^ _M2)
    h = fold(h ^ _M3, _M1)
    return (h if h != _ZERO else _M3), nul != _ZERO


@njit
def _string(data, at):
    """Start and end of the string at `at`."""
    c = data[at]
    if c < 0xC0:
        start = at + 1
        return start, start + np.int64(c & 31)
    if c == 0xD9:
        return at + 2, at + 2 + np.int64(data[at + 1])
    if c == 0xDA:
        return at + 3, at + 3 + _big_endian(data, at + 1, 2)
    return at + 5, at + 5 + _big_endian(data, at + 1, 4)


@njit
def _read(data, at, starts, ends):
    """Reads the event at `at`: its type and where the next one begins.

    Of strings, `starts` and `ends` get the bounds; of lists, `starts` gets the first item and `ends` the
    number; of numbers and booleans, `starts` gets the value and `ends` 1. What is absent has 0 in both.
    """
    starts[:] = 0
    ends[:] = 0
    fields = np.int64(data[at] & 15) - 1
    at += 6  # the map's head and the key "type"
    start, at = _string(data, at)
    kind = TYPE_OF[at - start, data[start]]
    for k in range(fields):
        at += 1 + np.int64(data[at] & 31)  # a key is shorter than 32 bytes
        slot = FIELDS[kind, k]
        c = data[at]
        if c < 0x80:  # a small number
            starts[slot], ends[slot] = np.int64(c), 1
            at += 1
        elif 0xA0 <= c < 0xC0 or 0xD9 <= c <= 0xDB:
            start, at = _string(data, at)
            starts[slot], ends[slot] = start, at
        elif c == 0xC0:  # null
            at += 1
        elif c == 0xC2 or c == 0xC3:
            starts[slot], ends[slot] = np.int64(c & 1), 1
            at += 1
        elif 0xCC <= c <= 0xCF:  # unsigned, 1 to 8 bytes
            size = np.int64(1) << np.int64(c - 0xCC)
            starts[slot], ends[slot] = _big_endian(data, at + 1, size), 1
            at += 1 + size
        else:  # a list of strings
            items = np.int64(c & 15)
            at += 1
            if c == 0xDC:
                items = _big_endian(data, at, 2)
                at += 2
            starts[slot], ends[slot] = at, items
            for _ in range(items):
                _, at = _string(data, at)
    return np.int64(kind), at


@njit
def _items(data, at, items, heap, hashes_to, to, first):
    """Hashes of the strings of a list to ``heap[hashes_to:]``, the strings to ``heap[to:]``, NULs between.

    Empty strings are passed over. Returns the end of the strings, and whether one holds a NUL. `first`:
    nothing stands before them.
    """
    nul = False
    source, target = address_of(data), address_of(heap)
    for _ in range(items):
        start, at = _string(data, at)
        if start == at:
            continue
        if not first:
            heap[to] = 0
            to += 1
        first = False
        h, bad = _copy(source + start, at - start, target + to)
        nul |= bad
        to += at - start
        store(target + hashes_to, h)
        hashes_to += 8
    return to, nul


@njit
def _filled(data, at, items):
    """How many of a list's strings are not empty."""
    kept = 0
    for _ in range(items):
        start, at = _string(data, at)
        kept += 1 if at > start else 0
    return kept


@njit
def _cut(data, start, end):
    """The end of a string cut to EXTRA_MAX bytes, between two characters."""
    if end - start <= EXTRA_MAX:
        return end
    end = start + EXTRA_MAX
    while data[end] & 0xC0 == 0x80:
        end -= 1
    return end


@njit(inline="always")
def _four(a, b, c, d):
    """Four 16-bit numbers in a word, the first one lowest."""
    return np.uint64(a | (b << 16) | (c << 32) | (d << 48))


@njit
def _number_of(h, hashes, other):
    """The place of a hash in a short list, or `other`."""
    for k in range(len(hashes)):
        if hashes[k] == h:
            return np.uint8(k)
    return np.uint8(other)


@njit(cache=True)
def encode(data, at, n, rows, offsets):
    """Fills rows and heap from the MessagePack of `n` events.

    Args:
        data: uint8; the events from `at` on, and SLACK bytes behind them that may be read.
        rows: zeroed, shape (n,), dtype EVENT: filled from the front with the good events.
        offsets: int64 (n,): `offset` of the row of each event.

    Returns:
        number of good events; the heap; uint8 (n,) what is wrong with each event; of the texts: their bytes
        joined, their offsets (m + 1,), and the heap positions (m,) of their rows, for `sign`.
    """
    wrong = np.zeros(n, np.uint8)
    heap = np.empty(len(data) + 64 * n + 1024, np.uint8)
    texts = np.empty(len(data), np.uint8)
    text_ends = np.zeros(n + 1, np.int64)
    text_at = np.empty(n, np.int64)
    starts = np.zeros(_SLOTS, np.int64)
    ends = np.zeros(_SLOTS, np.int64)
    source, target = address_of(data), address_of(heap)
    j = m = top = 0
    for i in range(n):
        begin = at
        kind, at = _read(data, at, starts, ends)

        # Strings may be stored twice, an empty item of a list (one byte) may take nine.
        need = top + _HEAD + 4 * SIGNATURE_WORDS + 9 * (ends[LINKS] + ends[MEDIA]) + 2 * (at - begin) + 64
        if need > len(heap):
            larger = np.empty(2 * need, np.uint8)
            larger[:top] = heap[:top]
            heap = larger
            target = address_of(heap)

        ts = starts[TS]
        if ends[TS] > 1:  # a string
            ts = parse_time(data, starts[TS], ends[TS])
            if ts == NO_TIME:
                wrong[i] = BAD_TIME
                continue
            if ts < YEAR_2000 or ts >= YEAR_2100:
                wrong[i] = TIME_RANGE
                continue
        elif ends[TS] == 0:
            wrong[i] = BAD_TIME
            continue

        text_size = ends[TEXT] - starts[TEXT]
        links = _filled(data, starts[LINKS], ends[LINKS])
        media = _filled(data, starts[MEDIA], ends[MEDIA])
        if text_size > TEXT_MAX:
            wrong[i] = LONG_TEXT
            continue
        if text_size == 0 and links + media == 0 and kind in (POST, COMMENT):
            wrong[i] = NO_TEXT
            continue
        if ends[ACTOR] == 0 and kind == CLICK and starts[IP] == ends[IP] and starts[DEVICE] == ends[DEVICE]:
            wrong[i] = NO_ACTOR
            continue

        words = SIGNATURE_WORDS if text_size > 0 else 0
        hashes_to = top + _HEAD + 4 * words
        names = hashes_to + 8 * (links + media)
        # Addresses, devices, sources and actions are hashed only: what is written of them is written over.
        ip, nul = _copy(source + starts[IP], ends[IP] - starts[IP], target + names)
        device, bad = _copy(source + starts[DEVICE], ends[DEVICE] - starts[DEVICE], target + names)
        nul |= bad
        origin, bad = _copy(source + starts[SOURCE], ends[SOURCE] - starts[SOURCE], target + names)
        nul |= bad
        action, _ = _copy(source + starts[ACTION], ends[ACTION] - starts[ACTION], target + names)

        to = names
        event_id, bad = _copy(source + starts[ID], ends[ID] - starts[ID], target + to)
        nul |= bad
        id_size = ends[ID] - starts[ID]
        to += id_size
        actor, bad = _copy(source + starts[ACTOR], ends[ACTOR] - starts[ACTOR], target + to)
        nul |= bad
        actor_size = ends[ACTOR] - starts[ACTOR]
        to += actor_size
        slot = ACTOR if kind in (POST, ACCOUNT) else TARGET if kind == SUBSCRIPTION else AUTHOR
        subject, bad = _copy(source + starts[slot], ends[slot] - starts[slot], target + to)
        nul |= bad
        subject_size = ends[slot] - starts[slot]
        to += subject_size
        slot = TARGET if kind == SUBSCRIPTION else CONTENT
        thing, bad = _copy(source + starts[slot], ends[slot] - starts[slot], target + to)
        nul |= bad
        thing_size = ends[slot] - starts[slot]
        to += thing_size
        aux, bad = _copy(source + starts[AUX], ends[AUX] - starts[AUX], target + to)
        nul |= bad
        aux_size = ends[AUX] - starts[AUX]
        to += aux_size
        end = _cut(data, starts[EXTRA], ends[EXTRA])
        _, bad = _copy(source + starts[EXTRA], end - starts[EXTRA], target + to)
        nul |= bad
        extra_size = end - starts[EXTRA]
        to += extra_size
        items_size = np.int64(0)
        if links + media > 0:
            end, bad = _items(data, starts[LINKS], ends[LINKS], heap, hashes_to, to, True)
            nul |= bad
            end, bad = _items(data, starts[MEDIA], ends[MEDIA], heap, hashes_to + 8 * links, end, links == 0)
            nul |= bad
            items_size = end - to
            to = end
        if nul:
            wrong[i] = NUL
            continue

        size = (to - top + 7) & ~7
        for k in range(to, top + size):
            heap[k] = 0
        store(target + top, _four(id_size, actor_size, subject_size, thing_size))
        store(target + top + 8, _four(aux_size, extra_size, items_size & 0xFFFF, items_size >> 16))
        store(target + top + 16, _four(links | (media << 8), words, 0, 0))  # the text's length: see `sign`

        row = rows[j]
        row.ts = ts
        row.id = event_id
        row.actor = actor
        row.subject = subject
        row.object = thing
        row.ip = ip
        row.device = device
        row.aux = aux
        row.created = starts[CREATED]
        row.offset = offsets[i]
        row.heap_at = top
        row.heap_len = size
        row.value = min(starts[VALUE], _INT32_MAX) if ends[VALUE] else NO_DWELL if kind == CLICK else 0
        row.type = kind
        row.action = _number_of(action, ACTION_HASHES, 0)
        row.source = _number_of(origin, SOURCE_HASHES, _OTHER)
        row.flags = (
            (HAS_TEXT if words else 0)
            | (HAS_CREATED if ends[CREATED] else 0)
            | (IS_ORIGINAL if starts[ORIGINAL] else 0)
            | (HAS_CREDIT if kind == POST and extra_size else 0)
        )
        if words:
            text_at[m] = top
            text_ends[m + 1] = text_ends[m] + text_size
            texts[text_ends[m] : text_ends[m + 1]] = data[starts[TEXT] : ends[TEXT]]
            m += 1
        top += size
        j += 1
    return j, heap[:top], wrong, texts[: text_ends[m]], text_ends[: m + 1], text_at[:m]


@njit(cache=True)
def sign(heap, text_at, signatures, lengths):
    """Writes the signatures, uint32 (m, 32), and lengths, uint32 (m,), of texts where `encode` left room."""
    words = heap.view(np.uint32)
    for t in range(len(text_at)):
        at = text_at[t] >> 2
        words[at + _HEAD // 4 - 1] = lengths[t]
        for k in range(SIGNATURE_WORDS):
            words[at + _HEAD // 4 + k] = signatures[t, k]
