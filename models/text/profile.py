# mypy: allow-untyped-defs, allow-untyped-calls
"""What is known of a cluster's members within a window: one row of numbers for the suspicion to judge."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from models.prefetch import prefetch
from models.tails import binomial_upper, effective
from models.text.layout import CREDITED, EXACT, FLAGGED, LIVE, clusters_of, members_before_of, members_of
from models.text.texture import APART, TEMPLATE
from models.text.usual import ACTOR_PAIRS, COMPANY, LINK, WINDOWS_MS, size_class

# Members looked at, newest first.
MOST = 4096
# Accounts whose other clusters are looked at, and how far back.
COMPANIONS, BACK = 256, 16
# What an account wrote so long before is a habit, not the same occasion; a text that is used for so long is a
# form, not a campaign's.
HABIT_MS, FORM_MS = 6 * 3_600_000, 12 * 3_600_000

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
        ("texture", "i8"),  # of models.text.texture
        ("variants", "i8"),
        ("known", "i8"),  # accounts whose texts could be compared
        ("same", "f8"),
        ("kept", "f8"),
        ("alike", "f8"),
        ("uneven", "f8"),
        ("odds", "f8"),
        ("peak", "i8"),  # the most accounts within an hour, of its life so far
        ("under", "i8"),  # of the accounts, those that wrote it letter for letter under one author
        ("all", "i8"),  # accounts of the cluster in all its life
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
        ("regulars", "i8"),  # accounts that wrote from this template, or another one together, before
    ]
)


@njit
def _sharing(values, n):
    """(values that repeat one before them, values that are not 0) of the first `n`, hashes."""
    size = 16
    while size < 2 * n:
        size *= 2
    seen = np.zeros(size, np.uint64)
    known = distinct = 0
    for i in range(n):
        value = values[i]
        if value == 0:
            continue
        known += 1
        at = np.int64(value >> np.uint64(8)) & (size - 1)
        while seen[at] != 0 and seen[at] != value:
            at = (at + 1) & (size - 1)
        distinct += seen[at] == 0
        seen[at] = value
    return known - distinct, known


@njit
def _expect(state, slots, n):
    """Begins to load what `company` reads first: the member before each in the chain of its actor."""
    members, nexts = members_of(state), members_before_of(state)
    for i in range(n):
        prefetch(nexts, slots[i])
    for i in range(n):
        prefetch(members, np.int64(nexts[slots[i]]) & (len(members) - 1))


@njit
def _form(members, cluster):
    """Whether a cluster is one of those in which the same people come together again and again, honestly."""
    if cluster.texture == TEMPLATE:
        return True
    newest = members[np.int64(cluster.head) & (len(members) - 1)].ts
    named = cluster.state & FLAGGED or cluster.texture >= APART
    return newest - cluster.first >= FORM_MS and not named


@njit
def company(state, c, slots, n, norms, out):
    """Fills in, in a row of a profile, the other cluster in which most of these accounts were together.

    Those who filled in forms together on another occasion, and were not named for it, are regulars (stations
    with their bulletins, shops with their prices), no company; so are those who filled in this one before.
    What credits a source brings nobody together. `slots` are the rows of a member of each of the `n`
    accounts, as `profile` has written them.
    """
    members, clusters, nexts = members_of(state), clusters_of(state), members_before_of(state)
    chance, correlation = norms.chance[ACTOR_PAIRS], norms.spread[COMPANY]
    if n < 2:
        return
    _expect(state, slots, min(n, COMPANIONS))
    mask = len(members) - 1
    events = np.empty(BACK, np.uint64)
    ids = np.empty(256, np.int64)
    numbers = np.zeros(1024, np.uint16)  # by hash: where a cluster stands in `ids`, from 1
    hits = np.zeros(256, np.int64)
    last = np.full(256, -1)
    others = 0
    again = 0
    looked = min(n, COMPANIONS)
    for i in range(looked):
        own = members[slots[i]]
        seq = own.seq
        events[:] = 0
        before = False
        for step in range(BACK):
            row = members[np.int64(seq) & mask]
            if seq == 0 or row.seq != seq:
                break
            if row.actor == own.actor and row.cluster == c:
                events[step] = row.event
                before |= row.ts < own.ts - HABIT_MS
            seq = nexts[np.int64(seq) & mask]
        again += before
        seq = own.seq
        for _ in range(BACK):
            row = members[np.int64(seq) & mask]
            if seq == 0 or row.seq != seq:
                break
            seq = nexts[np.int64(seq) & mask]
            other = np.int64(row.cluster)
            if row.actor != own.actor or other == c or row.flags & CREDITED:
                continue
            if row.ts >= own.ts - HABIT_MS and _form(members, clusters[other]):
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
            place = other * 7919 & (len(numbers) - 1)
            while numbers[place] != 0 and ids[numbers[place] - 1] != other:
                place = (place + 1) & (len(numbers) - 1)
            if numbers[place] == 0:
                if others == len(ids):
                    continue
                ids[others] = other
                others += 1
                numbers[place] = others
            k: Any = np.int64(numbers[place]) - 1
            if last[k] != i:
                last[k] = i
                hits[k] += 1
    scale = effective(float(looked), correlation) / looked
    for k in range(others):
        if hits[k] < 2:
            continue
        if _form(members, clusters[ids[k]]):
            again = max(again, hits[k])
            continue
        size = np.int64(clusters[ids[k]].accounts)
        p = 1.0 - (1.0 - chance) ** size
        surprise = binomial_upper(hits[k] * scale, looked * scale, p) - np.log10(others)
        if surprise > out.company_surprise or (surprise == out.company_surprise and hits[k] > out.company):
            out.company_surprise = surprise
            out.company = hits[k]
            out.company_size = size
    out.regulars = again * n // looked


@njit
def profile(state, c, norms, table, slots, ips, devices, out):
    """Fills the rows of a cluster, one a window; the company is left out, see `company`.

    The windows end with the cluster's newest member, and lie one in the other: one walk fills all.

    Args:
        state: of `Clusters`.
        norms: a record of `models.text.usual.NORMS`.
        table: room, uint64 (4 x MOST,).
        slots, ips, devices: room (MOST,), int64 and uint64; `slots` is for `company`.
        out: shape (windows,).
    """
    members, cluster = members_of(state), clusters_of(state)[c]
    mask = len(members) - 1
    newest = members[np.int64(cluster.head) & mask].ts
    size = 64
    while size < 4 * MOST and size < 4 * np.int64(cluster.posts):
        size *= 2
    for k in range(size):
        table[k] = 0
    posts, n, credited, aged = 0, 0, 0, 0
    letters = 0
    about, votes, under = np.uint32(0), 0, 0
    low0, low1, low2 = 0, 0, 0
    start, end = np.int64(1 << 62), cluster.first
    seq = cluster.head
    for w in range(len(WINDOWS_MS)):
        since = newest - WINDOWS_MS[w]
        while seq != 0 and posts < MOST:
            here = np.int64(seq) & mask
            member = members[here]
            if member.seq != seq or member.cluster != c or member.ts < since:
                break
            seq = member.before
            posts += 1
            start = min(start, member.ts)
            end = max(end, member.ts)
            if member.flags & CREDITED:
                credited += 1
                continue
            at = np.int64(member.actor >> np.uint64(8)) & (size - 1)
            while table[at] != 0 and table[at] != member.actor:
                at = (at + 1) & (size - 1)
            if table[at] != 0:
                continue
            table[at] = member.actor
            slots[n], ips[n], devices[n] = here, member.ip, member.device
            n += 1
            if member.about != 0 and votes == 0:
                about = member.about
            if member.about != 0 and member.flags & EXACT:
                votes += 1 if member.about == about else -1
                under += member.about == about
            letters += member.length
            low0 += member.prior <= norms.cut[0]
            low1 += member.seen <= norms.cut[1]
            if member.age != 255:
                aged += 1
                low2 += member.age <= norms.cut[2]
        row = out[w]
        row.cluster = c
        row.window = w
        row.first = cluster.first
        row.kind, row.length = cluster.kind, cluster.length
        if cluster.kind < LINK and n > 0:  # what the first one wrote may have been but the beginning
            row.length = letters // n
            row.kind = 4 * (cluster.kind // 4) + size_class(row.length)
        row.posts, row.accounts, row.credited = posts, n, credited
        row.all, row.under = cluster.accounts, under
        row.start, row.end = start, end
        row.low[0], row.low[1], row.low[2] = low0, low1, low2
        row.of[0], row.of[1], row.of[2] = n, n, aged
        row.posts_before = max(0, np.int64(cluster.posts) - posts)
        row.company, row.company_size, row.company_surprise, row.regulars = 0, 0, 0.0, 0
        if w > 0 and n == out[w - 1].accounts:
            for t in range(2):
                row.sharing[t], row.having[t] = out[w - 1].sharing[t], out[w - 1].having[t]
        else:
            row.sharing[0], row.having[0] = _sharing(ips, n)
            row.sharing[1], row.having[1] = _sharing(devices, n)


@njit(cache=True)
def gather(state, c, since, credited, out):
    """Writes the rows of the members of cluster `c` since a time to `out`, newest first; returns how many."""
    members, clusters = members_of(state), clusters_of(state)
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
def begun(state, c, pause):
    """When the run of members that ends with the newest began; no gap in it is longer than `pause` (ms)."""
    members, clusters = members_of(state), clusters_of(state)
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
