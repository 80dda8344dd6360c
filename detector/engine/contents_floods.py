# mypy: allow-untyped-defs, allow-untyped-calls
"""Which texts come again and again under one author: counted comment by comment, judged at a tick's end."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from numba import njit

from detector.suspicions.batch_posting import PRIOR_CHANCE, TEXTURE_FACTOR
from detector.suspicions.comment_flood import FLOOD, FORMS, CommentFlood
from models.tails import binomial_upper, effective
from models.text.layout import COMMENTED, CREDITED, LIVE, MEMBERS, clusters_of, counts_of, members_of
from models.text.texture import ALIKE, APART, COPIED, EDITED, TEXTURE, texture
from models.text.usual import FIRST_TS, LINK

# Authors whose comments are counted, a power of two, and places in which one may stand.
AUTHORS, PLACES = 1 << 14, 4
# Members of a cluster looked at, newest first; accounts of a template told apart.
MOST, ACCOUNTS = 4096, 512
# Authors judged in one tick at most.
READY = 1024
_HOUR = 3_600_000

AUTHOR = np.dtype(
    [
        ("about", "u4"),  # the upper half of the author's hash
        ("comments", "u4"),  # since then
        ("since", "i8"),
        ("last", "i8"),
        ("clusters", "u4", (FORMS,)),  # those that come most often
        ("counts", "u2", (FORMS,)),  # how often, at most
        ("judged", "u2", (FORMS,)),
    ]
)
assert AUTHOR.itemsize % 8 == 0

RULES = np.dtype(
    [(name, "i8" if type(value) is int else "f8") for name, value in asdict(CommentFlood()).items()]
)


def rules(params: CommentFlood) -> np.ndarray:
    """The settings as the kernels take them, shape (1,)."""
    return np.array([tuple(asdict(params)[name] for name in RULES.names or ())], RULES)


def floods(n: int) -> np.ndarray:
    """Room for what `judge_floods` finds."""
    return np.zeros(n, FLOOD)


@njit
def _row_of(authors, about, ts):
    """The author's row, or that of the one of its places that was silent for longest."""
    first = np.int64(about) & (AUTHORS - 1)
    oldest, least = first, np.int64(1 << 62)
    for k in range(PLACES):
        at = (first + k) & (AUTHORS - 1)
        if authors[at].about == about:
            return at
        if authors[at].last < least:
            oldest, least = at, authors[at].last
    authors[oldest].about = about
    authors[oldest].since = 0
    return oldest


@njit
def count_comment(authors, dirty, about, cluster, ts, rules):
    """Counts a comment of `cluster` under an author; returns his row if that is to be judged, else -1.

    The clusters that come most often are kept as in the "space saving" sketch (Metwally, Agrawal, El Abbadi,
    2005): a new one takes the place and the count of the rarest.
    """
    at = _row_of(authors, about, ts)
    author = authors[at]
    dirty[at] = 1
    if ts - author.since > rules.hours * _HOUR:
        author.since = ts
        author.comments = 0
        for k in range(FORMS):
            author.clusters[k] = 0
            author.counts[k] = 0
            author.judged[k] = 0
    author.last = ts
    author.comments += 1
    place = 0
    for k in range(FORMS):
        if author.counts[k] > 0 and author.clusters[k] == cluster:
            place = k
            break
        if author.counts[k] < author.counts[place]:
            place = k
    if author.counts[place] == 0 or author.clusters[place] != cluster:
        author.clusters[place] = cluster
        author.judged[place] = 0
    author.counts[place] = min(author.counts[place] + 1, 60_000)
    n, judged = np.int64(author.counts[place]), np.int64(author.judged[place])
    if n < rules.least or n < judged + max(1.0, judged * rules.growth):
        return -1
    author.judged[place] = n
    return at


@njit(cache=True)
def gather_about(state, c, about, since, out):
    """Writes the rows of the comments of cluster `c` under an author to `out`, newest first; returns
    (how many, other members since then, the oldest number looked at)."""
    members, clusters = members_of(state), clusters_of(state)
    mask = len(members) - 1
    n, other = 0, 0
    oldest = counts_of(state)[MEMBERS]
    seq = clusters[c].head
    for _ in range(MOST):
        at = np.int64(seq) & mask
        row = members[at]
        if seq == 0 or row.seq != seq or np.int64(row.cluster) != c or row.ts < since:
            break
        oldest = np.int64(seq)
        if row.flags & COMMENTED and np.int64(row.about) == about:
            if not row.flags & CREDITED and n < len(out):
                out[n] = at
                n += 1
        else:
            other += 1
        seq = row.before
    return n, other, oldest


@njit
def _judge(state, author, now, began, rules, slots, people, weave, out):
    """Weighs all templates of an author; fills in `out`. Returns the decades together.

    `now` and `began`: the time, and when the stream began, ms.
    """
    members, clusters, newest = members_of(state), clusters_of(state), counts_of(state)[MEMBERS]
    out.about, out.since, out.of = author.about, author.since, author.comments
    out.comments, out.forms, out.accounts, out.elsewhere = 0, 0, 0, 0.0
    total, forms, most = 0.0, 0.0, -1.0
    for k in range(FORMS):
        c = np.int64(author.clusters[k])
        if author.counts[k] < 3 or not clusters[c].state & LIVE or clusters[c].kind >= LINK:
            continue
        # What comes here hardly more often than anywhere is not looked at closer.
        age = (now - clusters[c].first) / max(1.0, now - began)
        others = np.int64(clusters[c].posts) - np.int64(author.counts[k])
        usually = author.comments * others / max(100.0, newest * age)
        if author.counts[k] < 3.0 * usually:
            continue
        n, other, oldest = gather_about(state, c, np.int64(author.about), author.since, slots)
        accounts = 0
        for i in range(n):
            actor = members[slots[i]].actor
            fresh = accounts < ACCOUNTS
            for j in range(accounts):
                if people[j] == actor:
                    fresh = False
                    break
            if fresh:
                people[accounts] = actor
                slots[accounts] = slots[i]  # the newest of each account
                accounts += 1
        if accounts < 3:
            continue
        texture(state, slots, accounts, weave)
        if weave["class"] == COPIED or weave.alike < ALIKE:
            continue
        chance = PRIOR_CHANCE[4 + clusters[c].kind % 4] * TEXTURE_FACTOR[weave["class"]]
        chance *= (5.0 / accounts) ** 2
        echo = -np.log10(min(1.0, chance))
        elsewhere = (other + 1.0) / max(newest - oldest + 1.0, 100.0)
        of = max(np.float64(author.comments), np.float64(n))
        alone = effective(of, rules.correlation)
        excess = binomial_upper(n / of * alone, alone, min(elsewhere, 0.5))
        decades = min(echo, excess)
        if decades < 1.0:
            continue
        if decades > most:
            most = decades
            out.alike, out.kept = weave.alike, weave.kept
        if weave["class"] < APART:
            decades = min(decades, rules.form_decades)
        if weave["class"] < EDITED and n < rules.own * other:
            forms += decades
        else:
            total += decades
        out.clusters[out.forms] = c
        out.forms += 1
        out.comments += n
        out.accounts += accounts
        out.elsewhere += elsewhere
    total += min(forms, rules.form_decades)
    out.decades = min(total, 12.0)
    return total


@njit
def judge_floods(state, usual, authors, ready, n_ready, now, warm_hours, rules, out):
    """Judges the authors in `ready`, the first `n_ready`, once each; returns how many were written to `out`.

    In the first hours of a stream nobody knows what is written everywhere: nothing is said.
    """
    slots, people = np.empty(MOST, np.int64), np.empty(ACCOUNTS, np.uint64)
    weaves = np.zeros(1, TEXTURE)
    n = 0
    if now - usual[FIRST_TS] < warm_hours * _HOUR:
        return 0
    for i in range(n_ready):
        fresh = n < len(out)
        for j in range(i):
            fresh &= ready[j] != ready[i]
        if not fresh:
            continue
        author = authors[ready[i]]
        if (
            _judge(state, author, now, usual[FIRST_TS], rules, slots, people, weaves[0], out[n])
            >= rules.worth
        ):
            n += 1
    return n
