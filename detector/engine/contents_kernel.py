# mypy: allow-untyped-defs, allow-untyped-calls
"""The contents stage's loop over rows: every text, link and image finds its cluster, tick by tick."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from detector.engine.rows import COMMENT, HAS_CREATED, HAS_CREDIT, HEAD, POST, REPOST
from models.hashing import mix
from models.names import append
from models.text import clusters as k
from models.text import usual as u
from models.text.clusters import join_key, join_member, join_text
from models.text.signature import WORDS

_HEAD = HEAD.itemsize
_HOUR = 3_600_000


@njit
def _learn_pairs(members, counts, usual, event, actor, ip, device):
    """Compares a post with four of the last thousand, drawn by its id: how often are two alike by chance?"""
    newest = counts[k.MEMBERS]
    reach = min(newest, 1000)
    draw = np.uint64(event)
    for _ in range(4):
        if reach < 1:
            return
        draw = mix(draw, np.uint64(0x9E3779B97F4A7C15))
        other = members[(newest - np.int64(draw % np.uint64(reach))) & (len(members) - 1)]
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
    size = 0
    if length >= 12:
        size += 1
    if length >= 24:
        size += 1
    if length >= 72:
        size += 1
    return size if row_type == POST else 4 + size


@njit(cache=True)
def run(
    rows,
    first,
    heap,
    stop,
    tick_ms,
    horizon,
    least,
    shortest,
    few,
    growth,
    arrays,
    counts,
    names,
    usual,
    ready,
):
    """Works through rows from `first` on, and stops at the end of a tick when there is something to judge.

    Args:
        rows, heap: of the batch; `heap` as (uint8, uint16, uint32, uint64) views.
        stop: the last tick to work through.
        horizon: ms; least: agreement of signatures; shortest: characters of a text.
        few, growth: accounts from which on, and growth after which, a cluster is judged.
        arrays, counts: of `Clusters`; names: (ring, dirty, position).
        usual: the baselines.
        ready: room for the clusters to judge.

    Returns (the next row, how many clusters are ready).
    """
    bytes1, bytes2, bytes4, bytes8 = heap
    _, _, _, _, _, members, _, clusters, _, _, _, _, _, _, _, _, _, _, _ = arrays
    ring, ring_dirty, position = names
    found = np.empty(4, np.int64)
    joined = np.empty(65, np.int64)
    exact = np.empty(65, np.bool_)
    n_ready = 0
    i = first
    while i < len(rows):
        tick = rows[i].ts // tick_ms
        if tick > stop:
            break
        while i < len(rows) and rows[i].ts // tick_ms == tick:
            row = rows[i]
            i += 1
            if row.type != POST and row.type != COMMENT and row.type != REPOST:
                continue
            at = np.int64(row.heap_at)
            n_links, n_media = np.int64(bytes1[at + 16]), np.int64(bytes1[at + 17])
            n_words = np.int64(bytes2[(at >> 1) + 9])
            length = np.int64(bytes4[(at >> 2) + 5])
            words_at = (at + _HEAD) >> 2
            n = 0
            if n_words == WORDS and length >= shortest:
                words = bytes4[words_at : words_at + WORDS]
                kind = _kind(row.type, length)
                before = counts[k.TEXTS]
                c, again = join_text(arrays, counts, words, row.ts, kind, length, horizon, least, found)
                if clusters[c].posts == 0 and counts[k.TEXTS] > before:
                    usual[u.STARTED + kind] += 1.0
                joined[0], exact[0] = c, again
                n = 1
            if row.type != REPOST:  # what is reposted brings its links along
                keys_at = (at + _HEAD + 4 * n_words) >> 3
                n_keys: Any = min(n_links + n_media, 64)
                for m in range(n_keys):
                    kind = u.LINK if m < n_links else u.MEDIA
                    c = join_key(arrays, counts, bytes8[keys_at + m], row.ts, kind, horizon)
                    if clusters[c].posts == 0:
                        usual[u.STARTED + kind] += 1.0
                    fresh = True
                    for j in range(n):
                        fresh &= joined[j] != c
                    if fresh:
                        joined[n], exact[n] = c, True
                        n += 1
            if n == 0:
                continue
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
                _learn_pairs(members, counts, usual, row.id, row.actor, row.ip, row.device)
            text_at = at + _HEAD + 4 * n_words + 8 * (n_links + n_media)
            id_length, actor_length = np.int64(bytes2[at >> 1]), np.int64(bytes2[(at >> 1) + 1])
            skipped, content_length = np.int64(bytes2[(at >> 1) + 2]), np.int64(bytes2[(at >> 1) + 3])
            names_at = append(ring, ring_dirty, position, bytes1, text_at, id_length)
            append(ring, ring_dirty, position, bytes1, text_at + id_length, actor_length)
            if row.type == POST:
                begin = text_at + id_length + actor_length + skipped
                append(ring, ring_dirty, position, bytes1, begin, content_length)
            else:
                content_length = np.int64(0)
            flags = 0
            if row.flags & HAS_CREDIT:
                flags |= k.CREDITED
            if row.type != POST:
                flags |= k.COMMENTED
            for j in range(n):
                c = joined[j]
                same = exact[j]
                if clusters[c].posts > 0 and not flagged and j == 0 and clusters[c].kind < u.LINK:
                    usual[u.PAIRS + 2 * u.EDITED] += 1.0
                    usual[u.PAIRS + 2 * u.EDITED + 1] += not same
                slot = join_member(
                    arrays, counts, c, row.ts, row.id, row.actor, flags | (k.EXACT if same else 0)
                )
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
                accounts = np.int64(clusters[c].accounts)
                judged = np.int64(clusters[c].judged)
                if (
                    accounts >= few
                    and accounts >= judged + max(1.0, judged * growth)
                    and n_ready < len(ready)
                ):
                    clusters[c].judged = accounts
                    ready[n_ready] = c
                    n_ready += 1
        if n_ready > 0:
            break
    return i, n_ready
