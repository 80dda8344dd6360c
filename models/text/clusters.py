# mypy: allow-untyped-defs, allow-untyped-calls
"""Near-duplicate texts and exact keys (links, images) gathered into clusters, one row at a time.

A text is looked up among the last texts by bands of its 32 MinHash values (see `models.text.bands`) and
verified on all 32: against the text found and against its cluster's consensus. That holds for each of the 32
places the value that most members agree on (a vote where agreement counts twice, so that a third of the
members suffices): with a few members it is the signature of the text that all of them were made from, and so
nearer to the next copy than any copy is. A text that fits two clusters makes one of them.

Values that many texts have (every text of a language has its commonest grams, every template its frame) are
weak witnesses: agreement is weighed by how rare the value is (as in record linkage: Fellegi, Sunter 1969).

All is done in the order of the rows, and what dies, dies by age or number: the same rows, the same clusters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from models.hashing import pair
from models.memory import (
    WIDE,
    Block,
    agreeing,
    alike,
    at_address,
    bytes_of,
    carray,
    fetch,
    ints_of,
    length,
    load,
    pointer,
    zeros,
)
from models.names import Recent
from models.state import Table
from models.text.bands import BANDS, ENTRIES, band_hash, bucket_at, enter, entry_of, room
from models.text.chains import Chains, link, place
from models.text.signature import WORDS

# Up to this size any member speaks for a cluster, beyond it only the consensus and texts as close as `CLOSE`.
YOUNG, CLOSE = 8, 20
# A cluster of at most this size can be merged into another.
SMALL = 128
# The similarity that the weights tell from chance, and the odds that a pair needs beyond the number of texts.
ALIKE, ODDS = 0.3, 1000.0
# Counters of values in each of the 32 places; they are halved when so many texts have been counted.
COUNTER_BITS = 12
COUNTERS, COUNTED = 1 << COUNTER_BITS, 1 << 17
# Of one cluster at most this many texts are kept for comparison; then the consensus speaks for it.
FACES = 64
# What `near` needs to put down what it finds.
ROOM = 4 + BANDS * ENTRIES
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
        ("spares", "u4"),
    ]
)
assert TEXT.itemsize % 8 == 0
assert WORDS == WIDE
assert KEY.itemsize % 8 == 0
assert MEMBER.itemsize % 8 == 0
assert CLUSTER.itemsize % 8 == 0
_VOTES = 4 * WORDS


class Clusters:
    """The state: rings of texts, keys and members, rows of clusters, strings.

    Args:
        capacity: texts, and keys, and half the members that are remembered; a power of two.

    Attributes:
        state: the address of all of it, for the kernels; good as long as the object lives.
    """

    def __init__(self, capacity: int = 1 << 18) -> None:
        if capacity & (capacity - 1):
            raise ValueError(f"the capacity has to be a power of two, not {capacity}")
        self.texts = Table("texts", TEXT, capacity)
        self.keys = Table("keys", KEY, capacity)
        self.members = Table("members", MEMBER, 2 * capacity)
        self.clusters = Table("clusters", CLUSTER, 2 * capacity + 1)
        self.names = Recent(16 * capacity)
        self.values = Table("values", np.dtype("f4"), WORDS * COUNTERS)
        self.values.used = WORDS * COUNTERS
        self.counts = np.zeros(6, np.int64)
        self.counts[FREE] = NONE
        self.by_band = room(capacity)
        self.by_key = Chains(capacity)
        self.by_actor = Chains(2 * capacity)
        self._block = Block(
            *(self.texts.rows, self.texts.dirty, self.keys.rows, self.keys.dirty),
            *(self.members.rows, self.members.dirty, self.clusters.rows, self.clusters.dirty),
            *(self.values.rows, self.values.dirty, self.by_band),
            *(self.by_key.heads, self.by_key.nexts, self.by_actor.heads, self.by_actor.nexts, self.counts),
            *(self.names.table.rows, self.names.table.dirty, self.names.position),
        )
        self.state = self._block.address

    def tables(self) -> tuple[Table, ...]:
        self.sync()
        return self.texts, self.keys, self.members, self.clusters, self.names.table, self.values

    def sync(self) -> None:
        """Takes over what the kernels have counted."""
        for table, seq in ((self.texts, TEXTS), (self.keys, KEYS), (self.members, MEMBERS)):
            table.used = min(len(table.rows), int(self.counts[seq]) + 1)
        self.clusters.used = int(self.counts[ROWS])
        self.names.table.used = min(len(self.names.table.rows), int(self.names.position[0]))

    def scalars(self) -> dict[str, Any]:
        return {"counts": self.counts.tolist(), "names": int(self.names.position[0])}

    def restore(self, scalars: dict[str, Any]) -> None:
        self.counts[:] = scalars["counts"]
        self.names.position[0] = scalars["names"]

    def rebuild(self) -> None:
        """Fills the chains from the rings."""
        self.by_band[:] = 0
        self.by_key.clear()
        self.by_actor.clear()
        _rebuild(self.state)

    @property
    def nbytes(self) -> int:
        """Bytes in use, the derived look-up tables included."""
        tables = sum(table.nbytes for table in self.tables())
        return tables + self.by_band.nbytes + self.by_key.nbytes + self.by_actor.nbytes


# The arrays of the block.
_TEXTS, _TEXTS_DIRTY, _KEYS, _KEYS_DIRTY, _MEMBERS, _MEMBERS_DIRTY, _CLUSTERS, _CLUSTERS_DIRTY = range(8)
_VALUES, _VALUES_DIRTY, _BY_BAND, _BY_KEY, _BY_KEY_NEXT, _BY_ACTOR, _BY_ACTOR_NEXT, _COUNTS = range(8, 16)
_RING, _RING_DIRTY, _POSITION = range(16, 19)
_TEXT_BYTES, _CLUSTER_BYTES = TEXT.itemsize, CLUSTER.itemsize


@njit
def texts_of(state):
    return carray(at_address(pointer(state, _TEXTS)), length(state, _TEXTS), TEXT)


@njit
def keys_of(state):
    return carray(at_address(pointer(state, _KEYS)), length(state, _KEYS), KEY)


@njit
def members_of(state):
    return carray(at_address(pointer(state, _MEMBERS)), length(state, _MEMBERS), MEMBER)


@njit
def clusters_of(state):
    return carray(at_address(pointer(state, _CLUSTERS)), length(state, _CLUSTERS), CLUSTER)


@njit
def members_dirty_of(state):
    return bytes_of(state, _MEMBERS_DIRTY)


@njit
def counts_of(state):
    return ints_of(state, _COUNTS)


@njit
def clusters_dirty_of(state):
    return bytes_of(state, _CLUSTERS_DIRTY)


@njit
def _numbers(state, k):
    return carray(at_address(pointer(state, k)), length(state, k), np.uint32)


@njit
def members_before_of(state):
    """The links of the chains by actor: the row number of the member before, by row."""
    return _numbers(state, _BY_ACTOR_NEXT)


@njit
def buckets_of(state):
    """(address of the buckets, capacity), for `models.text.bands`."""
    return pointer(state, _BY_BAND), length(state, _TEXTS)


@njit
def words_at(address):
    """The signature at an address."""
    return carray(at_address(address), WORDS, np.uint32)


@njit
def text_at(state, seq):
    """The address of the text of that number, which begins with its signature."""
    return pointer(state, _TEXTS) + (seq & (length(state, _TEXTS) - 1)) * _TEXT_BYTES


@njit
def text_words(state, seq):
    """The signature of the text of that number."""
    return words_at(text_at(state, seq))


@njit(cache=True)
def _rebuild(state):
    texts, keys, members, counts = texts_of(state), keys_of(state), members_of(state), counts_of(state)
    buckets, capacity = buckets_of(state)
    for seq in range(max(1, counts[TEXTS] - len(texts) + 1), counts[TEXTS] + 1):
        at = seq & (len(texts) - 1)
        enter(buckets, capacity, pointer(state, _TEXTS) + at * _TEXT_BYTES, at)
    heads, nexts = _numbers(state, _BY_KEY), _numbers(state, _BY_KEY_NEXT)
    for seq in range(max(1, counts[KEYS] - len(keys) + 1), counts[KEYS] + 1):
        link(heads, nexts, place(heads, keys[seq & (len(keys) - 1)].key), seq)
    heads, nexts = _numbers(state, _BY_ACTOR), _numbers(state, _BY_ACTOR_NEXT)
    for seq in range(max(1, counts[MEMBERS] - len(members) + 1), counts[MEMBERS] + 1):
        link(heads, nexts, place(heads, members[seq & (len(members) - 1)].actor), seq)


@njit
def _counter(k, value):
    spread = np.uint32(np.uint32(value) * np.uint32(0x9E3779B1))
    return k * COUNTERS + np.int64(spread >> np.uint32(32 - COUNTER_BITS))


@njit
def _count_values(state, words):
    """Counts a text's values, and forgets the half of them now and then."""
    counts = counts_of(state)
    values = carray(at_address(pointer(state, _VALUES)), WORDS * COUNTERS, np.float32)
    dirty = bytes_of(state, _VALUES_DIRTY)
    counts[VALUES] += 1
    for k in range(WORDS):
        at = _counter(k, words[k])
        values[at] += np.float32(1.0)
        dirty[at] = 1
    if counts[VALUES] >= COUNTED:
        counts[VALUES] //= 2
        for at in range(WORDS * COUNTERS):
            values[at] *= np.float32(0.5)
            dirty[at] = 1


@njit
def odds_of(state, words, row):
    """The odds that two texts are copies, not strangers, by the values that agree and their rarity."""
    values = carray(at_address(pointer(state, _VALUES)), WORDS * COUNTERS, np.float32)
    total = np.float64(counts_of(state)[VALUES]) + 100.0
    odds = 1.0  # within 1e-5 .. 1e150
    for k in range(WORDS):
        if words[k] == row[k]:
            odds *= ALIKE * total / (values[_counter(k, words[k])] + 1.0) + 1.0 - ALIKE
        else:
            odds *= 1.0 - ALIKE
    return odds


@njit
def root_of(clusters, c):
    """The cluster that `c` has become part of."""
    while clusters[c].parent != NONE:
        c = np.int64(clusters[c].parent)
    return np.int64(c)


@njit
def _candidates(state, words_address, found):
    """Which texts have a band in common with a text: ``place * BANDS + band`` to `found`; returns how many.

    What is known of them begins to be loaded.
    """
    texts_address = pointer(state, _TEXTS)
    buckets, capacity = buckets_of(state)
    mask = np.uint32(capacity - 1)
    n = 0
    for band in range(BANDS):
        h = band_hash(words_address, band)
        bucket = bucket_at(buckets, capacity, band, h)
        hits = alike(bucket, np.uint32(~mask), np.uint32(entry_of(capacity, h, 0)))
        while hits != 0:
            at = np.int64(load(bucket + 4 * zeros(hits)) & np.uint64(mask))
            hits &= hits - np.uint64(1)
            text = texts_address + at * _TEXT_BYTES
            fetch(text)
            fetch(text + 64)
            fetch(text + _TEXT_BYTES - 8)
            found[n] = at * BANDS + band
            n += 1
    return n


@njit
def _living(state, words_address, since, found, n):
    """Keeps of the first `n` candidates those that are no older and share their band in fact; how many."""
    texts, texts_address = texts_of(state), pointer(state, _TEXTS)
    clusters_address = pointer(state, _CLUSTERS)
    kept = 0
    for k in range(n):
        at, band = found[k] // BANDS, found[k] % BANDS
        text = texts[at]
        if text.seq == 0 or text.ts < since:
            continue
        if load(texts_address + at * _TEXT_BYTES + 8 * band) != load(words_address + 8 * band):
            continue
        cluster = clusters_address + np.int64(text.cluster) * _CLUSTER_BYTES
        for line in range(0, _CLUSTER_BYTES, 64):
            fetch(cluster + line)
        found[kept] = found[k]
        kept += 1
    return kept


@njit
def near(state, words_address, since, least, found):
    """The clusters that a text fits.

    Writes to `found` (int64, ROOM): the best cluster or -1, its agreement of 32, the second or -1, and the
    number of the newest text of the best that is the very same, or 0.
    """
    texts, clusters = texts_of(state), clusters_of(state)
    texts_address, clusters_address = pointer(state, _TEXTS), pointer(state, _CLUSTERS)
    words = words_at(words_address)
    found[0], found[1], found[2], found[3] = -1, least - 1, -1, 0
    second = least - 1
    needed = ODDS * (np.float64(counts_of(state)[VALUES]) + 1.0)
    candidates = found[4:]
    n = _living(state, words_address, since, candidates, _candidates(state, words_address, candidates))
    last = np.int64(0)
    for k in range(n):
        at, band = candidates[k] // BANDS, candidates[k] % BANDS
        if band != last and found[3] > 0:  # nothing can be nearer
            break
        last = band
        row = texts_address + at * _TEXT_BYTES
        c = root_of(clusters, np.int64(texts[at].cluster))
        same = agreeing(words_address, row)
        if same < WORDS and (c == found[0] or c == found[2]):
            continue  # it fits already
        if same < WORDS:
            odds = 0.0
            if same >= least and (clusters[c].posts <= YOUNG or same >= CLOSE):
                odds = odds_of(state, words, words_at(row))
            if clusters[c].posts > 2:
                # Of a cluster of some size a member alone is no witness: else texts chain up.
                consensus = clusters_address + c * _CLUSTER_BYTES
                whole = min(WORDS - 1, agreeing(words_address, consensus))
                if whole >= least and (whole > same or odds < needed):
                    odds = max(odds, odds_of(state, words, words_at(consensus)))
                    same = max(same, whole)
            if odds < needed:
                continue
        if c == found[0]:
            found[1] = max(found[1], same)
        elif same > found[1] or (same == found[1] and c < found[0]):
            if found[0] >= 0:
                found[2], second = found[0], found[1]
            found[0], found[1], found[3] = c, same, 0
        elif same > second or (same == second and c < found[2]):
            found[2], second = c, same
        if c == found[0] and same == WORDS:
            found[3] = max(found[3], np.int64(texts[at].seq))


@njit
def _new_cluster(state, seed, ts, kind, size):
    clusters, dirty, counts = clusters_of(state), clusters_dirty_of(state), counts_of(state)
    c = counts[FREE]
    if c != NONE:
        counts[FREE] = clusters[c].parent
    else:
        c = counts[ROWS]
        counts[ROWS] += 1
    row = clusters[c]
    row.seed = seed
    row.first = ts
    row.since = ts
    row.fresh = ts
    row.head = 0
    row.posts = 0
    row.accounts = 0
    row.credited = 0
    row.parent = NONE
    row.refs = 0
    row.judged = 0
    row.named = 0
    row.length = size
    row.quiet = 0
    row.kind = kind
    row.state = LIVE
    row.texture = 0
    row.source = 0
    dirty[c] = 1
    return c


@njit
def _release(state, c):
    """One thing less points at cluster `c`; a row at which nothing points is free, and so on upwards."""
    clusters, dirty, counts = clusters_of(state), clusters_dirty_of(state), counts_of(state)
    while True:
        clusters[c].refs -= 1
        dirty[c] = 1
        if clusters[c].refs > 0:
            return
        up = np.int64(clusters[c].parent)
        clusters[c].state = 0
        clusters[c].parent = counts[FREE]
        counts[FREE] = c
        if up == NONE:
            return
        c = up


@njit
def _add_text(state, words_address, ts, c):
    texts, counts = texts_of(state), counts_of(state)
    words = words_at(words_address)
    _count_values(state, words)
    counts[TEXTS] += 1
    seq = counts[TEXTS]
    at = seq & (len(texts) - 1)
    clusters_of(state)[c].refs += 1
    clusters_dirty_of(state)[c] = 1
    if texts[at].seq != 0:
        _release(state, np.int64(texts[at].cluster))
    row = words_at(pointer(state, _TEXTS) + at * _TEXT_BYTES)
    for k in range(WORDS):
        row[k] = words[k]
    texts[at].ts = ts
    texts[at].cluster = c
    texts[at].seq = seq
    bytes_of(state, _TEXTS_DIRTY)[at] = 1
    buckets, capacity = buckets_of(state)
    enter(buckets, capacity, words_address, at)


@njit
def _consensus(state, c):
    address = pointer(state, _CLUSTERS) + c * _CLUSTER_BYTES
    return words_at(address), carray(at_address(address + _VOTES), WORDS, np.uint8)


@njit
def _vote(consensus, votes, words):
    for k in range(WORDS):
        if consensus[k] == words[k]:
            votes[k] = min(votes[k] + 2, 250)
        elif votes[k] == 0:
            consensus[k] = words[k]
            votes[k] = 2
        else:
            votes[k] -= 1


@njit
def _merge(state, a, b):
    """Makes one cluster of two; returns the one that stays: the named, the larger, or the earlier."""
    members, clusters, dirty = members_of(state), clusters_of(state), clusters_dirty_of(state)
    named_a, named_b = clusters[a].state & FLAGGED, clusters[b].state & FLAGGED
    swap = named_b > named_a
    if named_a == named_b:
        swap = clusters[b].posts > clusters[a].posts or (
            clusters[b].posts == clusters[a].posts and clusters[b].first < clusters[a].first
        )
    if swap:
        a, b = b, a
    if clusters[b].posts > SMALL or clusters[b].state & FLAGGED:
        return a
    keep, gone = clusters[a], clusters[b]
    mdirty = bytes_of(state, _MEMBERS_DIRTY)
    mask = len(members) - 1
    # The two lists of members, newest first, become one.
    x, y = keep.head, gone.head
    last = np.int64(-1)
    while y != 0 and members[np.int64(y) & mask].seq == y:
        while x > y and members[np.int64(x) & mask].seq == x:
            last = np.int64(x) & mask
            x = members[last].before
        if x > y:  # the rest of the list is dead
            x = np.uint32(0)
        at = np.int64(y) & mask
        y = members[at].before
        if last < 0:
            keep.head = members[at].seq
        else:
            members[last].before = members[at].seq
            mdirty[last] = 1
        members[at].before = x
        members[at].cluster = a
        mdirty[at] = 1
        last = at
    keep.posts += gone.posts
    keep.accounts += gone.accounts
    keep.credited += gone.credited
    if keep.source == 0 or (gone.source != 0 and gone.first < keep.first):
        keep.source = gone.source
    keep.first = min(keep.first, gone.first)
    keep.fresh = max(keep.fresh, gone.fresh)
    keep.judged = 0
    keep.refs += 1
    gone.parent = a
    gone.state = 0
    dirty[a] = 1
    dirty[b] = 1
    return a


@njit
def join_text(state, words_address, ts, kind, size, horizon, least, found):
    """(the cluster that a text belongs to from now on, whether the text itself was known).

    `words_address` is that of its signature, `size` its characters; `found` is room for `near`, and its last
    entry the number under which the text, or the very same one, is kept from now on, or 0.
    """
    texts, clusters, counts = texts_of(state), clusters_of(state), counts_of(state)
    near(state, words_address, ts - horizon, least, found)
    words = words_at(words_address)
    c, again = found[0], found[3]
    if c < 0:
        seed = pair(np.uint64(words[0]) << np.uint64(32) | np.uint64(words[1]), np.uint64(ts))
        c = _new_cluster(state, seed, ts, kind, size)
        consensus, votes = _consensus(state, c)
        for k in range(WORDS):
            consensus[k] = words[k]
            votes[k] = 2
        _add_text(state, words_address, ts, c)
        found[3] = counts[TEXTS]
        return c, False
    if found[2] >= 0:
        c = _merge(state, c, found[2])
    consensus, votes = _consensus(state, c)
    _vote(consensus, votes, words)
    clusters_dirty_of(state)[c] = 1
    # A text that lives on is stored anew before the ring takes the old one away.
    young = (
        again > 0
        and counts[TEXTS] - again < len(texts) // 2
        and (ts - texts[again & (len(texts) - 1)].ts < horizon // 2)
    )
    few = again == 0 and clusters[c].refs < FACES
    old = again > 0 and not young
    if few or old:
        _add_text(state, words_address, ts, c)
        found[3] = counts[TEXTS]
    return c, again > 0


@njit
def join_key(state, key, ts, kind, horizon):
    """The cluster of an exact key: a link's or an image's hash."""
    keys, clusters, counts = keys_of(state), clusters_of(state), counts_of(state)
    heads, nexts = _numbers(state, _BY_KEY), _numbers(state, _BY_KEY_NEXT)
    mask = len(keys) - 1
    at = place(heads, key)
    seq = heads[at]
    c = np.int64(-1)
    while seq != 0 and keys[np.int64(seq) & mask].seq == seq:
        row = keys[np.int64(seq) & mask]
        if row.key == key:
            if ts - row.ts < horizon:
                c = np.int64(row.cluster)
                young = counts[KEYS] - np.int64(seq) < len(keys) // 2 and ts - row.ts < horizon // 2
                if young:
                    return c
            break
        seq = nexts[np.int64(seq) & mask]
    if c < 0:
        c = _new_cluster(state, pair(key, np.uint64(ts)), ts, kind, 0)
    counts[KEYS] += 1
    number = counts[KEYS]
    slot = number & mask
    clusters[c].refs += 1
    clusters_dirty_of(state)[c] = 1
    if keys[slot].seq != 0:
        _release(state, np.int64(keys[slot].cluster))
    keys[slot].key = key
    keys[slot].ts = ts
    keys[slot].cluster = c
    keys[slot].seq = number
    bytes_of(state, _KEYS_DIRTY)[slot] = 1
    link(heads, nexts, at, number)
    return c


@njit
def join_member(state, c, ts, event, actor, flags):
    """Enters an event in a cluster; returns the member's row, the rest of which the caller fills in."""
    members, clusters, counts = members_of(state), clusters_of(state), counts_of(state)
    heads, nexts = _numbers(state, _BY_ACTOR), _numbers(state, _BY_ACTOR_NEXT)
    mask = len(members) - 1
    at = place(heads, actor)
    seq = heads[at]
    known = False
    for _ in range(24 if clusters[c].posts > 0 else 0):
        row = members[np.int64(seq) & mask]
        if seq == 0 or row.seq != seq:
            break
        if row.actor == actor and row.cluster == c and row.ts >= clusters[c].first:
            known = True
            break
        seq = nexts[np.int64(seq) & mask]
    counts[MEMBERS] += 1
    number = counts[MEMBERS]
    slot = number & mask
    member = members[slot]
    member.ts = ts
    member.event = event
    member.actor = actor
    member.cluster = c
    member.seq = number
    member.before = clusters[c].head
    member.flags = flags
    bytes_of(state, _MEMBERS_DIRTY)[slot] = 1
    link(heads, nexts, at, number)
    cluster = clusters[c]
    cluster.head = number
    cluster.posts += 1
    if flags & CREDITED:
        cluster.credited += 1
    if not known:
        cluster.accounts += 1
        cluster.fresh = ts
    clusters_dirty_of(state)[c] = 1
    return slot


@njit
def keep_string(state, address, size):
    """Writes a string to the ring of names as `models.names.append` does; returns its first word's position.

    The eight bytes before the string have to be readable, too.
    """
    ring = carray(at_address(pointer(state, _RING)), length(state, _RING), np.uint64)
    dirty, position = bytes_of(state, _RING_DIRTY), ints_of(state, _POSITION)
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
    heads = _numbers(state, _BY_ACTOR)
    fetch(pointer(state, _BY_ACTOR) + 4 * place(heads, actor))
