"""Many accounts registered together by one hand (articles 10.3 and 18.8).

That many share an address, a device, an entity or a numbered name is where to look, and no verdict: a class
on its first day has one address, a carrier's customers have few. What tells them apart is what comes after.
Who registers for himself looks round, follows somebody, reads; accounts that were made in stock lie idle, or
all do the same. Those who follow one another are company.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.engine.accounts_bulk import LATE_MINUTES, SOON_MINUTES
from detector.engine.accounts_rows import OF_ADDRESS, OF_DEVICE, OF_ENTITY, OF_PATTERN, TRAITS
from detector.suspicions.accounts import Accounts
from models.tails import binomial_upper, effective, fused, negative_binomial

KIND = "bulk_registration"
# Counts that share a trait scatter as their mean does: whole households and offices register together.
_SIZE = 1.0
# How alike people are in what they do after registering: those with one address sit in one room.
_CORRELATION, _CORRELATION_THERE = 0.05, 0.15
# What is believed before the stream has taught it, and its weight in registrations.
_PRIOR_IDLE, _PRIOR_SHARED, _WEIGHT = 0.5, 0.05, 20.0
# Surprise of doing nothing that goes with what is shared: odds of one in three.
_IDLE = 0.5
# A subject is common to the group when so many of those who act at all act on it.
_COMMON = 0.6
# So many who follow one another are a circle of people who know one another.
_CIRCLE = 1 / 3
_SHARES = ("name the same entity", "have the same device", "have the same address", "have a numbered name")
_NAMES = ("entities", "devices", "addresses", "numbered_names")


@dataclass(frozen=True, slots=True)
class Registered:
    """Accounts whose registrations share a trait.

    Attributes:
        ts: end of the tick, ms.
        trait: which one, of TRAITS.
        expected: how many there would be at the trait's usual share.
        rows: of the accounts, oldest first.
        at: when they registered, s.
        first_act: minutes from there to the first act, 65,535: none.
        shared: shape (n, 4): whether each shares each trait with one registered within a day before.
        entities: rows of their entities plus one, 0: not known.
        circles: shape (n, 8), upper bits of the hashes of the subjects each acted on first.
        prints: the same of the accounts themselves.
        others: gives the circles of the other newcomers of the day, shape (m, 8).
        idle, idle_late: share of all newcomers that did nothing within one and six hours, and of how many.
        usual, registrations: share of all newcomers that share each trait, and of how many.
    """

    ts: int
    trait: int
    expected: float
    rows: np.ndarray
    at: np.ndarray
    first_act: np.ndarray
    shared: np.ndarray
    entities: np.ndarray
    circles: np.ndarray
    prints: np.ndarray
    others: Callable[[], np.ndarray]
    idle: tuple[float, float]
    idle_late: tuple[float, float]
    usual: np.ndarray
    registrations: float


def judge(group: Registered, settings: Accounts) -> tuple[list[Signal], np.ndarray] | None:
    """The signals about a group, and which of its accounts take part; None when it is not suspect."""
    n = len(group.rows)
    if n < settings.least:
        return None
    trait = group.trait
    volume = _volume(group)
    if volume.surprise < settings.shared:
        return None
    soon, late = _idle(group, SOON_MINUTES, *group.idle), _idle(group, LATE_MINUTES, *group.idle_late)
    others = [
        _shared(group, each, settings.cap)
        for each in range(len(TRAITS))
        if each != trait or each == OF_DEVICE
    ]
    alike = _alike(group)
    # One company may register as many accounts as it is allowed, and one room may wait for its first lesson.
    one = n <= settings.cap and len(set(group.entities.tolist())) == 1
    dear = max(each.surprise for each in others)
    if trait == OF_ENTITY and n > settings.cap:
        dear = max(dear, settings.inauthentic)  # more in hours than it may have at all
    room = trait == OF_ADDRESS and dear < settings.inauthentic
    told = late.surprise if one or room else max(late.surprise, soon.surprise, alike.surprise)
    # A device is dear, and two things shared are; but not where people then act as people do.
    if dear >= settings.inauthentic and told >= _IDLE:
        told = fused([dear, told])
    if told < settings.inauthentic:
        return None
    signals = [volume, *(s for s in (soon, late, alike, *others) if s.surprise >= 1.0)]
    chosen = np.ones(n, bool)
    if trait == OF_ADDRESS:
        # Honest people may have the same address: those are named who do nothing, or share something more.
        more = group.shared[:, [OF_ENTITY, OF_DEVICE, OF_PATTERN]].any(axis=1)
        chosen = (group.first_act > LATE_MINUTES) & (group.ts // 1000 - group.at >= 60 * LATE_MINUTES) | more
        if chosen.sum() < settings.least:
            return None
    return signals, chosen


def farm(companies: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """By which accounts the groups are known that share devices beside this one, oldest group first.

    Each of them was found by itself; several that come within hours are one farm of devices.

    Args:
        companies: of those who registered lately, oldest first, by which account the group is known that each
            was named in; 0: in none.
        shares: whether each has the device of one before.
    """
    groups, first = np.unique(companies[companies > 0], return_index=True)
    groups = groups[np.argsort(first)]
    keep = [2 * int(shares[companies == group].sum()) >= int((companies == group).sum()) for group in groups]
    return np.asarray(groups[np.array(keep, bool)])


def beside(accounts: int) -> Signal:
    """What informs of the other groups of a farm."""
    why = f"{accounts} more accounts registered within these hours, in other groups with a device each"
    return Signal("beside", accounts, 0.0, why, 0.0, "similarity")


def finding(
    group: Registered,
    signals: list[Signal],
    at: np.ndarray,
    seed: str,
    names: list[str],
    samples: list[str],
    settings: Accounts,
) -> Finding:
    """The finding about a group.

    Args:
        at: when those named registered, s.
        seed: the account that the group is known by.
        names: of those named.
    """
    at = at * 1000
    return Finding(
        kind=KIND,
        subject_type="group",
        subject="g-" + hashlib.blake2b(f"{KIND}\0{seed}".encode(), digest_size=8).hexdigest(),
        ts=group.ts,
        start=int(at.min()),
        end=max(int(at.max()), int(at.min())),
        since=int(group.at.min()) * 1000,
        observed=float(len(group.rows)),
        expected=round(group.expected, 4),
        signals=signals,
        participants=sorted(names)[: settings.participants],
        participants_total=len(names),
        samples=samples,
    )


def _volume(group: Registered) -> Signal:
    n = len(group.rows)
    hours = (int(group.at.max()) - int(group.at.min())) / 3600
    why = (
        f"{n} accounts registered within {hours:.1f} hours {_SHARES[group.trait]}; {group.expected:.2g} by "
        "its share of all registrations before"
    )
    surprise = negative_binomial(float(n), max(group.expected, 1e-3), _SIZE)
    return Signal("registrations", n, group.expected, why, surprise, "volume")


def _idle(group: Registered, minutes: int, share: float, of: float) -> Signal:
    """How many have done nothing for so long, of those registered as long ago."""
    ripe = group.ts // 1000 - group.at >= 60 * minutes
    n, idle = int(ripe.sum()), int((ripe & (group.first_act > minutes)).sum())
    baseline = (share * of + _PRIOR_IDLE * _WEIGHT) / (of + _WEIGHT)
    even = effective(float(n), _CORRELATION_THERE if group.trait == OF_ADDRESS else _CORRELATION)
    surprise = binomial_upper(idle / n * even, even, baseline) if n else 0.0
    hours = minutes // 60
    why = f"{idle} of {n} did nothing within {hours} h of registering, logins aside; {baseline:.0%} is usual"
    return Signal(f"idle_{hours}h", idle / max(n, 1), baseline, why, surprise, "provenance")


def _shared(group: Registered, other: int, cap: int) -> Signal:
    """How many share another trait as well; that it is the address only informs."""
    n, part = len(group.rows), int(group.shared[:, other].sum())
    of = group.registrations
    baseline = (float(group.usual[other]) * of + _PRIOR_SHARED * _WEIGHT) / (of + _WEIGHT)
    even = effective(float(n), _CORRELATION_THERE)
    surprise = binomial_upper(part / n * even, even, baseline) if other != OF_ADDRESS else 0.0
    owners = len(set(group.entities.tolist()) - {0})
    # Where no entity is told it may be one, but then it may have so many accounts and no more.
    if other in (OF_ENTITY, OF_DEVICE) and 2 * owners < part and (owners or n <= cap):
        surprise = 0.0  # one company with one telephone
    kind = "similarity" if other == OF_PATTERN else "provenance"
    why = f"{part} of {n} {_SHARES[other]} as one registered within a day before; {baseline:.1%} is usual"
    return Signal(f"shared_{_NAMES[other]}", part / n, baseline, why, surprise, kind)


def _alike(group: Registered) -> Signal:
    """Whether those who act at all act on the same subjects, which other newcomers do not."""
    active = group.circles[(group.circles != 0).any(axis=1)]
    n = len(active)
    none = Signal("same_subjects", 0.0, 0.0, "", 0.0, "similarity")
    if n < 5 or float(np.isin(active, group.prints[group.prints != 0]).any(axis=1).mean()) >= _CIRCLE:
        return none
    subjects, counts = np.unique(active[active != 0], return_counts=True)
    best, others = none, group.others()
    for subject, count in zip(subjects.tolist(), counts.tolist(), strict=True):
        if count < _COMMON * n:
            continue
        baseline = (float((others == subject).any(axis=1).sum()) + 1.0) / (len(others) + 20.0)
        even = effective(float(n), _CORRELATION_THERE)
        surprise = binomial_upper(count / n * even, even, baseline) - math.log10(len(subjects))
        if surprise > best.surprise:
            why = (
                f"{count} of the {n} who acted began with the same subject; {baseline:.1%} of the others did"
            )
            best = Signal("same_subjects", count / n, baseline, why, surprise, "similarity")
    return best
