# mypy: allow-untyped-defs, allow-untyped-calls
"""Who is behind the clicks, reposts or comments of a content, counted exactly from the log."""

import math

import numpy as np
from numba import njit

from detector.engine.actors import SERIAL, TOUCHED
from detector.engine.rows import CLICK, EXPOSURE, SUBSCRIPTION
from models.overdispersed import beta_binomial, method_of_moments
from models.tally import bump, counted

CHANNELS = ("click", "repost", "comment")
CLICKED, REPOSTED, COMMENTED = range(3)

# What is counted of a window. All but the first are of accounts, each by its first act in the window.
(
    ACTS, ACTORS, AGED, YOUNG, FRESH, BLANK, STRANGE, DEVICES, OTHER_DEVICES, ADDRESSES, OTHER_ADDRESSES,
    OFTEN, TOGETHER, UNREAD, NOWHERE, TWICE, SERIALS, SETTLED, SILENT, READERS, DUE,
    EXPOSED,
) = range(22)  # fmt: skip
COUNTS = 22

# Shares, as part and whole of the counts. Those that do not belong to a channel have no whole there.
SHARES = (
    "fresh_actors", "blank_actors", "young_accounts", "no_earlier_touch", "same_device", "same_address",
    "came_back", "same_minute", "unread", "same_company", "serial_actors", "no_engagement", "unexposed",
    "proportion", "out_of_nowhere",
)  # fmt: skip
(
    FRESH_SHARE, BLANK_SHARE, YOUNG_SHARE, STRANGE_SHARE, DEVICE_SHARE, ADDRESS_SHARE, OFTEN_SHARE,
    MINUTE_SHARE, UNREAD_SHARE, COMPANY_SHARE, SERIAL_SHARE, SILENT_SHARE, UNEXPOSED_SHARE,
    PROPORTION_SHARE, NOWHERE_SHARE,
) = range(len(SHARES))  # fmt: skip
PARTS = np.array(
    [
        FRESH, BLANK, YOUNG, STRANGE, OTHER_DEVICES, OTHER_ADDRESSES, OFTEN, TOGETHER, UNREAD, TWICE,
        SERIALS, SILENT, DUE, ACTORS, NOWHERE,
    ]
)  # fmt: skip
# Of the last three the whole is the sum of part and other: see `whole_of`.
WHOLES = np.array(
    [
        ACTORS, ACTORS, AGED, ACTORS, DEVICES, ADDRESSES, ACTORS, ACTS, ACTORS, ACTORS,
        ACTORS, SETTLED, EXPOSED,
        READERS, READERS,
    ]
)  # fmt: skip
# The author's own habit is kept of these, by channel.
HABITS = np.array(
    [
        [OFTEN_SHARE, STRANGE_SHARE, SILENT_SHARE],
        [COMPANY_SHARE, PROPORTION_SHARE, NOWHERE_SHARE],
        [COMPANY_SHARE, PROPORTION_SHARE, NOWHERE_SHARE],
    ]
)
HABIT = np.dtype(
    [
        ("day", "u4"),  # of the latest content that was learnt of
        ("part", "f4", (HABITS.shape[1], 2)),  # of the days before, and of that content
        ("whole", "f4", (HABITS.shape[1], 2)),
    ]
)
# Of a share, over the contents looked at: weight, sum, sum of squares, sum of 1 / n.
MOMENTS = 4

FRESH_MINUTES = 24 * 60
YOUNG_MINUTES = 30 * 24 * 60
# An account with fewer events before has hardly lived on the platform.
BLANK_EVENTS = 4
# Who does the same on the same content so often within a window comes back on purpose.
OFTEN_ACTS = 3
# So many draws make a share worth learning from.
_LEAST = 3
# Shares are clipped at so many standard deviations above the mean, so that attacks teach little.
_CLIP = 2.5
# Of a habit, with every further content.
_KEPT = np.float32(0.8)
_FORGET = 1.0 - 1.0 / 600.0
# Before the stream has taught it, everything that could be said against somebody is taken for usual, as it
# is in a service's first days. The weight is in contents; it gives way faster than contents alone would
# make it, since it is meant to be wrong.
PRIOR_MEAN = np.array([0.9, 0.9, 0.5, 0.95, 0.2, 0.3, 0.2, 0.3, 0.6, 0.5, 0.5, 0.985, 0.6, 0.5, 0.4])
PRIOR_CORRELATION = 0.15
PRIOR_WEIGHT = 30.0
CORRELATION_LEAST = 0.02
# Kinds of values in the tally: met in any way, clicked, acted in the window, a stranger at the first meeting,
# device, address, minute, acted in the window in another way (engaged after a click, or read),
# acted on another content of the author, had come with a crowd to another author.
_MET, _CLICKED, _ACTED, _STRANGER, _DEVICE, _ADDRESS, _MINUTE, _ELSE = range(8)
_ELSEWHERE, _SERIAL = 8, 9
# Of clicks it is not asked who had clicked, but who had time to do something after it.
_SETTLED = _CLICKED


@njit(inline="always")
def channel_of(kind):
    """The channel of an event's type (see detector.engine.rows), for those that have one."""
    return np.int64(kind) - CLICK


@njit(cache=True)
def examine(log, found, beside, n, content, since, channel, cut, settled, table, stamp, out):
    """Counts over entries of one content, and of its author's reposts, comments and new followers.

    Args:
        found: their sequence numbers, first `beside` of the author's, then up to `n` of the content's, each
            latest first.
        content: upper half of its hash.
        since: ms; the window begins there, what is before tells who has met whom.
        channel: CLICKED, REPOSTED or COMMENTED.
        cut: ms; clicks after it, and after the last report, may not have been reported as exposed yet.
        settled: ms; who has clicked after it may still share, talk or follow.
        table, stamp: a tally, and a stamp that it has not had.
        out: COUNTS float64.
    """
    mask = len(log) - 1
    out[:] = 0.0
    for i in range(beside):
        entry = log[found[i] & mask]
        if entry.type != SUBSCRIPTION and channel_of(entry.type) == channel and entry.object != content:
            bump(table, stamp, _ELSEWHERE, entry.actor)
    for i in range(beside, n):
        if log[found[i] & mask].type == EXPOSURE:
            cut = max(cut, log[found[i] & mask].ts)
            break
    for i in range(n - 1, -1, -1):
        entry = log[found[i] & mask]
        actor = entry.actor
        kind = entry.type
        inside = entry.ts >= since
        if kind == EXPOSURE:
            if inside:
                out[EXPOSED] += entry.value
            continue
        if kind == SUBSCRIPTION:
            if inside and counted(table, stamp, _SETTLED, actor) and bump(table, stamp, _ELSE, actor) == 1:
                out[SILENT] -= 1.0
            continue
        if i < beside:
            continue
        if bump(table, stamp, _MET, actor) == 1 and entry.marks & TOUCHED == 0:
            bump(table, stamp, _STRANGER, actor)
            if entry.marks & SERIAL:
                bump(table, stamp, _SERIAL, actor)
        if kind == CLICK:
            if channel != CLICKED:
                bump(table, stamp, _CLICKED, actor)
            if inside:
                out[DUE] += entry.ts <= cut
                if channel != CLICKED and bump(table, stamp, _ELSE, actor) == 1:
                    out[READERS] += 1.0
        elif (
            channel == CLICKED
            and inside
            and counted(table, stamp, _SETTLED, actor)
            and bump(table, stamp, _ELSE, actor) == 1
        ):
            out[SILENT] -= 1.0
        if not inside or channel_of(kind) != channel:
            continue
        out[ACTS] += 1.0
        minute = entry.ts // 60000
        out[TOGETHER] = max(
            out[TOGETHER], float(bump(table, stamp, _MINUTE, np.uint64(minute) << np.uint64(4)))
        )
        times = bump(table, stamp, _ACTED, actor)
        if times == OFTEN_ACTS:
            out[OFTEN] += 1.0
        if times > 1:
            continue
        out[ACTORS] += 1.0
        if channel == CLICKED and entry.ts <= settled:
            bump(table, stamp, _SETTLED, actor)
            out[SETTLED] += 1.0
            out[SILENT] += 1.0
        if entry.created != 0:
            out[AGED] += 1.0
            if minute - np.int64(entry.created) < YOUNG_MINUTES:
                out[YOUNG] += 1.0
        if entry.seen < FRESH_MINUTES:
            out[FRESH] += 1.0
        if entry.prior < BLANK_EVENTS:
            out[BLANK] += 1.0
        if counted(table, stamp, _STRANGER, actor):
            out[STRANGE] += 1.0
        if channel != CLICKED and counted(table, stamp, _CLICKED, actor) == 0:
            out[UNREAD] += 1.0
            if counted(table, stamp, _STRANGER, actor):
                out[NOWHERE] += 1.0
        if counted(table, stamp, _ELSEWHERE, actor):
            out[TWICE] += 1.0
        if counted(table, stamp, _SERIAL, actor):
            out[SERIALS] += 1.0
        if entry.device != 0:
            out[DEVICES] += 1.0
            if bump(table, stamp, _DEVICE, np.uint64(entry.device) << np.uint64(4)) > 1:
                out[OTHER_DEVICES] += 1.0
        if entry.ip != 0:
            out[ADDRESSES] += 1.0
            if bump(table, stamp, _ADDRESS, np.uint64(entry.ip) << np.uint64(4)) > 1:
                out[OTHER_ADDRESSES] += 1.0


@njit(inline="always")
def whole_of(counts, share, channel):
    """How many draws a share has; 0 where it does not belong to the channel."""
    if share in (UNREAD_SHARE, COMPANY_SHARE, PROPORTION_SHARE, NOWHERE_SHARE):
        if channel == CLICKED:
            return 0.0
    elif share in (SILENT_SHARE, UNEXPOSED_SHARE) and channel != CLICKED:
        return 0.0
    whole = counts[WHOLES[share]]
    if share >= UNEXPOSED_SHARE:
        whole += counts[PARTS[share]]
    return whole


@njit(inline="always")
def _population(own, k):
    """(mean, intraclass correlation) of a share among the contents looked at."""
    return method_of_moments(
        own[0], own[1], own[2], own[3],
        PRIOR_MEAN[k], PRIOR_CORRELATION, PRIOR_WEIGHT**2 / (PRIOR_WEIGHT + own[0]), CORRELATION_LEAST,
    )  # fmt: skip


@njit(cache=True)
def learn(moments, habit, day, counts, channel):
    """Learns the shares of a content that is looked at as any other.

    Args:
        moments: float64 (len(SHARES) * MOMENTS,), the channel's.
        habit: HABIT, the author's.
        day: since 1970.
    """
    for k in range(len(PARTS)):
        whole = whole_of(counts, k, channel)
        if whole >= _LEAST:
            own = moments[k * MOMENTS : (k + 1) * MOMENTS]
            mean, alike = _population(own, k)
            deviation = math.sqrt(mean * (1.0 - mean) * (alike + (1.0 - alike) / whole))
            share = min(counts[PARTS[k]] / whole, mean + _CLIP * deviation)
            own *= _FORGET
            own[0] += 1.0
            own[1] += share
            own[2] += share * share
            own[3] += 1.0 / whole
    for h in range(HABITS.shape[1]):
        if habit.day != day:
            habit.part[h, 0] = _KEPT * habit.part[h, 0] + habit.part[h, 1]
            habit.whole[h, 0] = _KEPT * habit.whole[h, 0] + habit.whole[h, 1]
        habit.part[h, 1] = counts[PARTS[HABITS[channel, h]]]
        habit.whole[h, 1] = whole_of(counts, HABITS[channel, h], channel)
    habit.day = day


@njit(cache=True)
def weigh(moments, habit, day, counts, channel, share, usual, surprise):
    """How surprising each share is, against the population and the author's habit.

    The accounts of one content are alike, so a share is beta-binomial; its mean lies between the
    population's and the author's own (the posterior mean of a beta distribution).
    """
    for k in range(len(PARTS)):
        whole = whole_of(counts, k, channel)
        own = moments[k * MOMENTS : (k + 1) * MOMENTS]
        mean, alike = _population(own, k)
        for h in range(HABITS.shape[1]):
            if HABITS[channel, h] == k:
                part, whole_before = float(habit.part[h, 0]), float(habit.whole[h, 0])
                # What the same day taught, by this content or others of one campaign, is no habit.
                if habit.day != day:
                    part += habit.part[h, 1]
                    whole_before += habit.whole[h, 1]
                strength = 1.0 / alike - 1.0
                # The author's contents differ as those of different authors do, but less.
                weight = min(whole_before, 2.0 * strength)
                if weight > 0.0:
                    mean = (mean * strength + part / whole_before * weight) / (strength + weight)
        usual[k] = mean
        share[k] = counts[PARTS[k]] / max(whole, 1.0)
        surprise[k] = beta_binomial(counts[PARTS[k]], whole, min(mean, 0.999), alike) if whole > 0.0 else 0.0
