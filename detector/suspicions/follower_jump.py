"""A jump of followers that do not come as followers come.

Volume alone is no verdict, and no single trait of those behind it is: the burst must be surprising against
the account's own baseline, and two kinds of traits of the actors must be surprising too (their history, their
way to the account, their devices, their company). Company alone speaks where it is strong: many of them
follow one other account within days, though its popularity does not explain it.

So does a crowd out of nowhere, at an account that is known: honest crowds come by content, from one place, by
an invitation, or to somebody new, and all of that is taken out first.
"""

from __future__ import annotations

from detector.cases.findings import Finding, Signal
from detector.cases.fusion import total
from detector.engine.evidence import Evidence
from detector.engine.follows import (
    ADDRESSES,
    COMMON,
    COMPANY,
    COMPANY_PLACES,
    COMPANY_SURPRISE,
    COMPANY_USUAL,
    EXAMINED,
    KEPT,
    LED_KEPT,
    LISTED,
    PLACES,
)
from detector.suspicions import provenance
from detector.suspicions.follows import finding, volume_signal
from detector.suspicions.forced_subscription import is_forced
from detector.suspicions.named import BEFORE, crowd, trickled
from detector.suspicions.settings import Follows
from models.tails import MOST, binomial_upper

KIND = "follower_jump"
_WORDS = ("clicks", "reposts", "comments")
# What counts as one trait besides the others.
_SPEAKS = 1.5


def findings(evidence: Evidence, settings: Follows) -> list[tuple[int, Finding]]:
    """(place of the candidate, finding) of those that are one, from the candidates' columns."""
    out = []
    for i in range(len(evidence)):
        if is_forced(evidence, i, settings):
            continue
        volume, company = float(evidence.volume[i]), _company(evidence, i, settings)
        counts = evidence.counts[i]
        few = counts[COMPANY] < settings.company_trait * counts[EXAMINED]
        few |= counts[COMMON] < settings.company_named
        known = _known(evidence, i, settings)
        history, way, devices, serial = provenance.traits(evidence, i)
        keeping = company.surprise if company and not few else 0.0
        # Those who keep company were often in the same crowds: it is told once. And to an account that nobody
        # knew before there was no other way.
        serial = float(evidence.apart[i]) if keeping else serial
        traits = [history, way if known else 0.0, devices, serial, keeping]
        speaking = sum(one >= _SPEAKS for one in traits)
        sure = company is not None and not few and _sure(evidence, i, settings)
        sure &= not _led(evidence, i, settings.company_all_led)
        alone = sure and _alone(evidence, i, speaking, settings)
        if not alone and volume < settings.volume:
            continue
        # A way out of nowhere is what a rush is made of; another trait is something else.
        another = max(traits[0], *traits[2:]) >= _SPEAKS
        rushes = [
            told(evidence, i)
            for told, surprise in (
                (provenance.out_of_nowhere, evidence.rush[i]), (provenance.few_readers, evidence.crowd[i])
            )
            if known and surprise >= settings.rush and (another or _enough(evidence, i, settings))
        ]  # fmt: skip
        strong = max(traits[0], traits[2]) >= settings.trait_alone or serial >= settings.serial_alone
        strong |= speaking >= 2 and provenance.together(traits) >= settings.inauthentic
        told = bool(rushes) or sure or (strong and counts[EXAMINED] >= settings.named_least)
        # What goes on is the same crowd until nothing speaks any more.
        rises = max(evidence.rush[i], evidence.crowd[i]) >= settings.volume
        goes_on = evidence.again and (speaking >= 1 or rises)
        if not (alone or told or goes_on):
            continue
        if goes_on and not rushes:
            of_readers = evidence.crowd[i] > evidence.rush[i]
            rushes = [(provenance.few_readers if of_readers else provenance.out_of_nowhere)(evidence, i)]
        # A count that is nothing out of the ordinary is no reason: then the company is the whole evidence.
        signals = [volume_signal(evidence, i, "new followers")] if volume >= _SPEAKS else []
        signals += [company] if company else []
        signals += rushes
        signals += [_engagement(evidence, i)] if evidence.quiet[i] >= 1.0 else []
        signals += provenance.signals(evidence, i, company is not None)
        if total(signals) >= settings.worth or goes_on:
            # By the traits of a few nobody is told who came before them; all are looked at again later.
            few = bool(rushes) and counts[EXAMINED] < settings.named_least
            before = 0 if few else BEFORE
            chosen = crowd(evidence, i, company is not None and company.surprise >= 3.0, before)
            if alone and not few and _most(evidence, i, settings):
                chosen |= trickled(evidence, i, chosen, settings.company_share)
            if chosen.any():
                evidence.mark(i, before, chosen)
                out.append((i, finding(KIND, evidence, i, signals, chosen, settings, before)))
    return out


def _sure(evidence: Evidence, i: int, settings: Follows) -> bool:
    """Whether company is beyond what a small circle explains, in which everybody follows the same few.

    Only the one target counts that most share: it is the commonest of all that they name, at most four each.
    """
    common, listed, usual = (float(evidence.counts[i, k]) for k in (COMMON, LISTED, COMPANY_USUAL))
    closer = min(1.0, settings.closer * usual / listed)
    surprise = provenance.bonferroni(binomial_upper(common, listed, closer), 4.0 * listed)
    return bool(common >= settings.company_least and surprise >= settings.company_alone)


def _alone(evidence: Evidence, i: int, speaking: int, settings: Follows) -> bool:
    """Whether company needs no surprising volume: it is most of the window, or another trait speaks too."""
    if _most(evidence, i, settings):
        return evidence.volume[i] >= settings.volume or not _led(evidence, i, settings.company_led)
    return bool(speaking >= 2 and evidence.volume[i] >= settings.company_volume)


def _most(evidence: Evidence, i: int, settings: Follows) -> bool:
    """Whether most of the window keep company."""
    return bool(evidence.counts[i, COMPANY] >= settings.company_share * evidence.counts[i, EXAMINED])


def _led(evidence: Evidence, i: int, share: float) -> bool:
    """Whether content led so many of those who keep company: one author's accounts have the same readers."""
    return bool(evidence.counts[i, LED_KEPT] >= share * evidence.counts[i, KEPT])


def _enough(evidence: Evidence, i: int, settings: Follows) -> bool:
    """Whether a crowd speaks for itself: of many places; where no addresses are told they may all be one."""
    told = evidence.counts[i, ADDRESSES] > 0
    return bool(evidence.counts[i, PLACES] >= (settings.rush_least if told else settings.named_least))


def _known(evidence: Evidence, i: int, settings: Follows) -> bool:
    """Whether the account was known before the window."""
    before = evidence.known[i] * 60_000 - (evidence.ts - evidence.start[i])
    return bool(before >= settings.known_ms)


def _company(evidence: Evidence, i: int, settings: Follows) -> Signal | None:
    """How many follow other targets together, against what the popularity of those explains."""
    together, usual = float(evidence.counts[i, COMPANY]), float(evidence.counts[i, COMPANY_USUAL])
    # One person's accounts follow the same, from home and from work.
    if (
        evidence.counts[i, COMMON] < settings.company_least
        or evidence.counts[i, COMPANY_PLACES] < settings.company_places
    ):
        return None
    listed, common = (int(evidence.counts[i, k]) for k in (LISTED, COMMON))
    why = (
        f"{int(together)} of the {listed} who followed other accounts too within two days followed the same "
        f"ones ({common} of them one and the same); {usual:.2g} would, were those ten times as popular among "
        "them as among all"
    )
    surprise = min(MOST, float(evidence.counts[i, COMPANY_SURPRISE]))
    return Signal("company", together, usual, why, surprise, "similarity")


def _engagement(evidence: Evidence, i: int) -> Signal:
    """That clicks, reposts or comments did not rise with the followers, as they do when content draws."""
    k = int(evidence.quietest[i])
    growth = float(evidence.observed[i] / evidence.expected[i])
    observed, drawn = float(evidence.engaged[i, k]), float(evidence.engaged_usual[i, k]) * growth
    why = f"{int(observed)} {_WORDS[k]} in the same time; {drawn:.0f} if they had grown like the followers"
    return Signal("engagement", observed, drawn, why, float(evidence.quiet[i]), "provenance")
