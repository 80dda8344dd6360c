# mypy: allow-untyped-defs, allow-untyped-calls
"""The log of follows and unfollows, and what it says about those behind a count.

A ring of the last entries; the entries of one subject are linked backwards. Kernels walk it only for subjects
that are under suspicion and for days that close, so every number in the evidence is an exact count.
"""

import numpy as np
from numba import njit

from detector.engine.actors import BLINK, NEWCOMER, SERIAL, SPREE, TOUCHED
from detector.engine.rows import ECHO, HAS_CREATED, SOURCES
from models.bare import bare

FOLLOW = np.dtype(
    [
        ("ts", "i8"),
        ("actor", "u8"),
        ("id_at", "i8"),  # where the event's id begins in the ring of ids
        ("row", "u4"),  # of the subject
        ("back", "u4"),  # entries back to the subject's one before; 0 when there is none
        ("ip", "u4"),
        ("device", "u4"),
        ("items", "u4", (4,)),
        ("created", "u4"),  # minute
        ("seen", "u4"),
        ("prior", "u2"),
        ("marks", "u2"),
        ("id_length", "u2"),
        ("source", "u1"),
        ("flags", "u1"),
    ]
)

# A mark of an entry beside those of its row: its actor was named by a finding about the subject.
NAMED = 1 << 15

# What is counted of a stretch of entries.
EXAMINED, ADDRESSES, OTHER_ADDRESSES, DEVICES, OTHER_DEVICES, FRESH, COLD = range(7)
AGED, YOUNG, TOGETHER, SPREES, COMPANY, COMPANY_USUAL, COMPANY_SURPRISE, COMMON, LISTED = range(7, 16)
JUST, SERIAL_ACTORS, MECHANICAL, CODED, UNTOLD, COMPANY_PLACES = range(16, 22)
KEPT, SERIAL_KEPT, PLACES, LED_KEPT = range(22, 26)
COUNTS = 26

# Shares of a stretch, part and whole: what its actors have in common.
SHARES = (
    "fresh", "cold", "young", "same_address", "same_device", "same_minute", "serial", "mechanical", "coded",
)  # fmt: skip
PARTS = np.array(
    [FRESH, COLD, YOUNG, OTHER_ADDRESSES, OTHER_DEVICES, TOGETHER, SERIAL_ACTORS, MECHANICAL, CODED]
)
# Of those who come out of nowhere, how many are new here. Where registrations in the stream are the only ages
# known, those of whom none is known are older: the young are a share of all.
WHOLES = np.array([COLD, EXAMINED, EXAMINED, ADDRESSES, DEVICES, EXAMINED, EXAMINED, EXAMINED, EXAMINED])
# The bits of `classify`: SHARES in their order, then these.
COMPANY_BIT, ASIDE_BIT = 1 << len(SHARES), 2 << len(SHARES)

# An actor is fresh when it was first seen within a day before and comes out of nowhere, young when it was
# registered within thirty days.
FRESH_MINUTES = 24 * 60
YOUNG_MINUTES = 30 * 24 * 60
# Who follows as the first thing after registering was sent by somebody: an invitation, a teacher, a list.
JUST_MINUTES = 10
# Entries examined at most, the latest ones.
MOST = 8192
_ROOM = 16
_AUTOFOLLOW, _CARD, _QR = (SOURCES.index(name) for name in ("autofollow", "card", "qr"))


def scratch() -> np.ndarray:
    """Working memory for counting: two hash tables of stamp, key, count."""
    return np.zeros((2, _ROOM * MOST, 4), np.int64)


@njit(inline="always")
def room(memory, which, n):
    """As much of one of the two tables as counting `n` entries takes: what is small stays in the cache."""
    size = 256
    while size < _ROOM * n:
        size *= 2
    return memory[which, :size]


@njit(inline="always")
def bump(table, stamp, kind, value):
    """Counts a value (below 2^32) of a kind (below 8) in a hash table that a new stamp empties; its count."""
    key = value << 3 | kind
    mask = len(table) - 1
    at = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & mask
    while table[at, 0] == stamp:
        if table[at, 1] == key:
            table[at, 2] += 1
            return table[at, 2]
        at = (at + 1) & mask
    table[at, 0] = stamp
    table[at, 1] = key
    table[at, 2] = 1
    return 1


@njit(inline="always")
def counted(table, stamp, kind, value):
    """The count of a value, 0 when it has not been counted."""
    key = value << 3 | kind
    mask = len(table) - 1
    at = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & mask
    while table[at, 0] == stamp:
        if table[at, 1] == key:
            return table[at, 2]
        at = (at + 1) & mask
    return np.int64(0)


@njit(cache=True)
def examine(log, found, n, memory, stamp, out):
    """Counts provenance over ``found[:n]``; `stamp` is one that `memory` has not had.

    `out` receives COUNTS float64: entries, those with an address and how many of those repeat one, the same
    of devices, fresh and cold actors, entries with an age and young ones, the most in one minute, those who
    had come with a crowd elsewhere, those without a touch of their own (automatic, or within a blink of a
    click elsewhere), by a card or a code, and the addresses of those who came out of nowhere. Echoes count
    for none of these, nor do actors on a spree or just registered, whose entries are counted aside.
    `detector.engine.companions` fills in the rest.
    """
    log, found, memory, out = bare(log), bare(found), bare(memory), bare(out)
    mask, table = len(log) - 1, room(memory, 0, n)
    cold_placed, coded, cold_coded = 0.0, 0.0, 0.0
    out[:] = 0.0
    _sprees(log, found, n, table, stamp)
    for i in range(n):
        entry = log[found[i] & mask]
        if entry.flags & ECHO:
            continue
        if counted(table, stamp, 5, np.int64(entry.actor >> np.uint64(32))):
            out[SPREES] += 1
            continue
        if just(entry):
            out[JUST] += 1
            continue
        out[EXAMINED] += 1
        if entry.ip != 0:
            out[ADDRESSES] += 1
            if bump(table, stamp, 0, np.int64(entry.ip)) > 1:
                out[OTHER_ADDRESSES] += 1
        if entry.device != 0:
            out[DEVICES] += 1
            if bump(table, stamp, 1, np.int64(entry.device)) > 1:
                out[OTHER_DEVICES] += 1
        if entry.marks & TOUCHED == 0:
            out[COLD] += 1
            # New people come by content too; then they are no strangers to the account.
            out[FRESH] += entry.seen < FRESH_MINUTES
            # Of one place only one counts: whoever sits together hears of the same things.
            if entry.ip != 0:
                cold_placed += 1
                out[UNTOLD] += bump(table, stamp, 4, np.int64(entry.ip)) == 1
            cold_coded += entry.source == _QR
        if entry.flags & HAS_CREATED:
            out[AGED] += 1
            if entry.ts // 60000 - np.int64(entry.created) < YOUNG_MINUTES:
                out[YOUNG] += 1
        if entry.marks & SERIAL:
            out[SERIAL_ACTORS] += 1
        if mechanical(entry):
            out[MECHANICAL] += 1
        if entry.source == _CARD or entry.source == _QR:
            out[CODED] += 1
        coded += entry.source == _QR
        out[TOGETHER] = max(out[TOGETHER], bump(table, stamp, 2, entry.ts // 60000))
    # Those of whom the place is not told are at as many as the others.
    out[UNTOLD] = out[COLD] * out[UNTOLD] / cold_placed if cold_placed > 0 else out[COLD]
    out[PLACES] = out[EXAMINED]
    if out[ADDRESSES] > 0:
        out[PLACES] *= 1.0 - out[OTHER_ADDRESSES] / out[ADDRESSES]
    else:
        # Where no addresses are told, that a code was held up says that they were in one room.
        out[UNTOLD] -= max(cold_coded - 1.0, 0.0)
        out[PLACES] -= max(coded - 1.0, 0.0)


@njit(inline="always")
def just(entry):
    """Whether an entry's actor had registered a moment before."""
    return entry.flags & HAS_CREATED and entry.ts // 60000 - np.int64(entry.created) < JUST_MINUTES


@njit(inline="always")
def mechanical(entry):
    """Whether an entry came without a touch of its actor's own."""
    return entry.source == _AUTOFOLLOW or entry.marks & BLINK != 0


@njit(inline="always")
def _sprees(log, found, n, table, stamp):
    """Counts, as kind 5, the actors that are on a spree by one of their entries, echoes included."""
    for i in range(n):
        entry = log[found[i] & (len(log) - 1)]
        if entry.marks & SPREE and entry.marks & NEWCOMER:
            bump(table, stamp, 5, np.int64(entry.actor >> np.uint64(32)))


@njit(cache=True)
def classify(log, found, n, memory, stamp, bits):
    """Which of the things that `examine` and `company` count hold of each of ``found[:n]``.

    Args:
        stamp: the one under which `company` has gathered just before.
        bits: uint16 array that receives 1 << place for each of SHARES, COMPANY_BIT, and ASIDE_BIT for those
            whom `examine` leaves aside.
    """
    mask, table = len(log) - 1, room(memory, 0, n)
    busiest = np.int64(0)
    _sprees(log, found, n, table, stamp)
    for i in range(n):
        entry = log[found[i] & mask]
        if entry.flags & ECHO == 0:
            bump(table, stamp, 0, np.int64(entry.ip))
            bump(table, stamp, 1, np.int64(entry.device))
            busiest = max(busiest, bump(table, stamp, 2, entry.ts // 60000))
    for i in range(n):
        entry = log[found[i] & mask]
        actor = np.int64(entry.actor >> np.uint64(32))
        b = 0
        if counted(table, stamp, 7, actor):
            b |= COMPANY_BIT
        if entry.flags & ECHO or counted(table, stamp, 5, actor) or just(entry):
            bits[i] = b | ASIDE_BIT
            continue
        if entry.marks & TOUCHED == 0:
            b |= 3 if entry.seen < FRESH_MINUTES else 2
        if entry.flags & HAS_CREATED and entry.ts // 60000 - np.int64(entry.created) < YOUNG_MINUTES:
            b |= 4
        if entry.ip != 0 and counted(table, stamp, 0, np.int64(entry.ip)) > 1:
            b |= 8
        if entry.device != 0 and counted(table, stamp, 1, np.int64(entry.device)) > 1:
            b |= 16
        if counted(table, stamp, 2, entry.ts // 60000) == busiest:
            b |= 32
        if entry.marks & SERIAL:
            b |= 64
        if mechanical(entry):
            b |= 128
        if entry.source == _CARD or entry.source == _QR:
            b |= 256
        bits[i] = b
