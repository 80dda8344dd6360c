# mypy: allow-untyped-defs, allow-untyped-calls
"""Weighs what is behind the follows of a subject's window: exact counts, and how surprising each is.

Most candidates end here: nothing speaks, and no suspicion needs to look at them.
"""

import math

import numpy as np
from numba import njit

from detector.engine.companions import ROUNDS, begin_of_company, company
from detector.engine.follows import (
    ADDRESSES,
    COLD,
    COMMON,
    COMPANY,
    COUNTS,
    DEVICES,
    EXAMINED,
    KEPT,
    MOST,
    PARTS,
    PLACES,
    SERIAL_KEPT,
    SHARES,
    SPREES,
    UNTOLD,
    WHOLES,
    examine,
)
from detector.engine.rows import ECHO
from detector.engine.subject_rows import (
    CLICKS,
    COMPANY_SINCE,
    COUNTS_AT,
    CROWD,
    ENGAGED,
    ENGAGED_AT,
    ENGAGED_USUAL_AT,
    EVERYBODY,
    EXPLAINED,
    FOLLOWED,
    FOLLOWS,
    HABIT_AT,
    KNOWN,
    LOGGED,
    MOMENTS,
    QUIET,
    QUIETEST,
    READ,
    READS,
    RUSH,
    SERIAL_APART,
    SHARE_AT,
    SLOW,
    STAMP,
    SURPRISE_AT,
    UNFOLLOWED,
    USUAL_AT,
    VOLUME,
    WARM,
)
from models.bare import bare
from models.hashing import pair
from models.index import find
from models.rings import walk
from models.tails import binomial_upper, effective, negative_binomial
from models.windows import LENGTHS, usual

# What a share is taken to be, and how much it varies between subjects, before the stream has taught it: the
# weight is in subject-days. New accounts are then the rule, as they are in a service's first days.
_PRIOR_MEAN = np.array([0.9, 0.9, 0.5, 0.3, 0.2, 0.2, 0.2, 0.05, 0.3])
_PRIOR_CORRELATION = 0.15
PRIOR_WEIGHT = 30.0
_CORRELATION_LEAST = 0.02
# Entries that tell the subject's own habit, and the minutes by which they lie before the window: it may begin
# in the middle of a burst.
_HABIT, _APART = 128, 1440
# Followers of one account are likelier than others to follow another: circles of interest.
CIRCLE = 10.0
_LENGTHS = np.array(LENGTHS, np.int64)
_ENGAGED = np.array(ENGAGED)
_SHARES = len(SHARES)
# The better of two tests.
_TWO = math.log10(2.0)
_COLD_SHARE = SHARES.index("cold")
_FRESH, _YOUNG, _DEVICE, _SERIAL, _MECHANICAL = (
    SHARES.index(name) for name in ("fresh", "young", "same_device", "serial", "mechanical")
)
# Nothing below is looked at: a trait beside another, the volume that it comes with, a trait for itself.
_SPEAKS, RISES, _LOUD = 1.5, 1.0, 3.0
# What came unasked varies as widely as this, however steady the subject is otherwise (size of a negative
# binomial).
_UNASKED_SIZE = 4.0
# Over more than a day a platform's growth is not told from a subject's; so few subjects say nothing of all.
_DAY_WINDOW, _FEW = 3, 5.0
# Of a content that people are keen on so many times as many readers follow as of others; that is the most,
# so little is left to vary (size of a negative binomial).
_KEEN, _KEEN_SIZE = 5.0, 16.0
# At most this share of all that readers do is to follow.
_KEENEST = 0.35
# Where there are fewer clicks than this for a follow nothing is known of the way to it.
_FUNNEL = 2.0
# Where content draws followers fewer of them come out of nowhere than usually; this much of the share.
_BY_CONTENT = 0.5


@njit(cache=True)
def weigh(state, candidate, ts, numbers, buffer, older):
    """Fills a candidate's `numbers`; whether anything in them speaks.

    Args:
        ts: end of the tick, ms.
        numbers: (NUMBERS,) float64.
        buffer, older: int64 working memory for sequence numbers, MOST and more.
    """
    state, numbers = bare(state), bare(numbers)
    buffer, older = bare(buffer), bare(older)
    log, minute = state.log, ts // 60000
    subject = state.subjects[candidate.row]
    end = (np.int64(subject.end), state.counters[LOGGED])
    counts = numbers[COUNTS_AT : COUNTS_AT + COUNTS]
    numbers[:] = 0.0
    if candidate.buckets == COMPANY_SINCE:
        _begin_of_company(state, candidate, subject, end, ts, buffer, counts)
    start, inside = np.int64(candidate.start), np.int64(candidate.count)
    numbers[EVERYBODY] = _everybody(state, subject, candidate, minute)
    n = walk(log, end, start * 60000, ts, buffer)
    stamp = state.counters[STAMP] + 1
    state.counters[STAMP] += 3 + ROUNDS
    examine(log, buffer, n, state.scratch, stamp, counts)
    expected = candidate.expected * numbers[EVERYBODY]
    # Those who take over a list of accounts follow none of them in particular.
    past = has_past(subject, start, minute)
    if past:
        numbers[VOLUME] = negative_binomial(max(inside - counts[SPREES], 0.0), expected, candidate.size)
    if subject.channel == UNFOLLOWED:
        _shares(state, numbers, UNFOLLOWED)
        _engagement(state, subject, candidate, minute, numbers)
        return numbers[VOLUME] >= RISES
    if subject.company > 0:
        company(
            log, buffer, n, subject.subject, state.scratch, stamp + 1, CIRCLE,
            state.targets, state.targets_added[1], state.pairs, counts,
        )  # fmt: skip
    if counts[COMPANY] < 1.0 and numbers[VOLUME] < 1.0:
        return False
    m = walk(log, end, np.int64(0), (start - _APART) * 60000, older[:_HABIT])
    examine(log, older, m, state.scratch, stamp + 2 + ROUNDS, numbers[HABIT_AT : HABIT_AT + COUNTS])
    _engagement(state, subject, candidate, minute, numbers)
    _shares(state, numbers, FOLLOWED)
    if candidate.buckets > 0 and candidate.window < SLOW:
        _against_the_moment(state, end, start, numbers, older)
    if past:
        _rush(state, candidate, expected, numbers)
    return _speaks(numbers, counts)


@njit(inline="always")
def _against_the_moment(state, end, start, numbers, older):
    """Compares the shares of a short window with those just before it too, the better of the two tests.

    The moment's own crowd comes before it, and that is what to compare with when content goes round; but the
    window may begin in the middle of a burst.
    """
    usual_before = numbers[USUAL_AT : USUAL_AT + _SHARES].copy()
    surprise_before = numbers[SURPRISE_AT : SURPRISE_AT + _SHARES].copy()
    apart = numbers[SERIAL_APART]
    state.counters[STAMP] += 1
    m = walk(state.log, end, np.int64(0), start * 60000, older[:_HABIT])
    habit = numbers[HABIT_AT : HABIT_AT + COUNTS]
    examine(state.log, older, m, state.scratch, state.counters[STAMP], habit)
    _shares(state, numbers, FOLLOWED)
    numbers[SERIAL_APART] = max(0.0, max(apart, numbers[SERIAL_APART]) - _TWO)
    for k in range(_SHARES):
        if surprise_before[k] > numbers[SURPRISE_AT + k]:
            numbers[USUAL_AT + k] = usual_before[k]
            numbers[SURPRISE_AT + k] = surprise_before[k]
        numbers[SURPRISE_AT + k] = max(0.0, numbers[SURPRISE_AT + k] - _TWO)


@njit(inline="always")
def _speaks(numbers, counts):
    """Whether any of what the suspicions ask for is there: company, a rush, a strong trait, or two."""
    if counts[COMMON] >= 3.0:
        return True
    if numbers[VOLUME] < RISES:
        return False
    history = max(numbers[SURPRISE_AT + _FRESH], numbers[SURPRISE_AT + _YOUNG])
    way = max(numbers[SURPRISE_AT + _COLD_SHARE], numbers[QUIET])
    device, serial = numbers[SURPRISE_AT + _DEVICE], numbers[SURPRISE_AT + _SERIAL]
    speaking = 0
    for trait in (history, way, device, serial):
        speaking += trait >= _SPEAKS
    one = max(max(numbers[RUSH], numbers[CROWD]), max(max(history, device), serial))
    return speaking >= 2 or one >= _LOUD or numbers[SURPRISE_AT + _MECHANICAL] >= RISES


@njit(inline="always")
def has_past(subject, start, minute):
    """Whether a subject is known for long enough before a window to say what is usual in it.

    Of a day or less what is usual for subjects of which nothing is known says enough.
    """
    return minute - start <= 2880 or 2 * (start - np.int64(subject.first)) >= minute - start


@njit(inline="always")
def _begin_of_company(state, candidate, subject, end, ts, buffer, counts):
    """Makes a candidate's window begin when its company came: before, others followed."""
    n = walk(state.log, end, np.int64(candidate.start) * 60000, ts, buffer)
    stamp = state.counters[STAMP] + 1
    state.counters[STAMP] += 1 + ROUNDS
    company(
        state.log, buffer, n, subject.subject, state.scratch, stamp, CIRCLE,
        state.targets, state.targets_added[1], state.pairs, counts,
    )  # fmt: skip
    began = begin_of_company(state.log, buffer, n, state.scratch, stamp)
    candidate.buckets = 0
    if began > 0:
        # What is usual in the longer window is no less in its part.
        minute, longer = ts // 60000, candidate.expected / max(ts // 60000 - np.int64(candidate.start), 1)
        candidate.start = began // 60000
        candidate.count = count_own(
            state.log, buffer, walk(state.log, end, began // 60000 * 60000, ts, buffer)
        )
        expected, candidate.size = usual(
            subject, np.int64(candidate.start), minute, np.int64(candidate.count), 0.0
        )
        candidate.expected = max(expected, longer * (minute - np.int64(candidate.start)))


@njit(cache=True)
def weigh_all(state, candidates, ts, numbers):
    """`weigh` for each of the candidates."""
    buffer, older = np.empty(MOST, np.int64), np.empty(_HABIT, np.int64)
    for i in range(len(candidates)):
        weigh(state, candidates[i], ts, numbers[i], buffer, older)


@njit(inline="always")
def row_of(state, subject, channel):
    """The subject's row of follows or unfollows, or -1."""
    return find(state.slots, state.subjects["key"], pair(subject, np.uint64(channel)))


@njit(cache=True)
def row_at(state, subject, channel):
    """`row_of` for Python."""
    return row_of(state, subject, channel)


@njit(cache=True)
def rate_at(state, at):
    """Usual count a minute of the subject in a row."""
    row = state.subjects[at]
    return usual(row, np.int64(row.last) // 60 * 60, np.int64(row.last) // 60 * 60 + 60, 0, 0.0)[0] / 60.0


@njit(inline="always")
def _everybody(state, subject, candidate, minute):
    """How many times as many subjects as usual are followed (left) in the window, at least 1."""
    if candidate.buckets == 0 or candidate.window > _DAY_WINDOW:
        return 1.0
    total = state.subjects[subject.channel]
    c, since, _ = _in_window(total, subject, candidate)
    ordinary = usual(total, since, minute, c, 0.0)[0]
    return max(1.0, (c + _FEW) / (ordinary + _FEW))


@njit(inline="always")
def _engagement(state, subject, candidate, minute, numbers):
    """Clicks, reposts, comments and exposures in the window, and since when the account is known.

    Where content draws followers, engagement rises with them: QUIET is the surprise of its having not.
    """
    growth = np.int64(candidate.count) / candidate.expected
    numbers[KNOWN] = minute - np.int64(subject.first)
    for k in range(len(_ENGAGED)):
        key = pair(subject.subject, np.uint64(_ENGAGED[k]))
        row = find(state.engaged_slots, state.engaged["key"], key)
        if row < 0:
            continue
        other = state.engaged[row]
        numbers[KNOWN] = max(numbers[KNOWN], minute - np.int64(other.first))
        c, since, exact = _in_window(other, subject, candidate)
        ordinary = usual(other, since, minute, c, 0.0)[0]
        numbers[ENGAGED_AT + k] = c
        numbers[ENGAGED_USUAL_AT + k] = ordinary
        if k < 3:
            numbers[READS] += max(0.0, c - ordinary, _before(other, candidate, since, minute, c))
        # Lower tail of a geometric count (a negative binomial of size 1): engagement varies as widely.
        drawn = ordinary * growth
        if exact and ordinary >= 1.0 and drawn > c and k < 3:
            s = -math.log10(-math.expm1((c + 1.0) * math.log(drawn / (drawn + 1.0))))
            if s > numbers[QUIET]:
                numbers[QUIET] = s
                numbers[QUIETEST] = k
    born = day_of_birth(state, subject.subject)
    if born > 0:
        numbers[KNOWN] = max(numbers[KNOWN], minute - (born + 1) * 1440)


@njit(inline="always")
def _before(row, candidate, since, minute, c):
    """How much more than usual another row has in a window of one bucket and the bucket before.

    Who reads before the window may follow in it.
    """
    length = _LENGTHS[candidate.window]
    if candidate.buckets != 1 or since % length > 0 or np.int64(row.last) < since:
        return 0.0
    c += np.int64(row.before[candidate.window])
    return c - usual(row, since - length, minute, c, 0.0)[0]


@njit(inline="always")
def note_birth(state, subject, created):
    """Remembers when an account was registered (ms)."""
    at = np.int64(subject >> np.uint64(32)) & (len(state.births) - 1)
    birth = state.births[at]
    birth.account = np.uint32(subject & np.uint64(0xFFFFFFFF))
    birth.day = created // 86400000
    state.births_dirty[at] = 1


@njit(inline="always")
def day_of_birth(state, subject):
    """The day when an account was registered, 0 when it is not known."""
    birth = state.births[np.int64(subject >> np.uint64(32)) & (len(state.births) - 1)]
    return np.int64(birth.day) if birth.account == np.uint32(subject & np.uint64(0xFFFFFFFF)) else 0


@njit(inline="always")
def _rush(state, candidate, expected, numbers):
    """How surprising it is that so many come, when all that may explain them is counted.

    RUSH: out of nowhere come those who never had to do with anything of the account. Some always do; more do
    when the account's content is seen more, and when others come by way of its content.
    CROWD: whatever they did before, content that draws followers has many more readers than it brings.
    """
    counts = numbers[COUNTS_AT : COUNTS_AT + COUNTS]
    if state.counters[CLICKS] < _FUNNEL * state.counters[FOLLOWS]:
        return  # hardly anybody comes by way of content here
    p = min(0.9, numbers[USUAL_AT + _COLD_SHARE])
    growth = 1.0
    for k in range(len(_ENGAGED)):
        growth = max(growth, (numbers[ENGAGED_AT + k] + 1.0) / (numbers[ENGAGED_USUAL_AT + k] + 1.0))
    a_reader = state.counters[FOLLOWS] / max(state.counters[CLICKS], 1)
    read = numbers[READS]
    warm = max(0.0, counts[EXAMINED] - counts[COLD] - expected * (1.0 - p))
    numbers[WARM] = min(warm, _KEEN * a_reader * read)
    content = numbers[USUAL_AT + _COLD_SHARE] * _BY_CONTENT
    numbers[EXPLAINED] = expected * p * growth + numbers[WARM] * content / (1.0 - content)
    numbers[RUSH] = negative_binomial(counts[UNTOLD], max(numbers[EXPLAINED], 1e-6), _UNASKED_SIZE)
    numbers[READ] = expected + min(_KEENEST, _KEEN * a_reader) * read
    numbers[CROWD] = negative_binomial(counts[PLACES], max(numbers[READ], 1e-6), _KEEN_SIZE)


@njit(inline="always")
def _shares(state, numbers, direction):
    """Share, usual share and surprise of each kind of actors.

    The actors of one subject are alike, so a share of n actors is worth as a binomial of fewer (Kish's design
    effect) at a mean between the population's and the subject's own habit (the mean of a beta posterior).
    Those of one place are worth as one.
    """
    counts = numbers[COUNTS_AT : COUNTS_AT + COUNTS]
    habit = numbers[HABIT_AT : HABIT_AT + COUNTS]
    for k in range(_SHARES):
        mean, correlation = population(state.moments[direction], k)
        part, whole = counts[PARTS[k]], counts[WHOLES[k]]
        strength = 1.0 / correlation - 1.0
        known = strength + habit[WHOLES[k]]
        ordinary = (mean * strength + habit[PARTS[k]]) / known
        # The habit makes the mean surer, but a subject's days differ all the same.
        alike = max(1.0 / (1.0 + known), correlation / 3.0)
        share = part / max(whole, 1.0)
        of_places = WHOLES[k] != ADDRESSES and WHOLES[k] != DEVICES
        n = effective(min(whole, counts[PLACES]) if of_places else whole, alike)
        numbers[SHARE_AT + k] = share
        numbers[USUAL_AT + k] = ordinary
        numbers[SURPRISE_AT + k] = binomial_upper(share * n, n, ordinary)
        if k == _SERIAL and whole > counts[KEPT]:
            share = (part - counts[SERIAL_KEPT]) / (whole - counts[KEPT])
            n = effective(min(whole - counts[KEPT], counts[PLACES]), alike)
            numbers[SERIAL_APART] = binomial_upper(share * n, n, ordinary)


@njit(cache=True)
def population(moments, k):
    """(mean, intraclass correlation) of share `k` (method of moments), shrunk to the prior."""
    at = k * MOMENTS
    weight, total, squares, inverse = moments[at], moments[at + 1], moments[at + 2], moments[at + 3]
    prior = _PRIOR_MEAN[k] * PRIOR_WEIGHT
    p = min(0.99, max(0.01, (total + prior) / (weight + PRIOR_WEIGHT)))
    n = max(weight, 1.0)
    variance = max(squares / n - (total / n) ** 2, 0.0)
    noise = inverse / n
    alike = (variance / (p * (1.0 - p)) - noise) / max(1.0 - noise, 0.1)
    alike = min(0.9, max(_CORRELATION_LEAST, alike))
    return p, (alike * weight + _PRIOR_CORRELATION * PRIOR_WEIGHT) / (weight + PRIOR_WEIGHT)


@njit(cache=True)
def _in_window(row, subject, candidate):
    """(count of another row since the candidate's start, the minute since which it is, whether that is it).

    A row that has gone on by more than a bucket no longer knows: its shortest longer window that does is
    taken, and the count is then that of a longer time.
    """
    k = np.int64(candidate.window)
    if candidate.buckets > 0:
        steps = np.int64(subject.last) // _LENGTHS[k] - np.int64(row.last) // _LENGTHS[k]
        now, before = np.int64(row.now[k]), np.int64(row.before[k])
        if steps > 0:
            now, before = np.int64(0), now if steps == 1 else np.int64(0)
        if steps >= 0:
            return now + before if candidate.buckets == 2 else now, np.int64(candidate.start), True
    else:
        k = np.int64(0)
    for longer in range(k, len(_LENGTHS)):
        now, before = np.int64(row.now[longer]), np.int64(row.before[longer])
        running = np.int64(row.last) // _LENGTHS[longer] * _LENGTHS[longer]
        if running <= candidate.start:
            return now, running, running == candidate.start
        if running - _LENGTHS[longer] <= candidate.start:
            return now + before, running - _LENGTHS[longer], running - _LENGTHS[longer] == candidate.start
    return now + before, running - _LENGTHS[-1], False


@njit(cache=True)
def count_own(log, found, n):
    """How many of ``found[:n]`` are follows of the subject itself, no echoes."""
    c = 0
    for i in range(n):
        c += log[found[i] & (len(log) - 1)].flags & ECHO == 0
    return c
