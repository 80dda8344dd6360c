# mypy: allow-untyped-defs, allow-untyped-calls
"""How events enter clusters: a text, a link or an image finds its own, or begins one; two become one."""

from __future__ import annotations

import numpy as np
from numba import njit

from models.hashing import pair
from models.memory import agreeing, bytes_of, pointer
from models.text.bands import enter
from models.text.chains import link, place
from models.text.layout import (
    BY_ACTOR,
    BY_ACTOR_NEXT,
    BY_KEY,
    BY_KEY_NEXT,
    CLUSTER_BYTES,
    CLUSTERS_AT,
    CREDITED,
    FLAGGED,
    FREE,
    KEYS,
    KEYS_DIRTY,
    LIVE,
    MEMBERS,
    MEMBERS_DIRTY,
    NONE,
    ROWS,
    TEXT_BYTES,
    TEXTS,
    TEXTS_AT,
    TEXTS_DIRTY,
    buckets_of,
    clusters_dirty_of,
    clusters_of,
    consensus_of,
    counts_of,
    keys_of,
    members_of,
    numbers_of,
    texts_of,
    words_at,
)
from models.text.nearest import CLOSE, near
from models.text.rarity import count_values
from models.text.signature import WORDS

# A cluster of at most this size can be merged into another.
SMALL = 128
# Of one cluster at most this many texts are kept for comparison; then the consensus speaks for what fits it
# well.
FACES = 64


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
    row.peak = 0
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
    count_values(state, words)
    counts[TEXTS] += 1
    seq = counts[TEXTS]
    at = seq & (len(texts) - 1)
    clusters_of(state)[c].refs += 1
    clusters_dirty_of(state)[c] = 1
    if texts[at].seq != 0:
        _release(state, np.int64(texts[at].cluster))
    row = words_at(pointer(state, TEXTS_AT) + at * TEXT_BYTES)
    for k in range(WORDS):
        row[k] = words[k]
    texts[at].ts = ts
    texts[at].cluster = c
    texts[at].seq = seq
    bytes_of(state, TEXTS_DIRTY)[at] = 1
    buckets, capacity = buckets_of(state)
    enter(buckets, capacity, words_address, at)


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
def _one(state, a, b, least):
    """Whether two clusters that a text fits are one: in what they have in common, or one is but two texts."""
    clusters = clusters_of(state)
    if min(clusters[a].posts, clusters[b].posts) <= 2:
        return True
    at = pointer(state, CLUSTERS_AT)
    return agreeing(at + a * CLUSTER_BYTES, at + b * CLUSTER_BYTES) >= least


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
    mdirty = bytes_of(state, MEMBERS_DIRTY)
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
    keep.peak = max(keep.peak, gone.peak)
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
        consensus, votes = consensus_of(state, c)
        for k in range(WORDS):
            consensus[k] = words[k]
            votes[k] = 2
        _add_text(state, words_address, ts, c)
        found[3] = counts[TEXTS]
        return c, False
    if found[2] >= 0 and _one(state, c, found[2], least):
        c = _merge(state, c, found[2])
    consensus, votes = consensus_of(state, c)
    _vote(consensus, votes, words)
    clusters_dirty_of(state)[c] = 1
    # A text that lives on is stored anew before the ring takes the old one away.
    young = (
        again > 0
        and counts[TEXTS] - again < len(texts) // 2
        and (ts - texts[again & (len(texts) - 1)].ts < horizon // 2)
    )
    few = again == 0 and (clusters[c].refs < FACES or found[1] < CLOSE)
    old = again > 0 and not young
    if few or old:
        _add_text(state, words_address, ts, c)
        found[3] = counts[TEXTS]
    return c, again > 0


@njit
def join_key(state, key, ts, kind, horizon):
    """The cluster of an exact key: a link's or an image's hash."""
    keys, clusters, counts = keys_of(state), clusters_of(state), counts_of(state)
    heads, nexts = numbers_of(state, BY_KEY), numbers_of(state, BY_KEY_NEXT)
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
    bytes_of(state, KEYS_DIRTY)[slot] = 1
    link(heads, nexts, at, number)
    return c


@njit
def join_member(state, c, ts, event, actor, flags):
    """Enters an event in a cluster; returns the member's row, the rest of which the caller fills in."""
    members, clusters, counts = members_of(state), clusters_of(state), counts_of(state)
    heads, nexts = numbers_of(state, BY_ACTOR), numbers_of(state, BY_ACTOR_NEXT)
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
    bytes_of(state, MEMBERS_DIRTY)[slot] = 1
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
