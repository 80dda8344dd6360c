# mypy: allow-untyped-defs, allow-untyped-calls
"""Claims to be original: kept for some hours, then compared with what was published before."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from numba import njit

from detector.suspicions.copied_original import COPY, CopiedOriginal
from models.hashing import mix
from models.text.layout import (
    CLAIMED,
    COMMENTED,
    COPIED,
    LIVE,
    TEXTS,
    VALUES,
    clusters_of,
    counts_of,
    members_before_of,
    members_of,
    text_words,
    texts_of,
)
from models.text.rarity import odds_of
from models.text.signature import WORDS
from models.text.usual import LINK

CLAIM = np.dtype([("due", "i8"), ("member", "u4"), ("spare", "u4")])
# Claims that can wait, a power of two; members of a cluster and of an account that are looked at; strangers.
WAITING, MOST, BACK, STRANGERS = 1 << 14, 512, 64, 64
# Claims entered; of these, those before which all have been judged.
ENTERED, JUDGED = 0, 1

RULES = np.dtype(
    [(name, "i8" if type(value) is int else "f8") for name, value in asdict(CopiedOriginal()).items()]
)


def rules(params: CopiedOriginal) -> np.ndarray:
    """The settings as the kernels take them, shape (1,)."""
    return np.array([tuple(asdict(params)[name] for name in RULES.names or ())], RULES)


@njit
def enter(claims, dirty, position, member, first, wait):
    """Notes a member's claim, to be judged when what was published `first` is `wait` old (ms)."""
    at = position[ENTERED] & (WAITING - 1)
    claims[at].due = max(member.ts, first + wait)
    claims[at].member = member.seq
    dirty[at] = 1
    position[ENTERED] += 1
    member.flags |= CLAIMED


@njit
def _same(state, a, b):
    x, y = text_words(state, a), text_words(state, b)
    same = 0
    for k in range(WORDS):
        same += x[k] == y[k]
    return same / WORDS


@njit
def _known(state, seq):
    texts = texts_of(state)
    return seq != 0 and texts[np.int64(seq) & (len(texts) - 1)].seq == seq


@njit
def _strangers(state, seq, cluster):
    """The greatest similarity of a text with some that are no part of its cluster, drawn by its number."""
    texts, newest = texts_of(state), counts_of(state)[TEXTS]
    mask = len(texts) - 1
    reach = min(newest, mask)
    draw = np.uint64(seq)
    most = 0.0
    for _ in range(STRANGERS):
        draw = mix(draw, np.uint64(0x9E3779B97F4A7C15))
        other = newest - np.int64(((draw >> np.uint64(32)) * np.uint64(reach)) >> np.uint64(32))
        if other > 0 and texts[other & mask].cluster != cluster:
            most = max(most, _same(state, seq, other))
    return most


@njit
def _again(state, slot):
    """Other false claims of the account that are still known."""
    members, nexts = members_of(state), members_before_of(state)
    mask = len(members) - 1
    own = members[slot]
    events = np.empty(BACK, np.uint64)
    n = 0
    seq = own.seq
    for _ in range(BACK):
        row = members[np.int64(seq) & mask]
        if seq == 0 or row.seq != seq:
            break
        if row.actor == own.actor and row.flags & COPIED and row.event != own.event:
            fresh = True
            for k in range(n):
                fresh &= events[k] != row.event
            if fresh:
                events[n] = row.event
                n += 1
        seq = nexts[np.int64(seq) & mask]
    return n


@njit
def _judge(state, slot, rules, out):
    """Whether the member at `slot` has copied; fills in `out`, a record of COPY."""
    members, clusters = members_of(state), clusters_of(state)
    mask = len(members) - 1
    own = members[slot]
    cluster = clusters[np.int64(own.cluster)]
    if not cluster.state & LIVE:
        return False
    image = cluster.kind > LINK
    if not image and not _known(state, own.text):
        return False
    earliest, nearest, best = np.int64(-1), 0.0, np.int64(-1)
    before = np.int64(1 << 62)  # when the account, or its owner's other one, wrote it first
    others = np.empty(rules.others + 3, np.uint64)
    n = 0
    seq = cluster.head
    for step in range(MOST + 1):
        at = np.int64(seq) & mask
        row = members[at]
        if seq == 0 or row.seq != seq or np.int64(row.cluster) != np.int64(own.cluster):
            break
        if step == MOST:
            return False  # everybody's
        seq = row.before
        if row.flags & COMMENTED:
            continue
        alike = 1.0
        if not image:
            if not _known(state, row.text):
                continue
            alike = _same(state, own.text, row.text)
        if alike < rules.alike:
            continue
        one = row.actor == own.actor or (row.device != 0 and row.device == own.device)
        one |= row.ip != 0 and row.ip == own.ip
        if one:
            before = min(before, row.ts)
            continue
        fresh = True
        for k in range(n):
            fresh &= others[k] != row.actor
        if fresh:
            if n > rules.others:
                return False
            others[n] = row.actor
            n += 1
        if row.ts < own.ts:
            if alike >= nearest:
                nearest, best = alike, at
            if earliest < 0 or row.ts <= members[earliest].ts:
                earliest = at
    if earliest < 0 or before <= members[earliest].ts:
        return False
    if own.ts - members[earliest].ts < rules.apart_seconds * 1000:
        return False
    out.slot, out.source, out.nearest = slot, earliest, nearest
    out.others, out.length, out.image = n - 1, own.length, image
    if image:
        out.decades, out.strangers = rules.again_decades, 0.0
    else:
        odds = odds_of(state, text_words(state, own.text), text_words(state, members[best].text))
        decades = np.log10(odds / (np.float64(counts_of(state)[VALUES]) + 1.0))
        out.decades = min(decades, own.length * nearest / rules.chars_a_decade)
        if nearest < rules.sure:
            out.decades = min(out.decades, rules.again_decades)
        out.strangers = _strangers(state, own.text, own.cluster)
    out.again = _again(state, slot)
    return out.decades >= rules.worth and out.nearest > out.strangers


@njit
def judge_claims(state, claims, dirty, position, members_dirty, upto, rules, out):
    """Judges the claims that are due before `upto` (ms); returns how many copies were written to `out`."""
    members = members_of(state)
    n = 0
    position[JUDGED] = max(position[JUDGED], position[ENTERED] - WAITING)
    for number in range(position[JUDGED], position[ENTERED]):
        claim = claims[number & (WAITING - 1)]
        if claim.member != 0 and claim.due < upto and n < len(out):
            slot = np.int64(claim.member) & (len(members) - 1)
            if members[slot].seq == claim.member and _judge(state, slot, rules, out[n]):
                out[n].due = claim.due
                members[slot].flags |= COPIED
                members_dirty[slot] = 1
                n += 1
            claim.member = 0
            dirty[number & (WAITING - 1)] = 1
        if claim.member == 0 and position[JUDGED] == number:
            position[JUDGED] += 1
    return n


def copies(n: int) -> np.ndarray:
    """Room for what `judge_claims` finds, `n` at once."""
    return np.zeros(n, COPY)
