"""Many accounts publish one text, link or image: batch posting (article 18(4)).

A cluster of near-duplicates is evidence of similarity; how large it has to be depends on what honest people
do on this very stream: `models.text.usual` knows how often honest texts of such a length reached so many
accounts in such a time. Who posted is evidence of provenance. A test counts for what it exceeds one decade,
so that seven tests together stay about as likely to mislead as one.

Example that flags: 20 accounts without history post one sentence, a word changed in each, within an hour.
Example that does not: thousands write a charity's slogan; the phrase has its own rate, they their histories.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.cases.findings import Signal
from models import tails
from models.text import usual as u

# What a text promises before the stream has taught anything: the probability that honest people bring 5
# accounts together with it in an hour, by kind. The longer a text, the less do people hit on it alone; under
# one post people echo each other; links and images are shared as a matter of course.
PRIOR_CHANCE = np.array([1e-3, 5e-5, 5e-6, 2e-6, 1e-2, 5e-4, 5e-5, 1e-5, 1e-2, 1e-3])
# In a day they have more time.
DAY_FACTOR = 4.0


@dataclass(frozen=True)
class BatchPosting:
    """Settings.

    Attributes:
        false_alarms: false flags allowed in a million rows with text, links or media; sets the threshold.
        min_accounts: a cluster of fewer accounts is never looked at.
        min_length: characters of the folded text below which texts are not compared.
        agreement: of the 32 MinHash values, how many two texts must have in common to be near-duplicates:
            .28, just below the .30 .. .35 of edits of 10 .. 20 % of the characters.
        horizon_hours: how long a text without followers is remembered.
        settle_minutes: similarity alone is judged when no account has joined for so long.
        commonplace: similarity alone says nothing of a text that more accounts than this have posted.
        prior_weight: clusters that the prior chances are worth against what the stream teaches.
        cap: decades that one test can bring: no single one is a verdict.
        growth: a cluster is judged, and named, again when its accounts have grown by this share.
        warmup_hours, warmup_decades: in the first hours of a stream, when nobody has a history yet, so many
            decades more are asked for, less and less.
        capacity: texts that are remembered, a power of two.
    """

    false_alarms: float = 10.0
    min_accounts: int = 4
    min_length: int = 8
    agreement: int = 9
    horizon_hours: int = 72
    settle_minutes: int = 20
    commonplace: int = 100
    prior_weight: float = 20_000.0
    cap: float = 6.0
    growth: float = 0.2
    warmup_hours: float = 24.0
    warmup_decades: float = 1.0
    capacity: int = 1 << 18

    @property
    def threshold(self) -> float:
        """Decades of surprise that the false-alarm budget asks for."""
        return float(np.log10(1e6 / self.false_alarms))


@dataclass(frozen=True)
class Verdict:
    """What `judge` says, by row of the profile.

    Attributes:
        total: decades of surprise, all tests together.
        size: of the number of accounts alone.
        expected: accounts that were to be expected.
        others: decades that the other tests add.
        surprises: shape (rows, tests of `models.text.usual.TESTS`).
        baselines: the same shape: the usual shares.
    """

    total: np.ndarray
    size: np.ndarray
    expected: np.ndarray
    others: np.ndarray
    surprises: np.ndarray
    baselines: np.ndarray


def _hits(profile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(accounts or posts that a test counts, of how many), shape (rows, tests) each."""
    hits = np.column_stack((profile["low"], profile["sharing"], profile["edited"], profile["company"]))
    of = np.column_stack((profile["of"], profile["having"], profile["copies"], profile["accounts"]))
    return hits.astype(float), of.astype(float)


def baselines(profile: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """The share of honest members that each test would count, shape (rows, tests)."""
    _, low = u.shares(usual)
    out = np.empty((len(profile), len(u.TESTS)))
    out[:, : u.IP] = low
    for test, pairs, having in ((u.IP, u.IP_PAIRS, 0), (u.DEVICE, u.DEVICE_PAIRS, 1)):
        others = np.maximum(profile["having"][:, having] - 1, 0)
        out[:, test] = 1 - (1 - u.chance(usual, pairs)) ** others
    out[:, u.VARIANT] = u.edited(usual)
    out[:, u.COMPANY] = 1 - (1 - u.chance(usual, u.ACTOR_PAIRS)) ** profile["company_size"]
    return out


def size_surprise(
    profile: np.ndarray, usual: np.ndarray, params: BatchPosting
) -> tuple[np.ndarray, np.ndarray]:
    """(decades of surprise that so many accounts came together, accounts that were to be expected).

    A text that has lived for two windows has its own rate, and is measured by it as well.
    """
    window, kind, accounts = profile["window"], profile["kind"], profile["accounts"]
    prior = PRIOR_CHANCE[kind] * np.where(window == 0, 1.0, DAY_FACTOR)
    prior = prior * np.where(accounts < 5, 4.0, 5.0 / np.maximum(accounts, 1))
    weight = params.prior_weight
    chance = prior * weight + u.reached(usual, window, kind, accounts)
    surprise = -np.log10(np.minimum(chance / (weight + u.started(usual)[kind]), 1.0))
    length = np.array(u.WINDOWS_MS)[window]
    lived = np.maximum(profile["start"], profile["end"] - length) - profile["first"]
    own = profile["posts_before"] * length / np.maximum(lived, 1)
    expected = np.where(lived >= length, own, 1.0)
    for i in np.flatnonzero((lived >= length) & (own > 0)):
        # posts of one phrase come in bursts: a negative binomial of size 2
        surprise[i] = min(surprise[i], tails.negative_binomial(int(accounts[i]), float(own[i]), 2.0))
    return surprise, expected


def judge(profile: np.ndarray, usual: np.ndarray, params: BatchPosting) -> Verdict:
    """Weighs clusters; `profile` as `models.text.profile.profile` fills it, `usual` as in `models.text.usual`."""
    size, expected = size_surprise(profile, usual, params)
    base = baselines(profile, usual)
    hits, of = _hits(profile)
    correlation = u.spread(usual)
    surprises = np.zeros_like(base)
    for i, test in zip(*np.nonzero(hits > of * base), strict=True):
        n = tails.effective(float(of[i, test]), float(correlation[test]))
        surprises[i, test] = tails.binomial_upper(hits[i, test] * n / of[i, test], n, float(base[i, test]))
    surprises[:, u.COMPANY] = profile["company_surprise"]
    beyond = np.clip(np.minimum(surprises, params.cap) - 1.0, 0.0, None)
    # what an account did before, since when it is seen, and how old it is tell the same story: the best counts
    others = beyond[:, : u.IP].max(axis=1, initial=0.0) + beyond[:, u.IP :].sum(axis=1)
    return Verdict(size + others, size, expected, others, surprises, base)


def learn(profile: np.ndarray, usual: np.ndarray) -> None:
    """Learns from clusters that were found honest: one row each and window. Changes `usual`."""
    base = baselines(profile, usual)
    hits, of = _hits(profile)
    for i, row in enumerate(profile):
        u.learn_size(usual, int(row["window"]), int(row["kind"]), int(row["accounts"]))
        if row["window"] == 1:
            for test in range(len(u.TESTS)):
                u.learn_spread(usual, test, hits[i, test], of[i, test], float(base[i, test]))


_WHY = (
    "{hits:.0f} of {of:.0f} accounts had done next to nothing before; of all who post, {base:.0%} have.",
    "{hits:.0f} of {of:.0f} accounts had been seen first shortly before; of all who post, {base:.0%}.",
    "{hits:.0f} of {of:.0f} accounts were registered shortly before; of all who post, {base:.0%}.",
    "{hits:.0f} of {of:.0f} accounts share their address with another of them; by chance {base:.1%} would.",
    "{hits:.0f} of {of:.0f} accounts share their device with another of them; by chance {base:.1%} would.",
    "{hits:.0f} of {of:.0f} copies were edited a little; of all copies, {base:.0%} are.",
    "{hits:.0f} of {of:.0f} accounts had also published another text together; by chance {base:.1%} would have.",
)
_NAMES = (
    *("accounts_without_history", "accounts_first_seen", "accounts_young"),
    *("shared_addresses", "shared_devices", "edited_copies", "same_company"),
)


def signals(row: np.ndarray, verdict: Verdict, i: int) -> list[Signal]:
    """The evidence about one cluster: row `i` of the verdict, and its row of the profile."""
    hours = u.WINDOWS_MS[int(row["window"])] // 3_600_000
    accounts, expected = int(row["accounts"]), float(verdict.expected[i])
    thing = u.KINDS[int(row["kind"])]
    out = [
        Signal(
            name="accounts_with_same_content",
            value=float(accounts),
            baseline=round(expected, 3),
            why=(
                f"{accounts} accounts published nearly the same ({thing}) within {hours} h; {expected:.1f} were "
                f"to be expected, and honest content does so with a probability of 10^-{verdict.size[i]:.1f}."
            ),
            surprise=round(float(verdict.size[i]), 3),
            evidence="similarity",
        )
    ]
    hits, of = _hits(row.reshape(1))
    for test in np.flatnonzero((verdict.surprises[i] >= 0.1) & (of[0] > 0)):
        share, base = hits[0, test] / of[0, test], float(verdict.baselines[i, test])
        out.append(
            Signal(
                name=_NAMES[test],
                value=round(float(share), 4),
                baseline=round(base, 4),
                why=_WHY[test].format(hits=hits[0, test], of=of[0, test], base=base),
                surprise=round(float(verdict.surprises[i, test]), 3),
                evidence="similarity" if test in (u.VARIANT, u.COMPANY) else "provenance",
            )
        )
    if row["credited"]:
        why = f"{int(row['credited'])} further posts name a source and are not counted."
        out.append(Signal("credited_copies", float(row["credited"]), 0.0, why, 0.0, "provenance"))
    return out
