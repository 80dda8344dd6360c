# mypy: allow-untyped-defs, allow-untyped-calls
"""The loop of the topics' stage: who posts on a topic, who reposts and comments what is posted there."""

from typing import NamedTuple

import numpy as np
from numba import njit

from detector.engine.follows import FRESH_MINUTES, YOUNG_MINUTES
from detector.engine.rows import COMMENT, HAS_CREATED, HEAD_AT, POST, REPOST, strings_of
from models.bare import bare
from models.hashing import pair
from models.names import append
from models.prefetch import prefetch
from models.shelves import look_up, place, shelf_of
from models.tails import binomial_upper
from models.windows import WINDOWS, advance, count

# What is remembered of a topic is judged over so long, minutes.
WINDOW = 2 * 1440
# Accounts that acted last on a topic, with whom a newcomer's device is compared.
LATEST = 4

TOPIC = np.dtype(
    [
        ("key", "u8"),
        ("end", "i8"),  # sequence number + 1 of the last entry in the log; 0: none
        ("used", "u4"),  # minute of the last entry
        *WINDOWS,  # of its posts
        ("entries", "u4"),  # posts, reposts and comments in all
        ("judged", "u4"),  # entries at the last look
        ("flagged", "u4"),  # minute of the last finding; 0: none
        ("day", "u4"),
        ("acts", "u4", (2,)),  # reposts and comments on its posts, of this day and the one before
        ("closed", "u4", (2,)),  # of these, by accounts that had posted on it within the window
        ("inside", "u4", (2,)),  # by accounts that had posted or acted on it
        ("posts", "u4", (2,)),
        ("who", "u4", (LATEST,)),
        ("device", "u2", (LATEST,)),
    ]
)
CONTENT = np.dtype([("key", "u8"), ("used", "u4"), ("topic", "u4"), ("print", "u4"), ("spare", "u4")])
AUTHOR = np.dtype([("key", "u8"), ("used", "u4"), ("posts", "u4"), ("received", "u4"), ("spare", "u4")])
# Who has posted or acted on what topic, and who has acted on whose contents.
TIE = np.dtype([("key", "u8"), ("used", "u4"), ("posted", "u4")])

# Who was in the circle of a flagged topic: the last one of each account.
PUSHER = np.dtype([("key", "u8"), ("used", "u4"), ("topic", "u4")])

# What is known of an entry: of its account; and whether it had acted on the author before.
FRESH, AGED, YOUNG, HAS_DEVICE, SAME_DEVICE, KNOWN, POSTED = 1, 2, 4, 8, 16, 32, 64
BITS = 6
ENTRY = np.dtype(
    [
        ("ts", "i8"),
        ("actor", "u8"),
        ("author", "u8"),
        ("content", "u8"),
        ("names_at", "i8"),  # id, actor, and of a post the content and the topic, each in whole words
        ("topic", "u4"),  # its row
        ("back", "u4"),  # entries back to the topic's entry before; 0 when there is none
        ("lengths", "u2", (4,)),
        ("ip", "u2"),
        ("device", "u2"),
        ("bits", "u1"),
        ("spare", "u1", (3,)),
    ]
)
assert ENTRY.itemsize == 64

# Positions in `State.usual`: of all entries those with each bit; of all topics' acts; of all accounts'.
ENTRIES, BIT, ACTS, CLOSED, INSIDE, POSTS, RECEIVED = 0, 1, *range(BITS + 1, BITS + 6)
# Over the days of topics: how many there were, and the sums of their closed shares, of their squares, and of
# 1 / acts. Then posts on topics, topics, and the sum of the minutes in which they began.
DAYS, SHARES, SQUARES, INVERSES, TOPIC_POSTS, TOPICS, BEGINNINGS = range(BITS + 6, BITS + 13)
USUAL = BITS + 13
FADING = TOPIC_POSTS
# Half of what is usual is forgotten after so many minutes.
_HALF = 28 * 1440.0
# Of a topic's day that teaches: acts at least.
_DAY_LEAST = 8

LOGGED, MINUTE, AUTHORS, PUSHERS = range(4)

AHEAD = 16
_OBJECT, _AUX = HEAD_AT["object"], HEAD_AT["aux"]


class State(NamedTuple):
    """The arrays that the kernel works on."""

    topics: np.ndarray
    topics_dirty: np.ndarray
    contents: np.ndarray
    contents_dirty: np.ndarray
    authors: np.ndarray
    authors_dirty: np.ndarray
    posters: np.ndarray
    posters_dirty: np.ndarray
    ties: np.ndarray
    ties_dirty: np.ndarray
    log: np.ndarray
    log_dirty: np.ndarray
    names: np.ndarray
    names_dirty: np.ndarray
    names_position: np.ndarray
    usual: np.ndarray
    usual_dirty: np.ndarray
    counters: np.ndarray


@njit(inline="always")
def _length(heap, at):
    return np.int64(heap[at]) | np.int64(heap[at + 1]) << 8


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
def _flagged(topic, minute):
    """Whether a finding about the topic is so recent that nothing is learnt from it."""
    return topic.flagged != 0 and minute - np.int64(topic.flagged) <= 2 * WINDOW


@njit(cache=True)
def _day(topic, usual, minute):
    """Moves a topic's days on; a day that closes teaches what share of the acts is closed, unless flagged."""
    days = minute // 1440 - np.int64(topic.day)
    if days <= 0:
        return
    n = np.int64(topic.acts[0])
    if n >= _DAY_LEAST and not _flagged(topic, minute):
        share = topic.closed[0] / np.float64(n)
        usual[DAYS] += 1.0
        usual[SHARES] += share
        usual[SQUARES] += share * share
        usual[INVERSES] += 1.0 / n
    for counts in (topic.acts, topic.closed, topic.inside, topic.posts):
        counts[1] = counts[0] if days == 1 else 0
        counts[0] = 0
    topic.day = minute // 1440


@njit(inline="always")
def _enter(state, event, heap, at, bits, posted):
    """Enters a post, or an act on one, in the log of its topic."""
    topic = state.topics[at]
    device = np.uint16(event.device >> np.uint64(48))
    who = np.uint32(event.actor >> np.uint64(32))
    if event.seen < FRESH_MINUTES:
        bits |= FRESH
    if event.flags & HAS_CREATED:
        bits |= AGED
        if (event.ts - event.created) // 60000 < YOUNG_MINUTES:
            bits |= YOUNG
    if device != 0:
        bits |= HAS_DEVICE
        for k in range(LATEST):
            if topic.device[k] == device and topic.who[k] != who:
                bits |= SAME_DEVICE
        place_ = topic.entries % LATEST
        topic.device[place_] = device
        topic.who[place_] = who
    sequence = state.counters[LOGGED]
    slot = sequence & (len(state.log) - 1)
    state.log_dirty[slot] = 1
    entry = state.log[slot]
    entry.ts = event.ts
    entry.actor, entry.author, entry.content = event.actor, event.subject, event.object
    entry.topic = at
    back = sequence + 1 - topic.end
    entry.back = back if topic.end > 0 and back < len(state.log) else 0
    entry.ip, entry.device = np.uint16(event.ip >> np.uint64(48)), device
    entry.bits = bits
    head = np.int64(event.heap_at)
    text, id_length, actor_length, subject_length = strings_of(heap, head)
    entry.lengths[0], entry.lengths[1], entry.lengths[2], entry.lengths[3] = id_length, actor_length, 0, 0
    names, dirty, position = state.names, state.names_dirty, state.names_position
    entry.names_at = append(names, dirty, position, heap, text, id_length)
    text += id_length
    append(names, dirty, position, heap, text, actor_length)
    if posted:
        text += actor_length + subject_length
        object_length, aux_length = _length(heap, head + _OBJECT), _length(heap, head + _AUX)
        append(names, dirty, position, heap, text, object_length)
        append(names, dirty, position, heap, text + object_length, aux_length)
        entry.lengths[2], entry.lengths[3] = object_length, aux_length
    topic.end = sequence + 1
    topic.entries += 1
    state.counters[LOGGED] = sequence + 1
    usual = state.usual
    usual[ENTRIES] += 1.0
    for k in range(BITS):
        if bits >> k & 1:
            usual[BIT + k] += 1.0


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
    _day(topic, state.usual, minute)
    advance(topic, minute)
    count(topic, minute, 1)
    topic.posts[0] += 1
    topic.used = minute
    state.usual[TOPIC_POSTS] += 1.0
    where = place(state.posters["key"], state.posters["used"], pair(event.aux, event.actor))
    poster = state.posters[where]
    poster.key, poster.used, poster.posted = pair(event.aux, event.actor), minute, minute
    state.posters_dirty[where] = 1
    _enter(state, event, heap, at, POSTED, True)
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
    _day(topic, usual, minute)
    topic.used = minute
    posters, key = state.posters, pair(topic.key, event.actor)
    where = place(posters["key"], posters["used"], key)
    poster = posters[where]
    if poster.key != key:
        poster.key, poster.used, poster.posted = key, 0, 0
    teaches = not _flagged(topic, minute)
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
    _enter(state, event, heap, at, KNOWN if known else 0, False)
    return at


@njit(cache=True)
def others(topic, usual, minute):
    """(closed acts, acts by those who had posted or acted, acts) learnt from all topics but this one."""
    if _flagged(topic, minute):
        return usual[CLOSED], usual[INSIDE], usual[ACTS]
    closed = usual[CLOSED] - topic.closed[0] - topic.closed[1]
    inside = usual[INSIDE] - topic.inside[0] - topic.inside[1]
    acts = usual[ACTS] - topic.acts[0] - topic.acts[1]
    return max(closed, 0.0), max(inside, 0.0), max(acts, 0.0)


@njit(cache=True)
def mark(topic, usual, minute):
    """Marks a topic as flagged: nothing is learnt from it any longer, and what was is taken back."""
    usual[CLOSED], usual[INSIDE], usual[ACTS] = others(topic, usual, minute)
    topic.flagged = minute


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


@njit(cache=True)
def remember_pushers(pushers, dirty, counters, accounts, topic, minute):
    """Notes the accounts in the circle of a flagged topic (its row)."""
    key = np.uint32(topic.key >> np.uint64(32))
    for account in accounts:
        at = place(pushers["key"], pushers["used"], account)
        one = pushers[at]
        counters[PUSHERS] += one.key == 0
        one.key, one.used, one.topic = account, minute, key
        dirty[at] = 1


@njit(cache=True)
def pushed_before(pushers, accounts, topic):
    """How many of some accounts were in the circle of another topic than this one (its row)."""
    n = 0
    for account in accounts:
        at = look_up(pushers["key"], account)
        if at >= 0 and pushers[at].topic != np.uint32(topic.key >> np.uint64(32)):
            n += 1
    return n
