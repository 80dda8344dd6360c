# mypy: ignore-errors
"""Rows and heap out of the JSON of events."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.engine.rows import (
    CLICK,
    COMMENT,
    HAS_CREATED,
    HAS_CREDIT,
    HAS_TEXT,
    HEAD,
    NO_DWELL,
    POST,
    SOURCES,
)
from detector.engine.rows import ORIGINAL as IS_ORIGINAL
from detector.events.layout import (
    ABSENT,
    ACTION,
    ACTION_HASHES,
    ACTOR,
    AUX,
    CREATED,
    DEVICE,
    EXTRA,
    HAS,
    ID,
    IP,
    KNOWN_ACTIONS,
    LINKS,
    MEDIA,
    OBJECT,
    ORIGINAL,
    ROLES,
    SOURCE,
    SOURCE_HASHES,
    SUBJECT,
    TEXT,
    TS,
    VALUE,
)
from detector.events.scan import DOUBTFUL, IS_VALUE, SLOTS, scan
from detector.events.schema import TEXT_MAX, YEAR_2000, YEAR_2100
from detector.events.times import NO_TIME, parse_time
from models.memory import address_of, at_address, byte, carray, fold, load, store

# What is wrong with an event; 0 when nothing is. UNREAD: msgspec has to look at it.
FINE, UNREAD, NUL, NO_ACTOR, NO_TEXT, LONG_TEXT, BAD_TIME, TIME_RANGE, TIME_AHEAD = range(9)

# Bytes of a credit or an account's name that are kept: they are read by people alone.
EXTRA_MAX = 1024
SIGNATURE_WORDS = 32
TIME_MAX = 64

_HEAD = HEAD.itemsize
_INT32_MAX = 2**31 - 1
_OTHER = SOURCES.index("other")
_ZERO = np.uint64(0)
# As in models.hashing: `_copy` gives the same hashes, and is tested for it.
_M1 = np.uint64(0xA0761D6478BD642F)
_M2 = np.uint64(0xE7037ED1A0B428DB)
_M3 = np.uint64(0x9E3779B97F4A7C15)


@njit(inline="always")
def _copy(at, n, to):
    """Copies `n` bytes from address `at` to address `to`; returns their hash.

    Reads and writes whole words: up to 7 bytes behind either end are touched.
    """
    if n == 0:
        return _ZERO
    h = np.uint64(n) * _M3
    last = at + n - 8
    while at <= last:
        w = load(at)
        store(to, w)
        h = fold(h ^ _M1, w ^ _M2)
        at += 8
        to += 8
    w = _ZERO
    rest = np.uint64(8 * (last + 8 - at))
    if rest != _ZERO:
        w = load(at) & ((np.uint64(1) << rest) - np.uint64(1))
        store(to, w)
    h = fold(h ^ _M1, w ^ _M2)
    h = fold(h ^ _M3, _M1)
    return h if h != _ZERO else _M3


@njit(inline="always")
def _begin(slots, field):
    return np.int64(load(slots + 16 * field))


@njit(inline="always")
def _end(slots, field):
    return np.int64(load(slots + 16 * field + 8))


@njit(inline="always")
def _take(slots, field, to):
    """Copies a field to address `to`: (its hash, its bytes)."""
    at = _begin(slots, field)
    size = _end(slots, field) - at
    return _copy(at, size, to), size


@njit
def _filled(slots, field):
    """How many of a list's strings are not empty."""
    kept = 0
    first = slots + 8 * _begin(slots, field)
    for k in range(_end(slots, field)):
        kept += load(first + 16 * k + 8) > load(first + 16 * k)
    return kept


@njit
def _items(slots, field, hashes, to, first):
    """Copies a list's strings that are not empty to `to`, NULs between, their hashes to `hashes`.

    `first`: nothing stands before them. Returns the end of the strings.
    """
    at = slots + 8 * _begin(slots, field)
    for _ in range(_end(slots, field)):
        begin, end = np.int64(load(at)), np.int64(load(at + 8))
        at += 16
        if begin == end:
            continue
        if not first:
            store(to, _ZERO)
            to += 1
        first = False
        h = _copy(begin, end - begin, to)
        to += end - begin
        store(hashes, h)
        hashes += 8
    return to


@njit
def _extra(slots, field, to):
    """Copies a credit or a name, cut to EXTRA_MAX bytes between two characters; returns its bytes."""
    at, end = _begin(slots, field), _end(slots, field)
    if end - at > EXTRA_MAX:
        end = at + EXTRA_MAX
        while byte(end) & 0xC0 == 0x80:
            end -= 1
    _copy(at, end - at, to)
    return end - at


@njit
def _time(slots):
    """(the event's time, what is wrong with it)."""
    begin, end = _begin(slots, TS), _end(slots, TS)
    if end == IS_VALUE:
        return begin, FINE
    if end - begin > TIME_MAX:
        return NO_TIME, BAD_TIME
    ts = parse_time(carray(at_address(begin), end - begin, np.uint8), 0, end - begin)
    if ts == NO_TIME:
        return ts, BAD_TIME
    return ts, FINE if YEAR_2000 <= ts < YEAR_2100 else TIME_RANGE


@njit(inline="always")
def _four(a, b, c, d):
    """Four 16-bit numbers in a word, the first one lowest."""
    return np.uint64(a | (b << 16) | (c << 32) | (d << 48))


@njit
def _number_of(h, hashes, other):
    """The place of a hash in a short list, or `other`."""
    for k in range(len(hashes)):
        if hashes[k] == h:
            return k
    return other


@njit
def _wrong(slots, kind, present, nuls, links, media, text_size):
    """What is wrong beside the time with an event that has been read."""
    if text_size > TEXT_MAX:
        return LONG_TEXT
    if text_size == 0 and links + media == 0 and kind in (POST, COMMENT):
        return NO_TEXT
    anonymous = _end(slots, ACTOR) == 0 and kind == CLICK
    if anonymous and _begin(slots, IP) == _end(slots, IP) and _begin(slots, DEVICE) == _end(slots, DEVICE):
        return NO_ACTOR
    text = np.int64(1) << ROLES[kind, TEXT]
    return NUL if nuls & HAS[kind] & ~text else FINE


@njit(cache=True)
def encode(source, starts, lengths, offsets, implied, latest, rows, spare):
    """Fills rows and heap from records.

    Args:
        source: address of the buffer of `Slices`, `padded`.
        starts, lengths: of `Slices`.
        offsets: int64 (n,): `offset` of the row of each event.
        implied: number of the type that the topic implies, or DOUBTFUL.
        latest: the greatest time that is taken.
        rows: shape (n,), dtype EVENT, zeroed: filled from the front with the good events.
        spare: uint64; room for SLOTS words and the longest record.

    Returns:
        number of good events; the heap; uint8 (n,) what is wrong with each event; of the texts: their bytes
        joined, their offsets (m + 1,), and the heap positions (m,) of their rows, for `sign`.
    """
    n = len(starts)
    total = np.int64(0)
    for i in range(n):
        total += max(0, lengths[i])
    wrong = np.zeros(n, np.uint8)
    heap = np.empty(total + 96 * n + 1024, np.uint8)
    texts = np.empty(total + 8, np.uint8)
    text_ends = np.zeros(n + 1, np.int64)
    text_at = np.empty(n, np.int64)
    # What has its address taken has to be an argument or be used at the end: numba lets go of the rest.
    target, texts_to, slots = address_of(heap), address_of(texts), address_of(spare)
    unescaped = slots + 8 * SLOTS
    j = m = top = np.int64(0)
    for i in range(n):
        begin = source + starts[i]
        kind, present, nuls = scan(begin, begin + lengths[i], implied, slots, unescaped)
        if kind == DOUBTFUL:
            wrong[i] = UNREAD
            continue
        roles = ROLES[kind]
        # Strings may be stored twice, an empty item of a list (one byte) may take nine.
        items_of = _end(slots, roles[LINKS]) + _end(slots, roles[MEDIA])
        need = top + _HEAD + 4 * SIGNATURE_WORDS + 9 * items_of + 2 * lengths[i] + 64
        if need > len(heap):
            larger = np.empty(2 * need, np.uint8)
            larger[:top] = heap[:top]
            heap = larger
            target = address_of(heap)

        ts, bad = _time(slots)
        text = _begin(slots, roles[TEXT])
        text_size = _end(slots, roles[TEXT]) - text
        links = media = 0
        if items_of > 0:
            links, media = _filled(slots, roles[LINKS]), _filled(slots, roles[MEDIA])
        if bad == FINE:
            bad = _wrong(slots, kind, present, nuls, links, media, text_size)
        if bad == FINE and ts > latest:
            bad = TIME_AHEAD
        words = SIGNATURE_WORDS if text_size > 0 else 0
        hashes = target + top + _HEAD + 4 * words
        to = hashes + 8 * (links + media)
        # Addresses, devices, sources and actions are hashed only: what is written of them is written over.
        ip, _ = _take(slots, IP, to)
        device, _ = _take(slots, DEVICE, to)
        origin, _ = _take(slots, SOURCE, to)
        action = 0
        if roles[ACTION] != ABSENT:
            h, _ = _take(slots, roles[ACTION], to)
            action = _number_of(h, ACTION_HASHES, 0)
            if (KNOWN_ACTIONS[kind] >> action) & 1 == 0:
                bad = UNREAD
        if bad != FINE:
            wrong[i] = bad
            continue
        event_id, id_size = _take(slots, ID, to)
        to += id_size
        actor, actor_size = _take(slots, ACTOR, to)
        to += actor_size
        subject, subject_size = _take(slots, roles[SUBJECT], to)
        to += subject_size
        thing, thing_size = _take(slots, roles[OBJECT], to)
        to += thing_size
        aux, aux_size = _take(slots, roles[AUX], to)
        to += aux_size
        extra_size = _extra(slots, roles[EXTRA], to)
        to += extra_size
        items_size = np.int64(0)
        if links + media > 0:
            end = _items(slots, roles[LINKS], hashes, to, True)
            end = _items(slots, roles[MEDIA], hashes + 8 * links, end, links == 0)
            items_size = end - to
            to = end
        store(to, _ZERO)
        head = target + top
        size = (to - head + 7) & ~7
        store(head, _four(id_size, actor_size, subject_size, thing_size))
        store(head + 8, _four(aux_size, extra_size, items_size & 0xFFFF, items_size >> 16))
        store(head + 16, _four(links | (media << 8), words, 0, 0))  # the text's length: see `sign`

        value = _begin(slots, roles[VALUE])
        if _end(slots, roles[VALUE]) == 0:
            value = NO_DWELL if kind == CLICK else 0
        row = rows[j]
        row.ts = ts
        row.id = event_id
        row.actor = actor
        row.subject = subject
        row.object = thing
        row.ip = ip
        row.device = device
        row.aux = aux
        row.created = _begin(slots, CREATED)
        row.offset = offsets[i]
        row.heap_at = top
        row.heap_len = size
        row.value = min(value, _INT32_MAX)
        row.type = kind
        row.action = action
        row.source = _number_of(origin, SOURCE_HASHES, _OTHER)
        row.flags = (
            (HAS_TEXT if words else 0)
            | (HAS_CREATED if _end(slots, CREATED) else 0)
            | (IS_ORIGINAL if _begin(slots, roles[ORIGINAL]) else 0)
            | (HAS_CREDIT if kind == POST and extra_size else 0)
        )
        if words:
            text_at[m] = top
            text_ends[m + 1] = text_ends[m] + text_size
            for k in range(0, text_size, 8):
                store(texts_to + text_ends[m] + k, load(text + k))
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
