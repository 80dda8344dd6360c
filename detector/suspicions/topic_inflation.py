"""A manufactured hot topic: a closed circle posts on it and reposts and comments one another.

On an honest topic, many accounts write that have nothing to do with one another; those who repost and comment
are their readers, few of whom write on it themselves. In a closed circle writers and readers are the same.
So the writers who are tied to several of their number are looked for (a k-core: Seidman, Social Networks
1983), and of them is asked: do their reposts and comments come from writers of the topic (against the share
that is usual on all topics); do readers from outside stay away (against what the same writers' posts usually
get); who are they; and did they know one another before? A circle of friends does, and is left alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.engine import topics_rows as rows
from detector.suspicions.provenance import bonferroni
from detector.suspicions.settings import TopicInflation
from detector.suspicions.topic_graph import Graph, first_of
from models.tails import MOST, binomial_upper, effective, log_beta_cdf, negative_binomial

KIND = "topic_inflation"
_SAMPLES = 10
# The closed acts that are learnt from are those of accounts that had posted before; here those count that
# posted afterwards, too. The one is as likely as the other.
_EITHER_WAY = 2.0
# Posts in the midst of a push are hours old and will be read further: what they got so far is taken as half.
_SO_FAR = 0.5
# A dull topic is dull for all who write on it: how much the readers' number varies from topic to topic.
_READERS_SIZE = 2.0
_CORRELATION_MOST = 0.6
# How alike accounts on one topic are in a trait, as those of a group are (see detector.suspicions.lockstep).
_ALIKE = 0.15
# (bit, bit of those it is a share of, name, sentence)
_TRAITS = (
    (rows.FRESH, 0, "fresh_actors", "{part} of {whole} accounts were first seen within a day before"),
    (rows.YOUNG, rows.AGED, "young_accounts", "{part} of {whole} accounts are not 30 days old"),
    (
        rows.SAME_DEVICE,
        rows.HAS_DEVICE,
        "same_device",
        "{part} of {whole} accounts used a device that another had just used on the topic",
    ),
)


@dataclass(frozen=True, slots=True)
class Topic:
    """About one topic at the end of a tick.

    Attributes:
        ts: end of the tick, ms.
        entries: its posts, reposts and comments within two days, oldest first, dtype `topics_rows.ENTRY`.
        usual: of the platform, see `topics_rows`.
        others: of the platform's other topics, see `topics_shares.others`.
        pace: (start in ms, posts since) -> (expected posts, size of the negative binomial).
        habits: authors -> (posts, reposts and comments received on them), of all they published.
        pushed: accounts -> how many were in the circle of another topic that was flagged; `pushers`: of all
            that post, the share that were.
        names: (entries, which of `ENTRY.lengths`) -> strings.
    """

    ts: int
    entries: np.ndarray
    usual: np.ndarray
    others: tuple[float, float, float]
    pace: Callable[[int, int], tuple[float, float]]
    habits: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    pushed: Callable[[np.ndarray], int]
    pushers: float
    names: Callable[[np.ndarray, int], list[str]]


def judge(topic: Topic, settings: TopicInflation) -> tuple[Finding, np.ndarray] | None:
    """The finding about a topic, if it is one, and the accounts of the circle."""
    entries, graph = topic.entries, Graph(topic.entries)
    circle, known = graph.circle(settings.ties)
    if circle.sum() < settings.least:
        return None
    pushed = _pushed(topic, graph.accounts[circle])
    # Friends know one another; so do those who have pushed together before.
    if known > settings.acquainted and pushed.surprise < settings.inauthentic:
        return None
    own = graph.posted & circle[graph.actor]
    on_them = graph.acted[circle[graph.author[graph.acted]]]
    inside = graph.writers[graph.actor[on_them]]
    start = int(min(entries["ts"][own].min(), entries["ts"][on_them].min()))
    volume = _volume(topic, start, int((graph.posted & (entries["ts"] >= start)).sum()))
    closed = _closed(topic, int(inside.sum()), len(on_them), settings)
    if volume.surprise < settings.volume or closed.surprise < settings.closed:
        return None
    # Who acts on several of them is no reader by chance, though he may not have posted yet.
    readers = ~inside & ~graph.regulars(on_them, settings.regular)[graph.actor[on_them]]
    outside = _outside(topic, entries[own], int(readers.sum()))
    members = np.flatnonzero(circle[graph.actor])
    traits = _traits(entries[members[first_of(graph.actor[members])]], topic)
    traits.append(pushed)
    speaks = [outside.surprise, bonferroni(max(t.surprise for t in traits), len(traits))]
    if max(speaks) < settings.inauthentic:
        return None
    acquainted = Signal(
        "acquainted",
        known,
        _elsewhere(topic, rows.KNOWN) / max(topic.others[2], 1.0),
        f"{known:.0%} of the ties among {circle.sum()} accounts had been there before they met on the topic",
        evidence="similarity",
    )
    signals = [volume, closed, outside, *(t for t in traits if t.surprise >= 1.0), acquainted]
    subject = topic.names(entries[graph.posted][-1:], 3)
    # A name may have been overwritten where a single topic is most of the stream.
    if not subject:
        return None
    taking_part = circle | graph.helpers(circle, settings.regular + 1)
    ours = entries[taking_part[graph.actor] & (entries["ts"] >= start)]
    finding = _finding(topic, subject[0], signals, ours, start, int(taking_part.sum()), settings)
    return finding, graph.accounts[taking_part]


def _volume(topic: Topic, start: int, posts: int) -> Signal:
    expected, size = topic.pace(start, posts)
    hours = (topic.ts - start) / 3_600_000
    return Signal(
        "posts",
        float(posts),
        expected,
        f"{posts} posts on the topic in {hours:.1f} hours; {expected:.1f} are usual for it and other topics",
        negative_binomial(posts, expected, size),
    )


def _closed(topic: Topic, closed: int, acts: int, settings: TopicInflation) -> Signal:
    """The share of acts that come from writers of the topic."""
    others_closed, _, others_acts = topic.others
    mean = (others_closed + settings.prior * settings.weight) / (others_acts + settings.weight)
    baseline = min(_EITHER_WAY * mean, 0.95)
    share = closed / max(acts, 1)
    n = effective(float(acts), _correlation(topic.usual, settings))
    return Signal(
        "closed_circle",
        share,
        baseline,
        f"{closed} of {acts} reposts and comments on these accounts' posts came from accounts that post on "
        f"the topic themselves; {baseline:.0%} is usual",
        binomial_upper(share * n, n, baseline),
        "similarity",
    )


def _correlation(usual: np.ndarray, settings: TopicInflation) -> float:
    """How alike acts on one topic are in being closed, from the days of topics (intraclass correlation)."""
    days, shares, squares, inverses = usual[rows.DAYS : rows.DAYS + 4].tolist()
    mean = max((shares + settings.prior * settings.days) / (days + settings.days), 1e-3)
    spread = mean * (1.0 - mean)
    # The variance of a share is spread * (correlation + (1 - correlation) / n).
    learnt = squares - 2.0 * mean * shares + days * mean * mean
    found = max(learnt / spread - inverses, 0.0) / max(days - inverses, 1e-9) if days > 0.0 else 0.0
    out = (found * days + settings.correlation * settings.days) / (days + settings.days)
    return float(min(max(out, 0.02), _CORRELATION_MOST))


def _outside(topic: Topic, posts: np.ndarray, readers: int) -> Signal:
    """Acts of readers, against what the same accounts' posts get else."""
    authors, counts = np.unique(posts["actor"], return_counts=True)
    published, received = topic.habits(authors)
    all_posts, all_received = topic.usual[rows.POSTS], topic.usual[rows.RECEIVED]
    usual = (all_received + 1.0) / (all_posts + 1.0)
    # Without what they published here, but one post like any other.
    else_posts = np.maximum(published - counts, 0.0)
    got = np.maximum(received - _received(topic.entries, authors), 0.0)
    expected = float((_SO_FAR * counts * (got + usual) / (else_posts + 1.0)).sum())
    p = _READERS_SIZE / (expected + _READERS_SIZE)
    surprise = min(MOST, max(0.0, -log_beta_cdf(_READERS_SIZE, readers + 1.0, p) / math.log(10.0)))
    return Signal(
        "outside_readers",
        float(readers),
        expected,
        f"{readers} reposts and comments on the {len(posts)} posts came from readers who neither post on the "
        f"topic nor act on several of these accounts; {expected:.1f} by what their posts usually get",
        surprise,
        "provenance",
    )


def _received(entries: np.ndarray, authors: np.ndarray) -> np.ndarray:
    """How many acts on the topic each author has received."""
    acts = entries["author"][entries["bits"] & rows.POSTED == 0]
    acts = acts[np.isin(acts, authors)]
    return np.bincount(np.searchsorted(authors, acts), minlength=len(authors)).astype(float)


def _traits(first: np.ndarray, topic: Topic) -> list[Signal]:
    """Provenance of the accounts, each by its first entry, against that of all entries on other topics."""
    out = []
    for bit, of, name, sentence in _TRAITS:
        within = first[first["bits"] & of > 0] if of else first
        part = int((within["bits"] & bit > 0).sum())
        share = part / max(len(within), 1)
        baseline = (_elsewhere(topic, bit) + 1.0) / (_elsewhere(topic, of) + 2.0)
        n = effective(float(len(within)), _ALIKE)
        why = sentence.format(part=part, whole=len(within)) + f"; {baseline:.0%} is usual"
        surprise = binomial_upper(share * n, n, baseline)
        out.append(Signal(name, share, baseline, why, surprise, "provenance"))
    return out


def _pushed(topic: Topic, circle: np.ndarray) -> Signal:
    """How many of the circle pushed another topic before."""
    part, whole = topic.pushed(circle), len(circle)
    n, share = effective(float(whole), _ALIKE), part / whole
    baseline = max(topic.pushers, 0.01)
    why = f"{part} of {whole} accounts were in the circle of another topic that was flagged before"
    return Signal("pushed_before", share, baseline, why, binomial_upper(share * n, n, baseline), "provenance")


def _elsewhere(topic: Topic, bit: int) -> float:
    """Entries on other topics that have a bit; 0: all of them."""
    if not bit:
        return max(float(topic.usual[rows.ENTRIES]) - len(topic.entries), 0.0)
    own = int((topic.entries["bits"] & bit > 0).sum())
    return max(float(topic.usual[rows.BIT + bit.bit_length() - 1]) - own, 0.0)


def _finding(
    topic: Topic,
    subject: str,
    signals: list[Signal],
    ours: np.ndarray,
    start: int,
    accounts: int,
    settings: TopicInflation,
) -> Finding:
    posts = ours[ours["bits"] & rows.POSTED > 0]
    names, contents = sorted(set(topic.names(ours, 1))), sorted(set(topic.names(posts, 2)))
    return Finding(
        kind=KIND,
        subject_type="topic",
        subject=subject,
        ts=topic.ts,
        start=start,
        end=int(ours["ts"][-1]),
        observed=signals[0].value,
        expected=round(signals[0].baseline, 3),
        signals=signals,
        participants=names[: settings.participants],
        participants_total=accounts,
        contents=contents[: settings.participants],
        contents_total=len(posts),
        samples=topic.names(ours[-_SAMPLES:], 0),
    )
