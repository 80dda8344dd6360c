# mypy: allow-untyped-defs, allow-untyped-calls
"""Looks at a content: whether a count is surprising, and what the log says of those behind it."""

import math

import numpy as np
from numba import njit

from detector.engine.engagement_counts import (
    ACTORS,
    ACTS,
    CHANNELS,
    CLICKED,
    COUNTS,
    HISTORY,
    REPOSTED,
    SPEAK,
    examine,
)
from detector.engine.engagement_log import MOST
from detector.engine.engagement_shares import learn, weigh
from detector.engine.engagement_state import HOUR, LEVELS_OF, QUARTER, STAMP, WRITTEN
from detector.engine.engagement_walk import walk
from models import activity, rates
from models.bare import bare
from models.index import find
from models.pool import take
from models.tails import negative_binomial

# Acts an hour on an author, at most, of whom nothing is known.
_RATE_MOST = 0.5
# A content is looked at again when its count has grown by so much, in shares of the last half day's.
# One about which there was a finding is looked at again anyhow, after a while.
_GROWTH, _GROWTH_FLAGGED = 0.25, 1.0
# Few clicks are common, and say something only where they are of few devices: of those every doubling.
_GROWTH_FEW, _FEW_CLICKS, _MORE_SURE = 0.5, 30, 2.0
_CROWD_GROWN = math.log(2.0)
# Fewer accounts are no crowd: a crew is no smaller. Of clicks, which are many, a crew of few is no burden.
_CROWD, _CROWD_ACTS = np.array([15, 10, 10]), 30
# Hours (as they are weighed) after which something is known of what is usual.
_CROWD_FROM = 23.0
# Of how many acts on what is usual is learnt first; then at every doubling.
_LEARN_FIRST = np.array([8, 3, 3])
# A longer window is preferred that tells at least 1 / _LONGER of what the most telling one does, which counts
# no share for more than so much.
_LONGER, _TOLD_MOST = 1.3, 8.0
# Contents that teach what is usual in full before only a sample of them does, and the sample's bits.
_LEARN_ALL, _SAMPLE_BITS = 300.0, 3
# The window of a content that is looked at as any other, and how far before a window it is read who had
# been there.
DAY_MS = 86_400_000
# Who shares, talks or follows after a click mostly does so within some minutes.
SETTLES_MS = 300_000
# Minutes until clicks are reported as exposed, while nothing is known.
_LAG_PRIOR = 360.0


@njit(cache=True)
def cut_of(lag, ts):
    """The time (ms) up to which clicks have surely been reported as exposed, if they are at all."""
    n = lag[0, 0]
    mean = (lag[0, 1] + _LAG_PRIOR) / (n + 1.0)
    squares = (lag[0, 2] + 2.0 * _LAG_PRIOR * _LAG_PRIOR) / (n + 1.0)
    return ts - np.int64(60000.0 * (mean + 3.0 * np.sqrt(max(squares - mean * mean, 0.0)) + 1.0))


@njit(cache=True)
def rate_of_unknown(state, channel):
    """Acts an hour on an author of whom nothing is known: the mean of all, within bounds."""
    everybody = state.everybody[0]
    if everybody.hours < 1.0:
        return _RATE_MOST
    mean = everybody.sum[channel] / everybody.hours / max(1, state.authors_counters[0])
    return min(_RATE_MOST, max(mean, 1e-4))


@njit(inline="always")
def _of_channel(habits, channel):
    if channel == CLICKED:
        return habits.click
    return habits.repost if channel == REPOSTED else habits.comment


@njit(inline="always")
def _habits_of(state, author):
    """An author's habits; none while nothing was learnt of them."""
    at = find(state.habits_slots, state.habits["key"], author)
    return state.habits[at] if at >= 0 else state.no_habits[0]


@njit(cache=True)
def _make_habits(state, author, minute):
    """An author's habits, to be learnt."""
    keys = state.habits["key"]
    at = find(state.habits_slots, keys, author)
    if at < 0:
        at = take(state.habits_slots, state.habits, keys, state.habits_counters, author)
    state.habits[at].last = minute
    state.habits_dirty[at] = 1
    return state.habits[at]


@njit(cache=True)
def count(state, content, author, channel, since, ts, out):
    """`examine` for a content's window from `since` to `ts`."""
    state = bare(state)
    found = state.found
    written = state.counters[WRITTEN]
    begin = since if channel == CLICKED else since - DAY_MS
    log, trail, end = state.log, state.trail, np.int64(content.end)
    beside = walk(log, trail, author.key, np.int64(author.end), written, begin, found[: MOST // 4], 0, True)
    n = walk(log, trail, content.key, end, written, since - DAY_MS, found, beside, False)
    state.counters[STAMP] += 1
    examine(
        log,
        found,
        beside,
        n,
        np.uint32(content.key >> np.uint64(32)),
        since,
        channel,
        cut_of(state.lag, ts),
        ts - SETTLES_MS,
        state.tally,
        state.counters[STAMP],
        out,
    )


@njit(cache=True)
def _learn(state, content, author, channel, ts):
    """Learns what is usual from a content that has reached a milestone, unless it is none of the sample."""
    state = bare(state)
    content.learnt[channel] += 1
    moments = state.moments[channel]
    sampled = (content.key >> np.uint64(13)) & np.uint64((1 << _SAMPLE_BITS) - 1) == 0
    if content.flagged or (moments[0] >= _LEARN_ALL and not sampled):
        return
    counts = np.zeros(COUNTS)
    count(state, content, author, channel, ts - DAY_MS, ts, counts)
    habits = _make_habits(state, author.key, ts // 60000)
    learn(moments, _of_channel(habits, channel), ts // 3600000, counts, channel)
    state.moments_dirty[channel] = 1


@njit(cache=True)
def usual(state, author, channel, begin, ts, acts):
    """(mean, size) of the count on an author's contents from `begin` to `ts` (ms), with so much going on.

    The author's own rate is compared with what everybody did in the hours in which it was learnt, and the
    rate of the unknown with what they did in all hours.

    Args:
        acts: of the content that is looked at; they are no part of what everybody does.
    """
    state = bare(state)
    hour = ts // 3600000
    if state.counters[LEVELS_OF] != hour:
        activity.learn_levels(state.activity, hour, state.levels)
        state.counters[LEVELS_OF] = hour
    hours = (ts - begin) / 3600000.0
    counted = max(0.0, activity.count(state.activity, begin // 3600000, hour) - min(acts, 60.0 * hours))
    known, of_all = activity.hours_of(author.hours), activity.hours_of(state.everybody[0].hours)
    mean, size = rates.usual(
        author, channel, hours, rate_of_unknown(state, channel),
        activity.times(counted, state.levels[0, known], hours),
        activity.times(counted, state.levels[0, of_all], hours),
    )  # fmt: skip
    return mean, activity.own_size(size, state.levels[1, known], hours)


@njit(inline="always")
def _enough(content, channel, recent):
    """By how much a count of `recent` has to have grown since the last look."""
    if content.flagged >> channel & 1:
        return max(2.0, _GROWTH_FLAGGED * recent)
    few = channel == CLICKED and recent < _FEW_CLICKS
    return max(2.0, (_GROWTH_FEW if few else _GROWTH) * recent)


@njit(inline="always")
def worth(content, least):
    """Whether there is anything to look at: most contents of most ticks can be passed over."""
    for channel in range(len(CHANNELS)):
        total = np.int64(content.total[channel])
        if total >= _LEARN_FIRST[channel] << np.int64(content.learnt[channel]):
            return True
        recent = np.int64(content.quarter[channel, 0]) + np.int64(content.quarter[channel, 1])
        grown = total - np.int64(content.reported[channel])
        if recent >= least[channel] and grown >= _enough(content, channel, recent):
            return True
    return False


@njit(cache=True)
def look(state, row, at_author, ts, least, gates, candidates, n):
    """Enters a content among the candidates, for each channel that has grown and is surprising.

    Returns how many candidates there are.
    """
    state = bare(state)
    content, author = state.contents[row], state.authors[at_author]
    minute = ts // 60000
    for channel in range(len(CHANNELS)):
        total = np.int64(content.total[channel])
        if total >= _LEARN_FIRST[channel] << np.int64(content.learnt[channel]):
            _learn(state, content, author, channel, ts)
        recent = np.int64(content.quarter[channel, 0]) + np.int64(content.quarter[channel, 1])
        grown = total - np.int64(content.reported[channel])
        if recent < least[channel] or grown < _enough(content, channel, recent):
            continue
        content.reported[channel] = total
        # Of clicks there are most, and each look at those who came costs.
        crowd = channel != CLICKED or (recent >= _CROWD_ACTS and _steps(recent) > _steps(recent - grown))
        # While nothing is known of anybody, every count is surprising.
        crowd = crowd and state.everybody[0].hours >= _CROWD_FROM
        few = channel == CLICKED and recent < _FEW_CLICKS
        most, windows, seen = 0.0, 0, 0.0
        for length in (HOUR, QUARTER):
            buckets = content.hour if length == HOUR else content.quarter
            start = (minute - 1) // length * length
            for b in range(2):
                c = float(buckets[channel, 0]) + b * float(buckets[channel, 1])
                # Where a longer window holds nothing more, it tells nothing more.
                if c < least[channel] or c == seen:
                    continue
                seen = c
                begin = start - b * length
                mean, size = usual(state, author, channel, begin * 60000, ts, c)
                if c < 1.5 * mean:
                    continue
                s = negative_binomial(c, mean, size)
                if s < gates[channel, 0] + few * _MORE_SURE:
                    continue
                candidate = candidates[n + windows]
                strongest = assess(state, content, author, channel, begin * 60000, ts, candidate)
                candidate.told = strongest >= gates[channel, 1] and _heard(candidate) >= gates[channel, 2]
                candidate.grown = crowd and candidate.counts[ACTORS] >= _CROWD[channel]
                candidate.row = row
                candidate.observed = c
                candidate.expected = mean
                candidate.volume = s
                # What is bought within a viral moment shows when that has passed, in a short window; a long
                # one that tells nearly as much names more of them.
                told = _told(candidate)
                if windows == 0 or told * _LONGER >= most:
                    most = max(most, told)
                    if windows:
                        candidates[n] = candidate
                windows = 1
        # Most candidates end here: nobody has to look at them.
        n += windows > 0 and (candidates[n].told or candidates[n].grown)
    return n


@njit(inline="always")
def _steps(n):
    """How often a count has doubled."""
    return math.floor(math.log(max(n, 1)) / _CROWD_GROWN)


@njit(inline="always")
def _heard(candidate):
    """What all shares that count say, added up: together they never say more."""
    heard = 0.0
    for k in range(len(SPEAK)):
        heard += candidate.surprise[SPEAK[k]]
    for k in range(len(HISTORY)):
        heard += candidate.surprise[HISTORY[k]]
    return heard


@njit(inline="always")
def _told(candidate):
    """How much the shares that can speak say, together."""
    told = 0.0
    for k in range(len(SPEAK)):
        told += min(candidate.surprise[SPEAK[k]], _TOLD_MOST)
    return told


@njit(cache=True)
def assess(state, content, author, channel, since, ts, candidate):
    """Fills in what the log says of a window; the greatest surprise of a share that can speak."""
    state = bare(state)
    candidate.key = content.key
    candidate.channel = channel
    candidate.since = since
    count(state, content, author, channel, since, ts, candidate.counts)
    habit = _of_channel(_habits_of(state, author.key), channel)
    weigh(
        state.moments[channel], habit, ts // 3600000, candidate.counts, channel,
        candidate.share, candidate.usual, candidate.surprise,
    )  # fmt: skip
    strongest = 0.0
    for k in range(len(SPEAK)):
        strongest = max(strongest, candidate.surprise[SPEAK[k]])
    return strongest


@njit(cache=True)
def hold(state, row, channel, minute):
    """Marks a content about which there is a finding; its author's bursts are not learnt until
    `minute`."""
    content = state.contents[row]
    content.flagged |= 1 << channel
    state.contents_dirty[row] = 1
    at = find(state.authors_slots, state.authors["key"], content.author)
    if at >= 0:
        state.authors[at].held = minute
        state.authors_dirty[at] = 1


@njit(cache=True)
def look_again(state, row, key, channel, since, ts, candidate):
    """Enters a content once more for the window of a finding; whether it is there still and has grown."""
    content = state.contents[row]
    if content.key != key or content.total[channel] == content.reported[channel]:
        return False
    at = find(state.authors_slots, state.authors["key"], content.author)
    if at < 0:
        return False
    author = state.authors[at]
    content.reported[channel] = content.total[channel]
    state.contents_dirty[row] = 1
    assess(state, content, author, channel, since, ts, candidate)
    observed = candidate.counts[ACTS]
    mean, size = usual(state, author, channel, since, ts, observed)
    candidate.row = row
    candidate.observed = observed
    candidate.expected = mean
    candidate.volume = negative_binomial(observed, mean, size)
    candidate.told, candidate.grown = True, False
    return observed > 0.0
