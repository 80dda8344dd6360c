# mypy: allow-untyped-defs, allow-untyped-calls
"""When clusters are judged, and what becomes of it: named, watched until they settle, or learnt from."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from numba import njit

from detector.suspicions.batch_posting import VERDICT, BatchPosting, learn, weigh
from models.text import usual as u
from models.text.layout import FLAGGED, LEARNED, LISTED, LIVE, READY, WATCHED, clusters_dirty_of, clusters_of
from models.text.profile import MOST, PROFILE, begun, company, profile
from models.text.texture import ALIKE, APART, COPIED, SURE, TEMPLATE, TEXTURE, texture

_HOUR = 3_600_000
NEVER = 1 << 62
_WINDOWS = len(u.WINDOWS_MS)

RULES = np.dtype(
    [
        (name, "i8" if type(value) is int else "f8")
        for name, value in (asdict(BatchPosting()) | {"tick_ms": 1, "threshold": 1.0}).items()
    ]
)
# Numbers that go with the list of watched clusters: the first tick in which one may settle; how many.
DUE, WATCHING = 0, 1


def rules(params: BatchPosting, tick_ms: int) -> np.ndarray:
    """The settings as the kernels take them, shape (1,)."""
    values = asdict(params) | {"tick_ms": tick_ms, "threshold": params.threshold}
    return np.array([tuple(values[name] for name in RULES.names or ())], RULES)


@njit
def room():
    """What `judge` works in."""
    return (
        np.empty(4 * MOST, np.uint64),
        np.empty(MOST, np.int64),
        np.empty(MOST, np.uint64),
        np.empty(MOST, np.uint64),
        np.zeros(_WINDOWS, PROFILE),
        np.zeros(_WINDOWS, VERDICT),
        np.zeros(1, u.NORMS),
        np.zeros(1, TEXTURE),
    )


@njit
def _settled_at(cluster, rules):
    """The tick in which a cluster has settled, on a grid of a quarter of the least time it takes."""
    grid = max(1, rules.settle_minutes * 60_000 // 4 // rules.tick_ms)
    tick = (cluster.fresh + np.int64(cluster.quiet) * 1000) // rules.tick_ms
    return -(-tick // grid) * grid


@njit
def _wait(cluster, rules):
    """Sets how long a cluster has to be quiet: as long as, at its rate, is unlikely if it goes on.

    Copies must be over to be believed, and the rate of a few is hardly known: the gap to come after them is
    Lomax distributed, as exponential gaps are whose rate is Gamma distributed (Gelman et al., Bayesian Data
    Analysis, 3rd ed., section 2.6).
    """
    span = (cluster.fresh - cluster.first) / 1000.0
    if cluster.texture == COPIED:
        gaps = max(np.float64(cluster.accounts) - 1.0, 1.0)
        pause = span * (rules.pause_chance ** (-1.0 / gaps) - 1.0)
    else:
        pause = span / np.float64(cluster.accounts) * -np.log(rules.pause_chance)
    least = rules.settle_minutes * 60.0
    cluster.quiet = np.uint32(min(max(pause, least), max(least, u.WINDOWS_MS[-1] / 1000.0)))


@njit
def _alone(row, verdict, rules, ripe, settled):
    """Whether similarity is believed when those who posted say nothing.

    Not before the stream has taught for some time what is usual on it. Never of forms, nor of links and
    images, nor of what has lived before (a burst is no verdict). Of copies only within an hour (in a day a
    turn of phrase brings as many together), few, nearly all at once, and over. Of texts that were edited all
    over when there are enough to see that they were, or when they have settled, and when they are more alike
    than texts that share a turn of phrase.
    """
    if ripe < 1.0 or row.texture == TEMPLATE or row.kind >= u.LINK or verdict.lived > 0:
        return False
    if row.texture >= APART:
        alike = rules.alike if row.window == 0 else rules.alike_day
        return row.alike >= alike and row.odds >= rules.odds and (settled or row.accounts >= rules.sure)
    few = row.all <= rules.commonplace and row.accounts >= rules.gathered * row.all
    return settled and few and row.window == 0


@njit
def _best(table, verdicts, rules, ripe, settled):
    """(the window that says most, its decades)."""
    best, most = 0, -1e9
    for w in range(_WINDOWS):
        row, verdict = table[w], verdicts[w]
        total = verdict.total if row.accounts >= rules.min_accounts else 0.0
        enough = rules.least_others
        if row.texture == TEMPLATE or 2 * row.under > row.accounts or 2 * row.credited > row.accounts:
            enough *= 2.0
        elif _alone(row, verdict, rules, ripe, settled):
            enough = 0.0
        if verdict.others < enough or verdict.size < rules.least_size:
            total = 0.0
        # Who fills in the same form again and again does what he is there for; and what has but a turn of
        # phrase in common is no copy.
        loose = row.texture == TEMPLATE and (row.alike < ALIKE or row.odds < SURE)
        if 2 * row.regulars >= row.accounts or loose:
            total = 0.0
        if total > most:
            best, most = w, total
    return best, most


@njit
def judge(state, usual, rules, chosen, n, tick, settled, watched, numbers, work, out):
    """Judges clusters at the end of a tick, names the suspect, watches or learns from the others.

    Args:
        state: of `Clusters`; usual: the baselines; rules: a record of RULES.
        chosen: the clusters, the first `n`.
        settled: whether they have.
        watched, numbers: the clusters that have yet to settle; (the first tick in which one does, how many).
        work: of `room`.
        out: (clusters, profiles, verdicts) of suspects, of shape (n,) at least.

    Returns how many suspects were written.
    """
    clusters, dirty = clusters_of(state), clusters_dirty_of(state)
    table, slots, ips, devices, rows, verdicts, norms_row, weaves = work
    norms, weave = norms_row[0], weaves[0]
    suspect, profiles, final = out
    u.norms(usual, norms)
    hours = ((tick + 1) * rules.tick_ms - usual[u.FIRST_TS]) / _HOUR
    ripe = min(1.0, hours / rules.warmup_hours)
    needed = rules.threshold + rules.warmup_decades * (1.0 - ripe)
    suspects = 0
    for j in range(n):
        c = np.int64(chosen[j])
        cluster = clusters[c]
        if not cluster.state & LIVE:
            continue
        if not settled:
            if not cluster.state & READY:  # merged, and its row taken by another, since it was chosen
                continue
            cluster.state &= ~READY & 255
        dirty[c] = 1
        accounts = np.int64(cluster.accounts)
        profile(state, c, norms, table, slots, ips, devices, rows)
        texture(state, slots, rows[_WINDOWS - 1].accounts, weave)
        cluster.texture = weave["class"]
        cluster.peak = max(np.int64(cluster.peak), rows[0].accounts)
        learnt = (settled or accounts > rules.commonplace) and not cluster.state & (LEARNED | FLAGGED)
        told = -1  # the window whose company was looked at
        for w in range(_WINDOWS):
            row = rows[w]
            row.texture, row.variants, row.known = weave["class"], weave.variants, weave.known
            row.same, row.kept, row.alike, row.uneven = weave.same, weave.kept, weave.alike, weave.uneven
            row.odds, row.peak = weave.odds, cluster.peak
            weigh(row, usual, norms, rules, ripe, settled, verdicts[w])
            # Company is dear: it is looked at where it could turn the scale, or is learnt from.
            if learnt or verdicts[w].total + rules.cap - 1.0 >= needed:
                if told >= 0 and rows[w].accounts == rows[told].accounts:
                    rows[w].company = rows[told].company
                    rows[w].company_size = rows[told].company_size
                    rows[w].company_surprise = rows[told].company_surprise
                    rows[w].regulars = rows[told].regulars
                else:
                    company(state, c, slots, rows[w].accounts, norms, rows[w])
                told = w
                if rows[w].company > 0:
                    weigh(rows[w], usual, norms, rules, ripe, settled, verdicts[w])
        best, most = _best(rows, verdicts, rules, ripe, settled)
        if most >= needed:
            if not cluster.state & FLAGGED:
                cluster.state |= FLAGGED
                start = rows[best].start
                if not verdicts[best].lived:
                    start = min(start, begun(state, c, u.WINDOWS_MS[best] // 2))
                cluster.since = start
            more = 1.0 if settled else max(1.0, cluster.named * rules.growth)
            if accounts >= cluster.named + more:
                cluster.named = accounts
                suspect[suspects] = c
                profiles[suspects] = rows[best]
                final[suspects] = verdicts[best]
                suspects += 1
        elif learnt:
            cluster.state |= LEARNED
            learn(rows, verdicts, usual, rules.threshold - 1.0, rules.min_accounts)
        if not settled:
            if not cluster.state & WATCHED and numbers[WATCHING] < len(watched):
                cluster.state |= WATCHED
                watched[numbers[WATCHING]] = c
                numbers[WATCHING] += 1
            _wait(cluster, rules)
            numbers[DUE] = min(numbers[DUE], _settled_at(cluster, rules))
    return suspects


@njit
def settle(state, usual, rules, upto, watched, numbers, chosen, work, out):
    """Judges the clusters that settle next, if that is in a tick up to `upto`.

    Returns (whether there were any, how many suspects were written to `out`).
    """
    clusters, dirty = clusters_of(state), clusters_dirty_of(state)
    if numbers[DUE] > upto:
        return False, 0
    kept, due = 0, NEVER
    for i in range(numbers[WATCHING]):
        c = np.int64(watched[i])
        if clusters[c].state & (WATCHED | LISTED) == WATCHED:  # a row used anew may be listed twice
            clusters[c].state |= LISTED
            watched[kept] = c
            kept += 1
            due = min(due, _settled_at(clusters[c], rules))
    numbers[DUE] = due
    n, left = 0, 0
    for i in range(kept):
        c = np.int64(watched[i])
        clusters[c].state &= ~LISTED & 255
        if due <= upto and _settled_at(clusters[c], rules) == due and n < len(chosen):
            clusters[c].state &= ~WATCHED & 255
            dirty[c] = 1
            chosen[n] = c
            n += 1
        else:
            watched[left] = c
            left += 1
    numbers[WATCHING] = left
    if n == 0:
        return False, 0
    _sort(chosen, n)
    return True, judge(state, usual, rules, chosen, n, due, True, watched, numbers, work, out)


@njit
def _sort(values, n):
    """Sorts the first `n` (Shell's way; there are few)."""
    gap = 1
    while gap < n // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, n):
            value = values[i]
            j = i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap //= 3


@njit
def make_ready(cluster, rules):
    """Whether a cluster has grown enough to be judged at the end of the tick, and was not yet to be."""
    accounts, judged = np.int64(cluster.accounts), np.int64(cluster.judged)
    if accounts < rules.min_accounts or accounts < judged + max(1.0, judged * rules.growth):
        return False
    cluster.judged = accounts
    again = cluster.state & READY
    cluster.state |= READY
    return not again


def suspects(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Room for what `judge` finds among `n` clusters."""
    return np.empty(n, np.int64), np.zeros(n, PROFILE), np.zeros(n, VERDICT)
