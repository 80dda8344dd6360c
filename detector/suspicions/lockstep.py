"""Accounts that act together on the same contents, again and again.

After SynchroTrap (Cao et al., CCS 2014): what matters is who acts on the same objects within the same time.
Three things bring honest people together: what all look at, what their idol has just published, and their own
house. So contents that very many act on count for nothing; what comes together just after the publication
counts only where the same company does so with several authors, and not all of it every time, as fans do;
some time after the publication one of both is enough, and so it is where the accounts are suspect themselves;
and authors who are members do not count.

Accounts that have met more than once make a group; one that is hired by two rings joins theirs. So a group's
contents are sorted first: those that largely the same accounts act on are of one ring.
"""

from __future__ import annotations

import math

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.engine import company_rows as rows_
from detector.suspicions.company import UNSEEN, Company, Together, all_there, faithful, latest
from detector.suspicions.provenance import bonferroni
from detector.suspicions.settings import Lockstep
from models.tails import MOST, binomial_upper, effective

KIND = "lockstep"
# (bit of an act, bit of those it is a share of, name, sentence)
_SHARES = (
    (
        rows_.COLD,
        0,
        "no_earlier_touch",
        "{part} of {whole} acts came without an earlier one on the same author",
    ),
    (
        rows_.FRESH,
        0,
        "fresh_actors",
        "{part} of {whole} acts are of accounts first seen within a day before",
    ),
    (rows_.YOUNG, rows_.AGED, "young_accounts", "{part} of {whole} acts are of accounts not 30 days old"),
    (rows_.SAME_ADDRESS, 0, "same_address", "{part} of {whole} acts share an address with one just before"),
    (rows_.SAME_DEVICE, 0, "same_device", "{part} of {whole} acts share a device with one just before"),
)
# How alike the acts of one group are in a share: as the followers of one subject are before the stream has
# taught it (see detector.engine.evidence).
_CORRELATION = 0.15
_SAMPLES = 10
# Share of the contents on which fans are there on average; of a ring some are sent each time.
_FANS = 0.8
# Of a company that is there late, too, those are named that come just after the publication as well.
_LATE = 0.4


def judge(group: Together, settings: Lockstep) -> list[Finding]:
    """The findings about a group: one for each ring in it."""
    outside = group.acts.take(~np.isin(group.acts.acts["author"], group.members))
    company = Company(outside.take(latest(outside.acts, settings)), group, settings)
    found = []
    for ring in company.rings():
        contents = _without_house(company, ring, group)
        if len(contents) < settings.support:
            continue
        there = all_there(company, contents, group)
        # A crowd of which the group was only a part is told apart once all who were there are known.
        for part in there.rings():
            if finding := _ring(there.only(part), group, settings):
                found.append(finding)
    return found


def _without_house(company: Company, contents: np.ndarray, group: Together) -> np.ndarray:
    """The contents without those of authors who act on what these accounts, or these authors, publish.

    Of a house all accounts do both, and its last ones may not have met the others yet.
    """
    author = np.zeros(len(company.contents), np.int64)
    author[company.content] = company.acts["author"]
    authors = np.unique(author[contents])
    theirs = group.acts_of(authors).acts
    ours = np.isin(theirs["author"], np.union1d(authors, group.members))
    ours &= theirs["author"] != theirs["account"]
    return contents[~np.isin(author[contents], theirs["account"][ours])]


def _ring(company: Company, group: Together, settings: Lockstep) -> Finding | None:
    """The finding about who was together on some contents, if it is one."""
    found = faithful(company, company.common, settings)
    if found is None:
        return None
    taking_part = found[0].any(axis=0)
    ours, shares, told = _acts_and_traits(company, found[0], group, settings)
    if not _several_authors(company, found[0]) or (_every_time(found[0]) and not told):
        found = faithful(company, company.common & company.late, settings)
        if found is None:
            return None
        ours, shares, told = _acts_and_traits(company, found[0], group, settings)
        if not _several_authors(company, found[0]) and _every_time(found[0]) and not told:
            return None
        members = found[0].any(axis=0)
        if members.sum() < _LATE * taking_part.sum():
            taking_part = members
    together = _together(company, group, *found)
    if together.surprise < (settings.company if told else settings.company_alone):
        return None
    rows = company.accounts[taking_part]
    names = sorted(group.names(rows))
    return Finding(
        kind=KIND,
        subject_type="group",
        subject=group.name(rows),
        ts=group.ts,
        start=int(ours["ts"][0]),
        end=group.ts,
        observed=together.value,
        expected=round(together.baseline, 3),
        signals=[together, *(signal for signal in shares if signal.surprise >= 1.0)],
        participants=names[: settings.participants],
        participants_total=len(names),
        samples=group.event_ids(ours[-_SAMPLES:]),
    )


def _acts_and_traits(
    company: Company, there: np.ndarray, group: Together, settings: Lockstep
) -> tuple[np.ndarray, list[Signal], bool]:
    """(the acts of those who are there, their provenance, whether a trait of it speaks)."""
    ours = company.acts[company.common & there[company.content, company.account]]
    shares = _shares(ours, group.usual)
    cold, fresh, young, _, device = (share.surprise for share in shares)
    return ours, shares, max(cold, bonferroni(max(fresh, young), 2), device) >= settings.speaks


def _several_authors(company: Company, there: np.ndarray) -> bool:
    """Whether the company is about more than one author: it came to two contents at least of others."""
    author = np.zeros(len(company.contents), np.int64)
    author[company.content] = company.author
    full = there.sum(axis=1) >= max(3.0, 0.25 * int(there.any(axis=0).sum()))
    return bool(full.sum() - np.bincount(author[full]).max(initial=0) >= 2)


def _every_time(there: np.ndarray) -> bool:
    """Whether those who come are there nearly every time, as fans are."""
    contents, members = there.any(axis=1).sum(), there.any(axis=0).sum()
    return bool(there.sum() >= _FANS * contents * members)


def _together(company: Company, group: Together, there: np.ndarray, surprise: np.ndarray) -> Signal:
    """How many members act on each common content, against how many chance would bring there.

    These members were looked for among all accounts: the number of such sets counts against it.
    """
    contents = surprise > 0.0
    authors = len(np.unique(company.author[contents[company.content]]))
    together, m, size = int(there.sum()), int(there.any(axis=0).sum()), group.accounts + UNSEEN
    sets = (math.lgamma(size + 1) - math.lgamma(m + 1) - math.lgamma(size - m + 1)) / math.log(10.0)
    expected = float(company.shown[contents].sum()) * company.chance(there)
    why = (
        f"{m} accounts acted within ten minutes of one another on {contents.sum()} contents of {authors} "
        f"authors, three or more on each, {together} times in all; {expected:.1f} if each had chosen for "
        "himself"
    )
    net = min(MOST, max(0.0, float(surprise.sum()) - sets))
    return Signal("company", float(together), expected, why, net, "similarity")


def _shares(acts: np.ndarray, usual: np.ndarray) -> list[Signal]:
    """Provenance of the acts against that of all acts."""
    signals = []
    for bit, of, name, sentence in _SHARES:
        within = acts[acts["bits"] & of > 0] if of else acts
        all_within = float(usual[_place(of)]) if of else float(usual[0])
        part = int((within["bits"] & bit > 0).sum())
        share = part / max(len(within), 1)
        baseline = (float(usual[_place(bit)]) + 1.0) / (all_within + 2.0)
        n = effective(float(len(within)), _CORRELATION)
        # That they share an address only informs: so do those who work, learn or live together.
        surprise = binomial_upper(share * n, n, baseline) if bit != rows_.SAME_ADDRESS else 0.0
        why = sentence.format(part=part, whole=len(within)) + f"; {baseline:.0%} is usual"
        signals.append(Signal(name, share, baseline, why, surprise, "provenance"))
    return signals


def _place(bit: int) -> int:
    """Where a bit is counted in `usual`."""
    return bit.bit_length()
