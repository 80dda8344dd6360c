# mypy: allow-untyped-defs, allow-untyped-calls
"""How clusters of texts, links and images lie in memory: rows, marks, and the kernels' way to them."""

from __future__ import annotations

import numpy as np
from numba import njit

from models.memory import WIDE, at_address, bytes_of, carray, fetch, ints_of, length, load, pointer
from models.text.chains import place
from models.text.signature import WORDS

# Counters of values in each of the 32 places.
COUNTER_BITS = 12
COUNTERS = 1 << COUNTER_BITS
NONE = 0xFFFFFFFF

LIVE, FLAGGED, WATCHED, LEARNED, READY, LISTED = 1, 2, 4, 8, 16, 32
# Of a member: names a source; is letter for letter a text already there; is no post; was a claim to be
# original; that claim has been found to be false.
CREDITED, EXACT, COMMENTED, CLAIMED, COPIED = 1, 2, 4, 8, 16
TEXTS, KEYS, MEMBERS, ROWS, FREE, VALUES = range(6)

TEXT = np.dtype([("words", "u4", (WORDS,)), ("ts", "i8"), ("cluster", "u4"), ("seq", "u4")])
KEY = np.dtype([("key", "u8"), ("ts", "i8"), ("cluster", "u4"), ("seq", "u4")])
MEMBER = np.dtype(
    [
        ("ts", "i8"),
        ("event", "u8"),
        ("actor", "u8"),
        ("ip", "u8"),
        ("device", "u8"),
        (
            "names_at",
            "i8",
        ),  # in the ring of strings: event id, actor, and a post's content, one after another
        ("cluster", "u4"),
        ("seq", "u4"),
        ("before", "u4"),  # the member before it in the cluster
        ("id_length", "u2"),
        ("actor_length", "u2"),
        ("content_length", "u2"),  # 0: the content is the event itself
        ("prior", "u1"),  # buckets, see models.text.usual
        ("seen", "u1"),
        ("age", "u1"),
        ("flags", "u1"),
        ("length", "u2"),  # characters of the folded text
        ("text", "u4"),  # the number of its text, or of the very same one; 0: not kept
        ("about", "u4"),  # of a comment: the upper half of the hash of the author under whom it stands
    ]
)
CLUSTER = np.dtype(
    [
        ("words", "u4", (WORDS,)),  # the consensus
        ("votes", "u1", (WORDS,)),
        ("seed", "u8"),
        ("source", "u8"),  # the content of the first post
        ("first", "i8"),  # ms
        ("since", "i8"),  # where the case that it is named in begins, ms
        ("fresh", "i8"),  # when the last new account joined
        ("head", "u4"),  # the newest member
        ("posts", "u4"),
        ("accounts", "u4"),
        ("credited", "u4"),
        ("parent", "u4"),  # the cluster it was merged into, or NONE; of a free row the next free one
        ("refs", "u4"),  # texts, keys and merged clusters that point here
        ("judged", "u4"),  # accounts when it was last judged
        ("named", "u4"),  # accounts when it was last named in a finding
        ("length", "u4"),
        ("quiet", "u4"),  # seconds without a new account after which it counts as settled
        ("kind", "u1"),
        ("state", "u1"),
        ("texture", "u1"),  # when it was last judged, see models.text.texture
        ("spare", "u1"),
        ("peak", "u4"),  # the most accounts that were seen within an hour
    ]
)
assert TEXT.itemsize % 8 == 0
assert WORDS == WIDE
assert KEY.itemsize % 8 == 0
assert MEMBER.itemsize % 8 == 0
assert CLUSTER.itemsize % 8 == 0
VOTES_AT = 4 * WORDS

# The arrays of the block.
TEXTS_AT, TEXTS_DIRTY, KEYS_AT, KEYS_DIRTY, MEMBERS_AT, MEMBERS_DIRTY, CLUSTERS_AT, CLUSTERS_DIRTY = range(8)
VALUES_AT, VALUES_DIRTY, BY_BAND, BY_KEY, BY_KEY_NEXT, BY_ACTOR, BY_ACTOR_NEXT, COUNTS_AT = range(8, 16)
RING, RING_DIRTY, POSITION = range(16, 19)
TEXT_BYTES, CLUSTER_BYTES = TEXT.itemsize, CLUSTER.itemsize


@njit
def texts_of(state):
    return carray(at_address(pointer(state, TEXTS_AT)), length(state, TEXTS_AT), TEXT)


@njit
def keys_of(state):
    return carray(at_address(pointer(state, KEYS_AT)), length(state, KEYS_AT), KEY)


@njit
def members_of(state):
    return carray(at_address(pointer(state, MEMBERS_AT)), length(state, MEMBERS_AT), MEMBER)


@njit
def clusters_of(state):
    return carray(at_address(pointer(state, CLUSTERS_AT)), length(state, CLUSTERS_AT), CLUSTER)


@njit
def members_dirty_of(state):
    return bytes_of(state, MEMBERS_DIRTY)


@njit
def counts_of(state):
    return ints_of(state, COUNTS_AT)


@njit
def clusters_dirty_of(state):
    return bytes_of(state, CLUSTERS_DIRTY)


@njit
def numbers_of(state, k):
    return carray(at_address(pointer(state, k)), length(state, k), np.uint32)


@njit
def members_before_of(state):
    """The links of the chains by actor: the row number of the member before, by row."""
    return numbers_of(state, BY_ACTOR_NEXT)


@njit
def buckets_of(state):
    """(address of the buckets, capacity), for `models.text.bands`."""
    return pointer(state, BY_BAND), length(state, TEXTS_AT)


@njit
def words_at(address):
    """The signature at an address."""
    return carray(at_address(address), WORDS, np.uint32)


@njit
def text_at(state, seq):
    """The address of the text of that number, which begins with its signature."""
    return pointer(state, TEXTS_AT) + (seq & (length(state, TEXTS_AT) - 1)) * TEXT_BYTES


@njit
def text_words(state, seq):
    """The signature of the text of that number."""
    return words_at(text_at(state, seq))


@njit
def root_of(clusters, c):
    """The cluster that `c` has become part of."""
    while clusters[c].parent != NONE:
        c = np.int64(clusters[c].parent)
    return np.int64(c)


@njit
def consensus_of(state, c):
    address = pointer(state, CLUSTERS_AT) + c * CLUSTER_BYTES
    return words_at(address), carray(at_address(address + VOTES_AT), WORDS, np.uint8)


@njit
def keep_string(state, address, size):
    """Writes a string to the ring of names as `models.names.append` does; returns its first word's position.

    The eight bytes before the string have to be readable, too.
    """
    ring = carray(at_address(pointer(state, RING)), length(state, RING), np.uint64)
    dirty, position = bytes_of(state, RING_DIRTY), ints_of(state, POSITION)
    mask = len(ring) - 1
    begin = position[0]
    at = begin
    for i in range(size >> 3):
        ring[at & mask] = load(address + 8 * i)
        dirty[at & mask] = 1
        at += 1
    rest = size & 7
    if rest:
        ring[at & mask] = load(address + size - 8) >> np.uint64(64 - 8 * rest)
        dirty[at & mask] = 1
        at += 1
    position[0] = at
    return begin


@njit
def expect_actor(state, actor):
    """Begins to load where the chain of an actor's members begins."""
    heads = numbers_of(state, BY_ACTOR)
    fetch(pointer(state, BY_ACTOR) + 4 * place(heads, actor))
