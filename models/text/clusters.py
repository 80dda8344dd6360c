# mypy: allow-untyped-defs, allow-untyped-calls
"""Near-duplicate texts and exact keys (links, images) gathered into clusters, one row at a time.

A text is looked up by bands of two of its 32 MinHash values (Indyk and Motwani 1998; Leskovec, Rajaraman,
Ullman, "Mining of Massive Datasets", 3.4) among the last texts, and verified on all 32: against the text
found and against its cluster's consensus. That holds for each of the 32 places the value that most members
agree on (a vote where agreement counts twice, so that a third of the members suffices): with a few members
it is the signature of the text that all of them were made from, and so nearer to the next copy than any copy
is. A text that fits two clusters makes one of them.

Values that many texts have (every text of a language has its commonest grams, every template its frame) are
weak witnesses: agreement is weighed by how rare the value is (as in record linkage: Fellegi, Sunter 1969).

All is done in the order of the rows, and what dies, dies by age or number: the same rows, the same clusters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from models.hashing import pair
from models.names import Recent
from models.state import Table
from models.text.chains import Chains, link, place
from models.text.signature import WORDS

BANDS = WORDS // 2
# Rows looked at in one band's chain: more only helps where unrelated texts share a band.
DEPTH = 6
# Up to this size any member speaks for a cluster, beyond it only the consensus and texts as close as `CLOSE`.
YOUNG, CLOSE = 8, 20
# A cluster of at most this size can be merged into another.
SMALL = 128
# The similarity that the weights tell from chance, and the odds that a pair needs beyond the number of texts.
ALIKE, ODDS = 0.3, 1000.0
# Counters of values in each of the 32 places; they are halved when so many texts have been counted.
COUNTERS, COUNTED = 4096, 1 << 17
# Of one cluster at most this many texts are kept for comparison; then the consensus speaks for it.
FACES = 64
NONE = 0xFFFFFFFF

LIVE, FLAGGED, WATCHED, LEARNED = 1, 2, 4, 8
CREDITED, EXACT, COMMENTED = 1, 2, 4
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
        ("spare", "u2"),
    ]
)
CLUSTER = np.dtype(
    [
        ("words", "u4", (WORDS,)),  # the consensus
        ("votes", "u1", (WORDS,)),
        ("seed", "u8"),
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
        ("spare", "u2", (3,)),
    ]
)
assert TEXT.itemsize % 8 == 0
assert KEY.itemsize % 8 == 0
assert MEMBER.itemsize % 8 == 0
assert CLUSTER.itemsize % 8 == 0
_VOTES = 4 * WORDS


class Clusters:
    """The state: rings of texts, keys and members, rows of clusters, strings.

    Args:
        capacity: texts, and keys, and half the members that are remembered; a power of two.
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
        self.by_band = Chains(BANDS, capacity)
        self.by_key = Chains(1, capacity)
        self.by_actor = Chains(1, 2 * capacity)

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
        for chains in (self.by_band, self.by_key, self.by_actor):
            chains.clear()
        _rebuild(self.arrays(), self.counts)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """What the kernels work on, in the order that `unpack` comments."""
        return (
            self.texts.rows,
            self.texts.rows.view(np.uint32).reshape(len(self.texts.rows), -1),
            self.texts.dirty,
            self.keys.rows,
            self.keys.dirty,
            self.members.rows,
            self.members.dirty,
            self.clusters.rows,
            self.clusters.rows.view(np.uint32).reshape(len(self.clusters.rows), -1),
            self.clusters.rows.view(np.uint8).reshape(len(self.clusters.rows), -1),
            self.clusters.dirty,
            self.by_band.heads,
            self.by_band.nexts,
            self.by_key.heads,
            self.by_key.nexts,
            self.by_actor.heads,
            self.by_actor.nexts,
            self.values.rows,
            self.values.dirty,
        )


@njit(cache=True)
def _rebuild(arrays, counts):
    texts, words, _, keys, _, members, _, _, _, _, _, heads, nexts, kheads, knexts, aheads, anexts, _, _ = (
        arrays
    )
    for seq in range(max(1, counts[TEXTS] - len(texts) + 1), counts[TEXTS] + 1):
        _link_text(heads, nexts, words[seq & (len(texts) - 1)], seq)
    for seq in range(max(1, counts[KEYS] - len(keys) + 1), counts[KEYS] + 1):
        link(kheads, knexts, 0, place(kheads, keys[seq & (len(keys) - 1)].key), seq)
    for seq in range(max(1, counts[MEMBERS] - len(members) + 1), counts[MEMBERS] + 1):
        link(aheads, anexts, 0, place(aheads, members[seq & (len(members) - 1)].actor), seq)


@njit(inline="always")
def _band(heads, words, band):
    both = (np.uint64(words[2 * band]) << np.uint64(32)) | np.uint64(words[2 * band + 1])
    return place(heads, both)


@njit
def _link_text(heads, nexts, words, seq):
    for band in range(BANDS):
        link(heads, nexts, band, _band(heads, words, band), seq)


@njit(inline="always")
def _counter(k, value):
    spread = np.uint64(value) * np.uint64(0x9E3779B97F4A7C15)
    return k * COUNTERS + (np.int64(spread >> np.uint64(40)) & (COUNTERS - 1))


@njit
def _count_values(values, dirty, counts, words):
    """Counts a text's values, and forgets the half of them now and then."""
    counts[VALUES] += 1
    for k in range(WORDS):
        at = _counter(k, words[k])
        values[at] += np.float32(1.0)
        dirty[at] = 1
    if counts[VALUES] >= COUNTED:
        counts[VALUES] //= 2
        values *= np.float32(0.5)
        dirty[:] = 1


@njit
def _evidence(values, total, words, row):
    """ln of the odds that two texts are copies, not strangers, by the values that agree and their rarity."""
    odds = 0.0
    for k in range(WORDS):
        if words[k] == row[k]:
            share = (values[_counter(k, words[k])] + 1.0) / (total + 100.0)
            odds += np.log(ALIKE / share + 1.0 - ALIKE)
        else:
            odds += np.log(1.0 - ALIKE)
    return odds


@njit(inline="always")
def _agreement(words, row):
    same = np.uint32(0)
    for k in range(WORDS):
        same += np.uint32(words[k] == row[k])
    return np.int64(same)


@njit
def root_of(clusters, c):
    """The cluster that `c` has become part of."""
    while clusters[c].parent != NONE:
        c = np.int64(clusters[c].parent)
    return np.int64(c)


@njit
def near(arrays, counts, words, since, least, found):
    """The clusters that a text fits.

    Writes to `found` (int64 x 4): the best cluster or -1, its agreement of 32, the second or -1, and the
    number of the newest text of the best that is the very same, or 0.
    """
    texts, rows, _, _, _, _, _, clusters, consensus, _, _, heads, nexts, _, _, _, _, values, _ = arrays
    mask = len(texts) - 1
    found[0], found[1], found[2], found[3] = -1, least - 1, -1, 0
    second = least - 1
    total = np.float64(counts[VALUES])
    needed = np.log(ODDS * (total + 1.0))
    for band in range(BANDS):
        seq = heads[band, _band(heads, words, band)]
        for _ in range(DEPTH):
            at = np.int64(seq) & mask
            if seq == 0 or texts[at].seq != seq or texts[at].ts < since:
                break
            this = np.int64(seq)
            seq = nexts[at, band]
            if rows[at, 2 * band] != words[2 * band] or rows[at, 2 * band + 1] != words[2 * band + 1]:
                continue
            c = root_of(clusters, np.int64(texts[at].cluster))
            same = _agreement(words, rows[at])
            if same < WORDS and (c == found[0] or c == found[2]):
                continue  # it fits already
            if same < WORDS:
                odds = -1.0
                if same >= least and (clusters[c].posts <= YOUNG or same >= CLOSE):
                    odds = _evidence(values, total, words, rows[at])
                if clusters[c].posts > 2:
                    # Of a cluster of some size a member alone is no witness: else texts chain up.
                    whole = min(WORDS - 1, _agreement(words, consensus[c]))
                    if whole >= least and (whole > same or odds < needed):
                        odds = max(odds, _evidence(values, total, words, consensus[c]))
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
                found[3] = max(found[3], this)
        if found[3] > 0:  # nothing can be nearer
            break


@njit
def _new_cluster(clusters, dirty, counts, seed, ts, kind, length):
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
    row.length = length
    row.quiet = 0
    row.kind = kind
    row.state = LIVE
    dirty[c] = 1
    return c


@njit
def _release(clusters, dirty, counts, c):
    """One thing less points at cluster `c`; a row at which nothing points is free, and so on upwards."""
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
def _add_text(arrays, counts, words, ts, c):
    texts, rows, dirty, _, _, _, _, clusters, _, _, cdirty, heads, nexts, _, _, _, _, values, vdirty = arrays
    _count_values(values, vdirty, counts, words)
    counts[TEXTS] += 1
    seq = counts[TEXTS]
    at = seq & (len(texts) - 1)
    clusters[c].refs += 1
    cdirty[c] = 1
    if texts[at].seq != 0:
        _release(clusters, cdirty, counts, np.int64(texts[at].cluster))
    rows[at, :WORDS] = words
    texts[at].ts = ts
    texts[at].cluster = c
    texts[at].seq = seq
    dirty[at] = 1
    _link_text(heads, nexts, words, seq)


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
def _merge(arrays, a, b):
    """Makes one cluster of two; returns the one that stays: the named, the larger, or the earlier."""
    _, _, _, _, _, members, _, clusters, _, _, dirty, _, _, _, _, _, _, _, _ = arrays
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
    mdirty = arrays[6]
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
def join_text(arrays, counts, words, ts, kind, length, horizon, least, found):
    """(the cluster that a text belongs to from now on, whether the text itself was known)."""
    texts, _, _, _, _, _, _, clusters, consensus, letters, dirty, _, _, _, _, _, _, _, _ = arrays
    near(arrays, counts, words, ts - horizon, least, found)
    c, again = found[0], found[3]
    if c < 0:
        seed = pair(np.uint64(words[0]) << np.uint64(32) | np.uint64(words[1]), np.uint64(ts))
        c = _new_cluster(clusters, dirty, counts, seed, ts, kind, length)
        consensus[c, :WORDS] = words
        letters[c, _VOTES : _VOTES + WORDS] = 2
        _add_text(arrays, counts, words, ts, c)
        return c, False
    if found[2] >= 0:
        c = _merge(arrays, c, found[2])
    _vote(consensus[c], letters[c, _VOTES : _VOTES + WORDS], words)
    dirty[c] = 1
    # A text that lives on is stored anew before the ring takes the old one away.
    young = (
        again > 0
        and counts[TEXTS] - again < len(texts) // 2
        and (ts - texts[again & (len(texts) - 1)].ts < horizon // 2)
    )
    few = again == 0 and clusters[c].refs < FACES
    old = again > 0 and not young
    if few or old:
        _add_text(arrays, counts, words, ts, c)
    return c, again > 0


@njit
def join_key(arrays, counts, key, ts, kind, horizon):
    """The cluster of an exact key: a link's or an image's hash."""
    _, _, _, keys, dirty, _, _, clusters, _, _, cdirty, _, _, heads, nexts, _, _, _, _ = arrays
    mask = len(keys) - 1
    at = place(heads, key)
    seq = heads[0, at]
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
        seq = nexts[np.int64(seq) & mask, 0]
    if c < 0:
        c = _new_cluster(clusters, cdirty, counts, pair(key, np.uint64(ts)), ts, kind, 0)
    counts[KEYS] += 1
    number = counts[KEYS]
    slot = number & mask
    clusters[c].refs += 1
    cdirty[c] = 1
    if keys[slot].seq != 0:
        _release(clusters, cdirty, counts, np.int64(keys[slot].cluster))
    keys[slot].key = key
    keys[slot].ts = ts
    keys[slot].cluster = c
    keys[slot].seq = number
    dirty[slot] = 1
    link(heads, nexts, 0, at, number)
    return c


@njit
def join_member(arrays, counts, c, ts, event, actor, flags):
    """Enters an event in a cluster; returns the member's row, the rest of which the caller fills in."""
    _, _, _, _, _, members, dirty, clusters, _, _, cdirty, _, _, _, _, heads, nexts, _, _ = arrays
    mask = len(members) - 1
    at = place(heads, actor)
    seq = heads[0, at]
    known = False
    for _ in range(24):
        row = members[np.int64(seq) & mask]
        if seq == 0 or row.seq != seq:
            break
        if row.actor == actor and row.cluster == c and row.ts >= clusters[c].first:
            known = True
            break
        seq = nexts[np.int64(seq) & mask, 0]
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
    dirty[slot] = 1
    link(heads, nexts, 0, at, number)
    cluster = clusters[c]
    cluster.head = number
    cluster.posts += 1
    if flags & CREDITED:
        cluster.credited += 1
    if not known:
        cluster.accounts += 1
        cluster.fresh = ts
    cdirty[c] = 1
    return slot
