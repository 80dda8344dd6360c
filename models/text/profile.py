# mypy: allow-untyped-defs, allow-untyped-calls
"""What is known of a cluster's members within a window: one row of numbers for the suspicion to judge."""

from __future__ import annotations

import numpy as np
from numba import njit

from models.tails import binomial_upper, effective
from models.text.clusters import CREDITED, EXACT, LIVE
from models.text.usual import ACTOR_PAIRS, COMPANY, WINDOWS_MS

# Members looked at, newest first.
MOST = 4096
# Accounts whose other clusters are looked at, and how far back.
COMPANIONS, BACK = 256, 16

PROFILE = np.dtype(
    [
        ("cluster", "i8"),
        ("window", "i8"),  # number of the window
        ("accounts", "i8"),  # distinct, less those that credit a source
        ("posts", "i8"),
        ("credited", "i8"),  # posts that credit a source
        ("start", "i8"),
        ("end", "i8"),
        ("first", "i8"),  # of the cluster
        ("kind", "i8"),
        ("length", "i8"),
        ("copies", "i8"),  # posts that joined a text already there
        ("edited", "i8"),  # of these, not letter for letter
        ("low", "i8", (3,)),  # accounts in the lower tail of prior, seen, age
        ("of", "i8", (3,)),  # accounts of which prior, seen, age are known
        (
            "sharing",
            "i8",
            (2,),
        ),  # accounts on an address, a device that another one here has used before them
        ("having", "i8", (2,)),  # accounts whose address, device is known
        ("posts_before", "i8"),  # posts of the cluster before the window
        ("company", "i8"),  # accounts that were together in one other cluster
        ("company_size", "i8"),  # accounts of that cluster
        ("company_surprise", "f8"),
    ]
)


@njit
def _sharing(values, n):
    """(values that repeat one before them, values that are not 0) of the first `n`."""
    ordered = np.sort(values[:n])
    shared = 0
    known = 0
    i = 0
    while i < n:
        k = i + 1
        while k < n and ordered[k] == ordered[i]:
            k += 1
        if ordered[i] != 0:
            known += k - i
            shared += k - i - 1
        i = k
    return shared, known


@njit
def _company(arrays, c, slots, n, chance, correlation, out):
    """The other cluster in which most of these accounts were together, by surprise."""
    _, _, _, _, _, members, _, clusters, _, _, _, _, _, _, _, _, nexts, _, _ = arrays
    mask = len(members) - 1
    ids = np.empty(256, np.int64)
    hits = np.zeros(256, np.int64)
    last = np.full(256, -1)
    others = 0
    looked = min(n, COMPANIONS)
    for i in range(looked):
        own = members[slots[i]]
        seq = own.seq
        events = np.zeros(BACK, np.uint64)
        for step in range(BACK):
            row = members[np.int64(seq) & mask]
            if seq == 0 or row.seq != seq:
                break
            if row.actor == own.actor and row.cluster == c:
                events[step] = row.event
            seq = nexts[np.int64(seq) & mask, 0]
        seq = own.seq
        for _ in range(BACK):
            row = members[np.int64(seq) & mask]
            if seq == 0 or row.seq != seq:
                break
            seq = nexts[np.int64(seq) & mask, 0]
            other = np.int64(row.cluster)
            if row.actor != own.actor or other == c:
                continue
            if (
                not (clusters[other].state & LIVE)
                or clusters[other].first > row.ts
                or clusters[other].accounts < 3
            ):
                continue
            same = False
            for e in events:
                same |= e == row.event
            if same:
                continue
            k = 0
            while k < others and ids[k] != other:
                k += 1
            if k == others:
                if others == 256:
                    continue
                ids[k] = other
                others += 1
            if last[k] != i:
                last[k] = i
                hits[k] += 1
    scale = effective(float(looked), correlation) / looked
    for k in range(others):
        if hits[k] < 2:
            continue
        size = np.int64(clusters[ids[k]].accounts)
        p = 1.0 - (1.0 - chance) ** size
        surprise = binomial_upper(hits[k] * scale, looked * scale, p) - np.log10(others)
        if surprise > out.company_surprise or (surprise == out.company_surprise and hits[k] > out.company):
            out.company_surprise = surprise
            out.company = hits[k]
            out.company_size = size


@njit(cache=True)
def profile(arrays, chosen, norms, out):
    """Fills `out`, shape (clusters x windows,), from the members of the clusters `chosen`.

    The windows end with a cluster's newest member.

    `norms` is a record of `models.text.usual.NORMS`.
    """
    _, _, _, _, _, members, _, clusters, _, _, _, _, _, _, _, _, _, _, _ = arrays
    mask = len(members) - 1
    table = np.zeros(4 * MOST, np.uint64)
    slots = np.empty(MOST, np.int64)
    ips = np.empty(MOST, np.uint64)
    devices = np.empty(MOST, np.uint64)
    for i in range(len(chosen)):
        c = chosen[i]
        cluster = clusters[c]
        for w in range(len(WINDOWS_MS)):
            row = out[i * len(WINDOWS_MS) + w]
            row.cluster = c
            row.window = w
            row.first = cluster.first
            row.kind = cluster.kind
            row.length = cluster.length
            row.start = 1 << 62
            row.end = cluster.first
            since = members[np.int64(cluster.head) & mask].ts - WINDOWS_MS[w]
            size = 64
            while size < 4 * MOST and size < 4 * np.int64(cluster.posts):
                size *= 2
            table[:size] = 0
            n = 0
            seq = cluster.head
            while seq != 0 and row.posts < MOST:
                member = members[np.int64(seq) & mask]
                if member.seq != seq or member.cluster != c or member.ts < since:
                    break
                here = np.int64(seq) & mask
                seq = member.before
                row.posts += 1
                row.start = min(row.start, member.ts)
                row.end = max(row.end, member.ts)
                if member.flags & CREDITED:
                    row.credited += 1
                    continue
                if member.ts > cluster.first:
                    row.copies += 1
                    if not (member.flags & EXACT):
                        row.edited += 1
                at = np.int64(member.actor >> np.uint64(8)) & (size - 1)
                while table[at] != 0 and table[at] != member.actor:
                    at = (at + 1) & (size - 1)
                if table[at] != 0:
                    continue
                table[at] = member.actor
                slots[n], ips[n], devices[n] = here, member.ip, member.device
                n += 1
                row.low[0] += member.prior <= norms.cut[0]
                row.low[1] += member.seen <= norms.cut[1]
                row.of[0] += 1
                row.of[1] += 1
                if member.age != 255:
                    row.of[2] += 1
                    row.low[2] += member.age <= norms.cut[2]
            row.accounts = n
            row.posts_before = max(0, np.int64(cluster.posts) - row.posts)
            row.sharing[0], row.having[0] = _sharing(ips, n)
            row.sharing[1], row.having[1] = _sharing(devices, n)
            if n > 1:
                _company(arrays, c, slots, n, norms.chance[ACTOR_PAIRS], norms.spread[COMPANY], row)
    return out


@njit(cache=True)
def gather(arrays, c, since, credited, out):
    """Writes the rows of the members of cluster `c` since a time to `out`, newest first; returns how many."""
    _, _, _, _, _, members, _, clusters, _, _, _, _, _, _, _, _, _, _, _ = arrays
    mask = len(members) - 1
    n = 0
    seq = clusters[c].head
    while seq != 0 and n < len(out):
        at = np.int64(seq) & mask
        if members[at].seq != seq or members[at].cluster != c or members[at].ts < since:
            break
        if credited or not (members[at].flags & CREDITED):
            out[n] = at
            n += 1
        seq = members[at].before
    return n


@njit(cache=True)
def begun(arrays, c, pause):
    """When the run of members that ends with the newest began; no gap in it is longer than `pause` (ms)."""
    _, _, _, _, _, members, _, clusters, _, _, _, _, _, _, _, _, _, _, _ = arrays
    mask = len(members) - 1
    seq = clusters[c].head
    since = members[np.int64(seq) & mask].ts
    while seq != 0:
        member = members[np.int64(seq) & mask]
        if member.seq != seq or member.cluster != c or since - member.ts > pause:
            break
        since = member.ts
        seq = member.before
    return since
