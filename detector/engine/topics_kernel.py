# mypy: allow-untyped-defs, allow-untyped-calls
"""The loop of the topics' stage: who posts on a topic, who reposts and comments what is posted there."""

import numpy as np
from numba import njit

from detector.engine.rows import COMMENT, POST, REPOST
from detector.engine.topics_log import enter
from detector.engine.topics_rows import (
    ACTS,
    AUTHORS,
    BEGINNINGS,
    CLOSED,
    FADING,
    INSIDE,
    KNOWN,
    MINUTE,
    POSTED,
    POSTS,
    RECEIVED,
    TOPIC_POSTS,
    TOPICS,
    WINDOW,
)
from detector.engine.topics_shares import flagged, others, turn_days
from models.bare import bare
from models.hashing import pair
from models.prefetch import prefetch
from models.shelves import look_up, place, shelf_of
from models.tails import binomial_upper
from models.windows import advance, count

# Half of what is usual is forgotten after so many minutes.
_HALF = 28 * 1440.0
AHEAD = 16


@njit(cache=True)
def _tie(ties, dirty, key, minute, within):
    """Whether a tie was there, not longer than `within` minutes ago; from now on it is."""
    at = place(ties["key"], ties["used"], key)
    tie = ties[at]
    there = tie.key == key and minute - np.int64(tie.used) <= within
    tie.key = key
    tie.used = minute
    dirty[at] = 1
    return there


@njit(inline="always")
def _topic(state, key, minute):
    """The row of a topic, a new one if need be."""
    at = place(state.topics["key"], state.topics["used"], key)
    topic = state.topics[at]
    usual = state.usual
    if topic.key != key:
        if topic.key != 0:
            usual[TOPICS] -= 1.0
            usual[BEGINNINGS] -= topic.first
            usual[TOPIC_POSTS] -= topic.total
        state.topics[at : at + 1].view(np.uint8)[:] = 0
        topic.key = key
        topic.day = minute // 1440
        usual[TOPICS] += 1.0
        usual[BEGINNINGS] += minute
    state.topics_dirty[at] = 1
    return at


@njit(inline="always")
def _post(state, event, heap, minute):
    """A post; returns the row of its topic, or -1."""
    contents, key = state.contents, event.object
    where = place(contents["key"], contents["used"], key)
    content = contents[where]
    content.key, content.used, content.topic, content.print = key, minute, 0, 0
    state.contents_dirty[where] = 1
    who = place(state.authors["key"], state.authors["used"], event.actor)
    author = state.authors[who]
    if author.key != event.actor:
        state.counters[AUTHORS] += author.key == 0
        author.key, author.posts, author.received = event.actor, 0, 0
    author.used = minute
    author.posts += 1
    state.authors_dirty[who] = 1
    state.usual[POSTS] += 1.0
    if event.aux == 0:
        return np.int64(-1)
    at = _topic(state, event.aux, minute)
    topic = state.topics[at]
    content.topic = at + 1
    content.print = np.uint32(event.aux >> np.uint64(32))
    turn_days(topic, state.usual, minute)
    advance(topic, minute)
    count(topic, minute, 1)
    topic.posts[0] += 1
    topic.used = minute
    state.usual[TOPIC_POSTS] += 1.0
    where = place(state.posters["key"], state.posters["used"], pair(event.aux, event.actor))
    poster = state.posters[where]
    poster.key, poster.used, poster.posted = pair(event.aux, event.actor), minute, minute
    state.posters_dirty[where] = 1
    enter(state, event, heap, at, POSTED, True)
    return np.int64(at)


@njit(inline="always")
def _act(state, event, heap, minute):
    """A repost or comment; returns the row of the topic of what it is on, or -1."""
    where = look_up(state.contents["key"], event.object)
    known = _tie(state.ties, state.ties_dirty, pair(event.actor, event.subject), minute, 1 << 40)
    if where < 0:
        return np.int64(-1)
    usual = state.usual
    usual[RECEIVED] += 1.0
    who = look_up(state.authors["key"], event.subject)
    if who >= 0:
        state.authors[who].received += 1
        state.authors_dirty[who] = 1
    content = state.contents[where]
    if content.topic == 0:
        return np.int64(-1)
    at = np.int64(content.topic) - 1
    topic = state.topics[at]
    if np.uint32(topic.key >> np.uint64(32)) != content.print:
        return np.int64(-1)
    state.topics_dirty[at] = 1
    turn_days(topic, usual, minute)
    topic.used = minute
    posters, key = state.posters, pair(topic.key, event.actor)
    where = place(posters["key"], posters["used"], key)
    poster = posters[where]
    if poster.key != key:
        poster.key, poster.used, poster.posted = key, 0, 0
    teaches = not flagged(topic, minute)
    topic.acts[0] += 1
    usual[ACTS] += teaches
    if poster.used != 0 and minute - np.int64(poster.used) <= WINDOW:
        topic.inside[0] += 1
        usual[INSIDE] += teaches
    if poster.posted != 0 and minute - np.int64(poster.posted) <= WINDOW:
        topic.closed[0] += 1
        usual[CLOSED] += teaches
    poster.used = minute
    state.posters_dirty[where] = 1
    enter(state, event, heap, at, KNOWN if known else 0, False)
    return at


@njit(cache=True)
def _worth(topic, usual, rules, minute):
    """Whether a topic has grown enough for a look, and more acts come from inside than is usual."""
    inside = np.float64(topic.inside[0]) + topic.inside[1]
    acts = np.float64(topic.acts[0]) + topic.acts[1]
    posts = np.float64(topic.posts[0]) + topic.posts[1]
    if topic.entries - np.int64(topic.judged) < max(2.0, rules.growth * (acts + posts)):
        return False
    if posts < rules.least or inside < rules.least:
        return False
    _, other_inside, other_acts = others(topic, usual, minute)
    share = (other_inside + rules.prior * rules.weight) / (other_acts + rules.weight)
    return binomial_upper(inside, acts, share) >= rules.gate


@njit(cache=True)
def run(state, rows, heap, begin, tick_ms, rules, touched, candidates):
    """Works through whole ticks from row `begin` until one has topics worth a look.

    Args:
        rules: a record of the suspicion's numbers, see `topics.RULES`.
        touched, candidates: room for as many numbers as there are rows; the latter receives rows of topics.

    Returns (the row to go on from, end of the tick in ms, candidates).
    """
    n = len(rows)
    i = begin
    state, rows, heap = bare(state), bare(rows), bare(heap)
    usual, counters = state.usual, state.counters
    contents, contents_dirty = state.contents, state.contents_dirty
    authors, authors_dirty = state.authors, state.authors_dirty
    ties, ties_dirty = state.ties, state.ties_dirty
    while i < n:
        tick = rows[i].ts // tick_ms
        end = (tick + 1) * tick_ms
        now = end // 60000
        if counters[MINUTE] and now > counters[MINUTE]:
            usual[:FADING] *= 0.5 ** ((now - counters[MINUTE]) / _HALF)
        counters[MINUTE] = now
        met = 0
        while i < n and rows[i].ts < end:
            event = rows[i]
            i += 1
            if i + AHEAD < n:
                far = rows[i + AHEAD]
                shelf = shelf_of(contents, far.object)
                prefetch(contents, shelf)
                prefetch(contents_dirty, shelf)
                shelf = shelf_of(authors, far.subject)
                prefetch(authors, shelf)
                prefetch(authors_dirty, shelf)
                if far.type != POST:
                    shelf = shelf_of(ties, pair(far.actor, far.subject))
                    prefetch(ties, shelf)
                    prefetch(ties_dirty, shelf)
            if event.actor == 0 or event.object == 0 or event.type not in (POST, REPOST, COMMENT):
                continue
            minute = event.ts // 60000
            if event.type == POST:
                at = _post(state, event, heap, minute)
            elif event.actor == event.subject:
                continue
            else:
                at = _act(state, event, heap, minute)
            if at >= 0:
                touched[met] = at
                met += 1
        found = 0
        for k in range(met):
            topic = state.topics[touched[k]]
            if _worth(topic, usual, rules, now):
                topic.judged = topic.entries
                state.topics_dirty[touched[k]] = 1
                candidates[found] = touched[k]
                found += 1
        state.usual_dirty[:] = 1
        if found:
            return i, end, found
    return i, np.int64(0), 0


@njit(cache=True)
def rows_of(keys, wanted):
    """The rows of keys, int64; -1 for those that are not there."""
    rows = np.empty(len(wanted), np.int64)
    for i in range(len(wanted)):
        rows[i] = look_up(keys, wanted[i])
    return rows
