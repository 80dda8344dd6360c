# mypy: allow-untyped-defs, allow-untyped-calls
"""The contents stage's loop over rows: every text, link and image finds its cluster, tick by tick."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from detector.engine.contents_claims import enter, judge_claims
from detector.engine.contents_floods import READY, count_comment, judge_floods
from detector.engine.contents_judge import DUE, judge, make_ready, room, settle
from detector.engine.rows import COMMENT, HAS_CREATED, HAS_CREDIT, HEAD, LATE, ORIGINAL, POST, REPOST
from models.hashing import mix
from models.memory import at_address, carray, fetch, load
from models.text import layout as k
from models.text import usual as u
from models.text.bands import expect
from models.text.joining import join_key, join_member, join_text
from models.text.layout import (
    buckets_of,
    clusters_of,
    counts_of,
    expect_actor,
    keep_string,
    members_dirty_of,
    members_of,
)
from models.text.nearest import ROOM
from models.text.signature import WORDS

_HEAD = HEAD.itemsize
_HOUR = 3_600_000
# Rows ahead that heap and look-up tables are asked for.
_FAR, _AHEAD = 16, 6


@njit
def _learn_pairs(state, usual, event, actor, ip, device):
    """Compares a post with four of the last thousand, drawn by its id: how often are two alike by chance?"""
    members, newest = members_of(state), counts_of(state)[k.MEMBERS]
    reach = min(newest, 1000)
    draw = np.uint64(event)
    for _ in range(4):
        if reach < 1:
            return
        draw = mix(draw, np.uint64(0x9E3779B97F4A7C15))
        back = np.int64(((draw >> np.uint64(32)) * np.uint64(reach)) >> np.uint64(32))
        other = members[(newest - back) & (len(members) - 1)]
        if other.event == event:
            continue
        same = other.actor == actor
        at = u.PAIRS
        usual[at + 2 * u.ACTOR_PAIRS] += 1.0
        usual[at + 2 * u.ACTOR_PAIRS + 1] += same
        if same:
            continue
        if ip != 0 and other.ip != 0:
            usual[at + 2 * u.IP_PAIRS] += 1.0
            usual[at + 2 * u.IP_PAIRS + 1] += ip == other.ip
        if device != 0 and other.device != 0:
            usual[at + 2 * u.DEVICE_PAIRS] += 1.0
            usual[at + 2 * u.DEVICE_PAIRS + 1] += device == other.device


@njit
def _kind(row_type, length):
    size = u.size_class(length)
    return size if row_type == POST else 4 + size


@njit
def _expect(state, rows, heap, i):
    """Begins to load what rows some way ahead will need."""
    if i + _FAR < len(rows):
        fetch(heap + np.int64(rows[i + _FAR].heap_at))
        fetch(heap + np.int64(rows[i + _FAR].heap_at) + 64)
    if i + _AHEAD < len(rows):
        row = rows[i + _AHEAD]
        at = heap + np.int64(row.heap_at)
        expect_actor(state, row.actor)
        if (load(at + 16) >> np.uint64(16)) & np.uint64(0xFFFF) == WORDS:
            buckets, capacity = buckets_of(state)
            expect(buckets, capacity, at + _HEAD)


@njit
def _take(state, row, heap, rules, usual, ready, n_ready, claims, counting, found, joined, exact):
    """Works through one row; returns how many clusters are ready now."""
    at = heap + np.int64(row.heap_at)
    lengths, sizes = load(at), load(at + 16)
    n_links, n_media = np.int64(sizes & np.uint64(0xFF)), np.int64((sizes >> np.uint64(8)) & np.uint64(0xFF))
    n_words = np.int64((sizes >> np.uint64(16)) & np.uint64(0xFFFF))
    length = np.int64(sizes >> np.uint64(32))
    clusters = clusters_of(state)
    n, text = 0, np.uint32(0)
    horizon = np.int64(rules.horizon_hours) * _HOUR
    least = rules.with_repost if row.type == REPOST else rules.min_length
    if n_words == WORDS and length >= least:
        kind = _kind(row.type, length)
        counts = counts_of(state)
        before = counts[k.TEXTS]
        c, again = join_text(state, at + _HEAD, row.ts, kind, length, horizon, rules.agreement, found)
        if clusters[c].posts == 0 and counts[k.TEXTS] > before:
            usual[u.STARTED + kind] += 1.0
        joined[0], exact[0] = c, again
        text = np.uint32(found[3])
        n = 1
    text_first = n == 1
    if row.type != REPOST:  # what is reposted brings its links along
        n_keys: Any = min(n_links + n_media, 64)
        for m in range(n_keys):
            kind = u.LINK if m < n_links else u.MEDIA
            c = join_key(state, load(at + _HEAD + 4 * n_words + 8 * m), row.ts, kind, horizon)
            if clusters[c].posts == 0:
                usual[u.STARTED + kind] += 1.0
            fresh = True
            for j in range(n):
                fresh &= joined[j] != c
            if fresh:
                joined[n], exact[n] = c, True
                n += 1
    if n == 0:
        return n_ready
    u.forget(usual)
    if usual[u.FIRST_TS] == 0.0:
        usual[u.FIRST_TS] = row.ts
    prior = u.bucket(np.int64(row.prior))
    seen = u.bucket(np.int64(row.seen))
    age = 255
    if row.flags & HAS_CREATED:
        age = u.bucket(max(0, (row.ts - row.created) // _HOUR))
    flagged = False
    for j in range(n):
        flagged |= (clusters[joined[j]].state & k.FLAGGED) != 0
    if not flagged:  # nothing is learnt from traffic under a flag
        usual[u.HISTOGRAMS + prior] += 1.0
        usual[u.HISTOGRAMS + u.BINS + seen] += 1.0
        if age != 255:
            usual[u.HISTOGRAMS + 2 * u.BINS + age] += 1.0
        _learn_pairs(state, usual, row.id, row.actor, row.ip, row.device)
    text_at = at + _HEAD + 4 * n_words + 8 * (n_links + n_media)
    few = np.uint64(0xFFFF)
    id_length, actor_length = np.int64(lengths & few), np.int64((lengths >> np.uint64(16)) & few)
    skipped, content_length = np.int64((lengths >> np.uint64(32)) & few), np.int64(lengths >> np.uint64(48))
    names_at = keep_string(state, text_at, id_length)
    keep_string(state, text_at + id_length, actor_length)
    if row.type != REPOST:
        keep_string(state, text_at + id_length + actor_length + skipped, content_length)
    else:
        content_length = np.int64(0)
    flags, about = 0, np.uint32(0)
    if row.flags & HAS_CREDIT:
        flags |= k.CREDITED
    if row.type != POST:
        flags |= k.COMMENTED
    if row.type == COMMENT:
        about = np.uint32(row.subject >> np.uint64(32))
    waiting, waiting_dirty, claimed, claim_rules = claims
    # A late event may well have been the first.
    claim = row.type == POST and row.flags & (ORIGINAL | HAS_CREDIT | LATE) == ORIGINAL
    members = members_of(state)
    if row.type == COMMENT and text_first and clusters[joined[0]].source != row.object:
        authors, authors_dirty, flood_rules, floods = counting
        flood = count_comment(authors, authors_dirty, about, joined[0], row.ts, flood_rules[0])
        if flood >= 0 and floods[READY] < READY:
            floods[floods[READY]] = flood
            floods[READY] += 1
    for j in range(n):
        c = joined[j]
        same = exact[j]
        if j > 0:
            text = np.uint32(0)
        # Who repeats under a content what it says itself names the source by that.
        own = flags | (k.EXACT if same else 0)
        if row.type == POST:
            if clusters[c].source == 0:
                clusters[c].source = row.object
        elif clusters[c].source == row.object:
            own |= k.CREDITED
        slot = join_member(state, c, row.ts, row.id, row.actor, own)
        member = members[slot]
        member.ip = row.ip
        member.device = row.device
        member.names_at = names_at
        member.id_length = id_length
        member.actor_length = actor_length
        member.content_length = content_length
        member.prior = prior
        member.seen = seen
        member.age = age
        member.text = text
        member.length = min(length, 65_535)
        member.about = about
        if claim and clusters[c].posts > 1 and clusters[c].kind != u.LINK:
            wait = claim_rules[0].wait_minutes * 60_000
            enter(waiting, waiting_dirty, claimed, member, clusters[c].first, wait)
        if n_ready < len(ready) and make_ready(clusters[c], rules):
            ready[n_ready] = c
            n_ready += 1
    return n_ready


@njit(cache=True)
def run(
    rows,
    first,
    heap,
    upto,
    rules_row,
    usual_address,
    state,
    watched,
    numbers,
    ready,
    claims,
    counting,
    out,
    copies,
    floods,
):
    """Works through rows from `first` on, and judges at the end of their ticks, until there is a suspect.

    Args:
        rows: of the batch, whole ticks up to `upto`; heap: the address of its heap.
        rules_row: of `contents_judge.rules`.
        usual_address: of the baselines; state: of `Clusters`.
        watched, numbers: see `contents_judge.judge`.
        ready: room for the clusters to judge; out: of `contents_judge.suspects`, as many.
        claims: (those that wait, their dirty marks, position, rules), see `contents_claims`.
        counting: (authors, their dirty marks, rules, room for those to judge), see `contents_floods`.
        copies: of `contents_claims.copies`; floods: of `contents_floods.floods`.

    Returns (the next row, suspects in `out`, the tick in which they became it, copies in `copies`, floods in
    `floods`); without any, all is done.
    """
    rules = rules_row[0]
    usual = carray(at_address(usual_address), u.LENGTH, np.float64)
    scratch, joins, exacts = np.empty(ROOM, np.int64), np.empty(65, np.int64), np.empty(65, np.bool_)
    work = room()
    i = first
    while True:
        before = rows[i].ts // rules.tick_ms - 1 if i < len(rows) else upto
        n = judge_claims(
            state,
            claims[0],
            claims[1],
            claims[2],
            members_dirty_of(state),
            (before + 1) * rules.tick_ms,
            claims[3][0],
            copies,
        )
        if n > 0:
            return i, 0, 0, n, 0
        while True:
            some, n = settle(state, usual, rules, before, watched, numbers, ready, work, out)
            if n > 0:
                return i, n, numbers[DUE], 0, 0
            if not some:
                break
        if i >= len(rows):
            return i, 0, 0, 0, 0
        tick = before + 1
        n_ready = 0
        counting[3][READY] = 0
        while i < len(rows) and rows[i].ts // rules.tick_ms == tick:
            _expect(state, rows, heap, i)
            kind = rows[i].type
            if kind in (POST, COMMENT, REPOST):
                n_ready = _take(
                    state,
                    rows[i],
                    heap,
                    rules,
                    usual,
                    ready,
                    n_ready,
                    claims,
                    counting,
                    scratch,
                    joins,
                    exacts,
                )
            i += 1
        n, m = 0, 0
        if counting[3][READY] > 0:
            now = (tick + 1) * rules.tick_ms
            ready_floods, wait = counting[3], rules.warmup_hours
            m = judge_floods(
                state,
                usual,
                counting[0],
                ready_floods,
                ready_floods[READY],
                now,
                wait,
                counting[2][0],
                floods,
            )
        if n_ready > 0:
            n = judge(state, usual, rules, ready, n_ready, tick, False, watched, numbers, work, out)
        if n > 0 or m > 0:
            return i, n, tick, 0, m
