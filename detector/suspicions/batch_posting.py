# mypy: allow-untyped-defs, allow-untyped-calls
"""Many accounts publish one text, link or image: batch posting (article 18(4)).

A cluster of near-duplicates is evidence of similarity; how large it has to be depends on what honest people
do on this very stream: `models.text.usual` knows how often honest texts of such a length, differing from one
another in such a way (`models.text.texture`), reached so many accounts in such a time. Who posted is evidence
of provenance. A test counts for what it exceeds one decade, so that the tests together stay about as likely
to mislead as one.

Example that flags: 20 accounts post one sentence within some hours, a tenth of the letters changed in each.
Examples that do not: thousands write a charity's slogan; the phrase has its own rate, they their histories.
Thirty stations give the day's weather from one template: forms are nothing by themselves. Nor is a verse that
twenty quote, each after a greeting of his own, or what a hundred answer under one post, word for word. The
ten accounts of a media house repost one another with the line that names the source.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from detector.cases.findings import Signal
from models import tails
from models.text import usual as u
from models.text.texture import ALIKE, COPIED, TEXTURES

# What a text promises before the stream has taught anything: the probability that honest people bring 5
# accounts together with it in an hour, by kind. The longer a text, the less do people hit on it alone; under
# one post people echo each other; links and images are shared as a matter of course.
PRIOR_CHANCE = np.array([1e-3, 3e-5, 1e-6, 1e-6, 1e-2, 3e-4, 1e-5, 3e-6, 1e-2, 1e-3])
# In a day they have more time, and their texts meet in a turn of phrase, a signature, a tag; and what many
# write about the day's news, each in his way, has a day; edits of one text have it less.
DAY_FACTOR = np.array([20.0, 20.0, 200.0, 60.0])
# By how the texts differ: people copy a phrase, or add to it; what they fill in (forms, questions, greetings
# with a name, what a program posts for them) makes clusters ten times as often; that five of them change a
# long text all over, each elsewhere, takes an intention.
TEXTURE_FACTOR = np.array([1.0, 10.0, 0.05, 0.05])
# Phrases that live bring accounts over a long time, thick and thin; one in ten small ones is over at once.
OVER_FACTOR = 0.1


@dataclass(frozen=True)
class BatchPosting:
    """Settings.

    Attributes:
        false_alarms: false flags allowed in a million rows with text, links or media; sets the threshold.
        min_accounts: a cluster of fewer accounts is never looked at.
        min_length: characters of the folded text below which texts are not compared.
        with_repost: the same of a text that goes with a repost: a shorter one credits the source or greets
            it, and is no content of its own. How often a content is reposted is for other suspicions.
        agreement: of the 32 MinHash values, how many two texts must have in common to be near-duplicates:
            .28, just below the .30 .. .35 of edits of 10 .. 20 % of the characters.
        horizon_hours: how long a text without followers is remembered.
        settle_minutes: similarity alone is judged when no account has joined for so long, or longer:
        pause_chance: until a pause like this is so unlikely at the rate at which accounts have joined.
        least_others: decades that those who posted have to add, else similarity is alone; twice as many where
            the text explains itself: forms, answers to one author, what many name the source of.
        least_size: decades that similarity has to bring, else who posted is no matter of this suspicion.
        least_hits: accounts that a test of those who posted has to count to say anything.
        commonplace: similarity alone says nothing of a copied text that more accounts than this have posted.
        gathered: of the accounts that ever posted a copied text, the share that has to lie within an hour for
            similarity alone to be believed.
        sure: accounts from which the way in which texts differ is believed before the cluster has settled.
        alike, alike_day: how alike texts that were edited all over have to be two by two for similarity alone
            to be believed, within an hour and within a day. Copies with 10 % of the characters changed have
            .26 .. .37 of their 3-grams in common; chains of a turn of phrase less, and a day has longer ones.
        odds: and the mean odds of two of them, log10, given how rare it is what they have in common.
        prior_weight: clusters that the prior chances are worth against what the stream teaches.
        cap: decades that one test can bring: no single one is a verdict.
        growth: a cluster is judged, and named, again when its accounts have grown by this share.
        warmup_hours, warmup_decades: in the first hours of a stream, when nobody has a history yet, so many
            decades more are asked for, less and less.
        capacity: texts that are remembered, a power of two.
    """

    false_alarms: float = 10.0
    min_accounts: int = 5
    min_length: int = 8
    with_repost: int = 24
    agreement: int = 9
    horizon_hours: int = 72
    settle_minutes: int = 20
    pause_chance: float = 0.01
    least_others: float = 1.5
    least_size: float = 1.5
    least_hits: int = 3
    commonplace: int = 100
    gathered: float = 0.8
    sure: int = 5
    alike: float = 0.2
    alike_day: float = 0.25
    odds: float = 5.0
    prior_weight: float = 20_000.0
    cap: float = 6.0
    growth: float = 0.2
    warmup_hours: float = 24.0
    warmup_decades: float = 1.5
    capacity: int = 1 << 18

    @property
    def threshold(self) -> float:
        """Decades of surprise that the false-alarm budget asks for."""
        return float(np.log10(1e6 / self.false_alarms))


_TESTS = len(u.TESTS)
VERDICT = np.dtype(
    [
        ("total", "f8"),  # decades of surprise, all tests together
        ("size", "f8"),  # of the number of accounts alone
        ("expected", "f8"),  # accounts that were to be expected
        ("lived", "u1"),  # whether its own rate is what it was measured by
        ("others", "f8"),  # decades that those who posted add
        ("surprises", "f8", (_TESTS,)),
        ("baselines", "f8", (_TESTS,)),  # the usual shares
        ("hits", "f8", (_TESTS,)),  # accounts that the test counts
        ("of", "f8", (_TESTS,)),
    ]
)


@njit
def _size(row, usual, prior, weight, gathered, settled):
    """(decades of surprise that so many accounts came together, accounts expected, whether it has lived).

    A text that has lived for two windows, with as many posts before this one as accounts in it, has its own
    rate, and is measured by that.
    """
    accounts = row.accounts
    steep = 4.0 if accounts < 5 else (5.0 / accounts) ** 2
    chance = prior[row.kind] * steep * TEXTURE_FACTOR[row.texture]
    if row.window > 0:
        chance *= DAY_FACTOR[row.texture]
    honest = u.reached(usual, row.window, row.kind, row.texture, accounts, settled)
    begun = usual[u.STARTED + row.kind]
    over = settled and row.window == 0 and accounts >= gathered * row.all
    if over and row.texture == COPIED and row.kind < u.LINK:
        chance *= OVER_FACTOR
        honest *= OVER_FACTOR
    surprise = -np.log10(min(1.0, (chance * weight + honest) / (weight + begun)))
    length = u.WINDOWS_MS[row.window]
    lived = max(row.start, row.end - length) - row.first
    if lived < length or row.posts_before < accounts:
        return surprise, 1.0, False
    own = row.posts_before * length / lived
    # posts of one phrase come in bursts: a negative binomial of size 2
    return tails.negative_binomial(accounts, own, 2.0), own, True


@njit
def weigh(row, usual, norms, rules, ripe, settled, verdict):
    """Weighs a cluster within one window.

    Args:
        row: of `models.text.profile.PROFILE`.
        usual, norms: the baselines, and what `models.text.usual.norms` made of them.
        rules: the settings.
        ripe: 0..1: how much histories say, in the first hours of a stream.
        settled: whether the cluster has stopped growing; then it is measured by those that stopped too.
        verdict: a row of VERDICT, to be filled in.
    """
    verdict.size, verdict.expected, verdict.lived = _size(
        row, usual, PRIOR_CHANCE, rules.prior_weight, rules.gathered, settled
    )
    for t in range(3):
        verdict.hits[t], verdict.of[t], verdict.baselines[t] = row.low[t], row.of[t], norms.low[t]
    for t in range(2):
        verdict.hits[u.IP + t], verdict.of[u.IP + t] = row.sharing[t], max(0, row.having[t] - 1)
        before = 0.5 * row.having[t]  # so many are before an account, on average
        verdict.baselines[u.IP + t] = 1.0 - (1.0 - norms.chance[u.IP_PAIRS + t]) ** before
    verdict.hits[u.COMPANY], verdict.of[u.COMPANY] = row.company, row.accounts
    verdict.baselines[u.COMPANY] = 1.0 - (1.0 - norms.chance[u.ACTOR_PAIRS]) ** row.company_size
    story, rest = 0.0, 0.0
    for t in range(_TESTS):
        hits, of, base = verdict.hits[t], verdict.of[t], verdict.baselines[t]
        surprise = 0.0
        if t == u.COMPANY:
            surprise = row.company_surprise
        elif hits >= rules.least_hits and hits > of * base:
            n = tails.effective(of, norms.spread[t])
            surprise = tails.binomial_upper(hits * n / of, n, base)
        if t < u.AGE:
            surprise *= ripe
        verdict.surprises[t] = surprise
        beyond = max(0.0, min(surprise, rules.cap) - 1.0)
        # what an account did before, since when it is seen, how old it is: one story, the best counts
        if t < u.IP:
            story = max(story, beyond)
        else:
            rest += beyond
    verdict.others = story + rest
    verdict.total = verdict.size + verdict.others


@njit
def learn(profile, verdicts, usual, half, least):
    """Learns from a cluster, one row a window, that was not named. Changes `usual`.

    Of an hour: the most that it has brought together in one. What was copied and is spread over more time
    than an hour is a phrase that lives, however many came in its best one; else nothing is learnt from one of
    more than `half` decades, which is half suspect.
    """
    for i in range(len(profile)):
        row, verdict = profile[i], verdicts[i]
        if row.window == 0 and row.texture == COPIED and least <= row.peak <= row.all // 2:
            u.learn_size(usual, 0, row.kind, row.texture, row.peak)
        elif not verdict.lived and (row.window > 0 or verdict.total < half):
            u.learn_size(usual, row.window, row.kind, row.texture, row.accounts)
        if row.window == 1:
            for t in range(_TESTS):
                u.learn_spread(usual, t, verdict.hits[t], verdict.of[t], verdict.baselines[t])


_WHY = (
    "{hits:.0f} of {of:.0f} accounts had done next to nothing before; of all who post, {base:.0%} have.",
    "{hits:.0f} of {of:.0f} accounts had been seen first shortly before; of all who post, {base:.0%}.",
    "{hits:.0f} of {of:.0f} accounts were registered shortly before; of all who post, {base:.0%}.",
    "{hits:.0f} of {of:.0f} accounts came from an address of one before them; by chance {base:.1%} would.",
    "{hits:.0f} of {of:.0f} accounts came from a device of one before them; by chance {base:.1%} would.",
    "{hits:.0f} of {of:.0f} accounts had also published something else together; by chance {base:.1%}.",
)
_NAMES = (
    *("accounts_without_history", "accounts_first_seen", "accounts_young"),
    *("shared_addresses", "shared_devices", "same_company"),
)


def signals(row: np.ndarray, verdict: np.ndarray) -> list[Signal]:
    """The evidence about one cluster, from its row of the profile and of the verdict."""
    hours = u.WINDOWS_MS[int(row["window"])] // 3_600_000
    accounts, expected = int(row["accounts"]), float(verdict["expected"])
    thing = u.KINDS[int(row["kind"])]
    size, kept = float(verdict["size"]), round(float(row["kept"]), 3)
    out = [
        Signal(
            name="accounts_with_same_content",
            value=float(accounts),
            baseline=round(expected, 3),
            why=(
                f"{accounts} accounts published nearly the same ({thing}, {TEXTURES[int(row['texture'])]}) "
                f"within {hours} h; {expected:.1f} were to be expected, and honest content does so with a "
                f"probability of 10^-{size:.1f}."
            ),
            surprise=round(size, 3),
            evidence="similarity",
        )
    ]
    for test in np.flatnonzero((verdict["surprises"] >= 0.1) & (verdict["of"] > 0)).tolist():
        hits, of, base = (float(verdict[name][test]) for name in ("hits", "of", "baselines"))
        out.append(
            Signal(
                name=_NAMES[test],
                value=round(hits / of, 4),
                baseline=round(base, 4),
                why=_WHY[test].format(hits=hits, of=of, base=base),
                surprise=round(float(verdict["surprises"][test]), 3),
                evidence="similarity" if test == u.COMPANY else "provenance",
            )
        )
    if row["variants"] >= 3:
        alike, uneven = float(row["alike"]), float(row["uneven"])
        why = (
            f"{int(row['variants'])} different texts of {int(row['known'])} compared: {alike:.0%} alike two "
            f"by two, each with {kept:.0%} of what they have in common, lost at places {uneven:.0%} the same."
        )
        if alike >= ALIKE:
            why += f" By the rarity of it, two are copies with odds of 10^{float(row['odds']):.1f}."
        out.append(Signal("texts_alike", round(alike, 3), ALIKE, why, 0.0, "similarity"))
    if row["credited"]:
        why = f"{int(row['credited'])} further posts name a source and are not counted."
        out.append(Signal("credited_copies", float(row["credited"]), 0.0, why, 0.0, "provenance"))
    return out
