"""Which flag is about which campaign, and what a false one fell for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from detector.evaluation.files import Campaign, Flag, Innocent, Labels

DAY_MS = 86_400_000
# A flag may come this much after a campaign's end and still be about it.
_GRACE = DAY_MS
# Two companies are the same when this share of either is in the other, and at least so many.
_SHARE = 0.5
_LEAST = 3
# Kinds that are about who acts together, whatever their subject is.
OF_COMPANIES = frozenset(
    {"lockstep", "batch_posting", "topic_inflation", "bulk_registration", "entity_cap", "comment_inflation"}
)
UNATTRIBUTED = "unattributed"
OTHER_KIND = "campaign_under_another_kind"


def in_time(flag: Flag, start: int, end: int) -> bool:
    """Whether a flag's window meets [start, end + a day], and the flag came after the start."""
    return flag.ts >= start and flag.window.start <= end + _GRACE and max(flag.window.end, flag.ts) >= start


def same_company(named: set[str], known: set[str]) -> bool:
    """Whether two sets overlap by half of the smaller one, a fifth of the larger, and three at least."""
    common = len(named & known)
    if common < min(_LEAST, len(known)) or not common:
        return False
    small, large = sorted((len(named), len(known)))
    return common >= _SHARE * small and common >= 0.2 * large


def is_about(flag: Flag, campaign: Campaign) -> bool:
    """Whether a flag speaks of a campaign: of its subject, or of its company, or of its contents."""
    if not in_time(flag, campaign.start, campaign.end):
        return False
    if flag.subject.id in campaign.subjects or flag.subject.id in campaign.contents:
        return True
    if flag.subject.type != "group" and flag.kind not in OF_COMPANIES:
        # Named the wrong beneficiary: the right company does not make up for it.
        return False
    return same_company(set(flag.participants), set(campaign.participants)) or same_company(
        set(flag.contents), set(campaign.contents)
    )


class Matches:
    """All flags against all labels.

    Attributes:
        finders: for each campaign, the flags that find it.
        true: flags that are about some campaign under a kind that is true of it.
        false: the others, each with the kind of innocent it fell for.
    """

    def __init__(self, flags: Iterable[Flag], labels: Labels) -> None:
        self.finders: dict[int, list[Flag]] = defaultdict(list)
        self.true: list[Flag] = []
        self.false: list[tuple[Flag, str]] = []
        fakes = {p for campaign in labels.campaigns for p in campaign.participants}
        for flag in flags:
            about = [k for k, c in enumerate(labels.campaigns) if is_about(flag, c)]
            right = [k for k in about if flag.kind in labels.campaigns[k].kinds]
            for k in right:
                self.finders[k].append(flag)
            known = any(flag.kind in labels.campaigns[k].also for k in about)
            if right or known or _of_hired(flag, fakes):
                self.true.append(flag)
            else:
                self.false.append((flag, OTHER_KIND if about else attribute(flag, labels.innocents)))


def _of_hired(flag: Flag, fakes: set[str]) -> bool:
    """A group made of accounts hired for several campaigns is no campaign's own, but true."""
    if flag.subject.type != "group" or not flag.participants:
        return False
    return len(fakes.intersection(flag.participants)) >= 0.6 * len(flag.participants)


def attribute(flag: Flag, innocents: list[Innocent]) -> str:
    """The kind of innocent that a false flag is about.

    First by subject, then by content, then by half of the participants; of several, the one that shares most.
    An innocent without subject, account or content (a day) comes last.
    """
    best, most = UNATTRIBUTED, 0.0
    participants, contents = set(flag.participants), set(flag.contents)
    for innocent in innocents:
        named = bool(innocent.subjects or innocent.accounts or innocent.contents)
        if not in_time(flag, innocent.start, innocent.end if named else innocent.end - _GRACE):
            continue
        weight = 0.0 if named else 0.01
        if flag.subject.id in innocent.subjects:
            weight += 3 + 1 / len(innocent.subjects)
        if flag.subject.id in innocent.contents or contents.intersection(innocent.contents):
            weight += 2
        if participants:
            common = len(participants.intersection(innocent.accounts)) / len(participants)
            weight += common if common >= _SHARE else 0.0
        elif flag.subject.id in innocent.accounts:
            weight += 0.5
        if weight > most:
            best, most = innocent.kind, weight
    return best
