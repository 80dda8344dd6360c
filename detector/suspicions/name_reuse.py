"""A closed account's name, or one that reads the same, taken by somebody else (article 8.3).

Names are compared folded: case, spaces, punctuation, invisible characters and look-alikes do not count (after
the skeletons of Unicode Technical Standard 39). Not told: the same entity takes its own name back, a name
that a living account has as well (many are called so), and a transfer that was approved. On a platform where
people share short names it says nothing that two have the same, on one where they do not it says much: so
it is weighed by how often living accounts share names as long. Whoever takes a name by chance takes that of
any account ever closed, whoever waits for it takes it soon: the chance is that of a name given up no earlier.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from detector.cases.findings import Finding, Signal
from detector.suspicions.accounts import Accounts

KIND = "name_reuse"
# Names of one length are like all names until so many of them were seen.
_WEIGHT = 10.0


@dataclass(frozen=True, slots=True)
class Names:
    """How often names are shared on this platform.

    Attributes:
        alike, alike_shared: names as long as this one that accounts took, and how many of them a living
            account had already.
        taken, taken_shared: the same of all names.
        disguised: names with characters that nobody sees, or of mixed scripts.
        closed, known: names of accounts closed no earlier than the one in question, and names in all.
    """

    alike: float
    alike_shared: float
    taken: float
    taken_shared: float
    disguised: float
    closed: int
    known: int

    def chance(self) -> float:
        """How likely a name that somebody takes is that of an account closed so lately, by chance."""
        every = (self.taken_shared + 0.5) / (self.taken + 1.0)  # Krichevsky and Trofimov
        shared = (self.alike_shared + _WEIGHT * every) / (self.alike + _WEIGHT)
        return min(1.0, shared * max(self.closed, 1) / max(self.known, 1))


def judge(
    account: str,
    closed: str,
    name: str,
    ts: int,
    taken: int,
    closed_at: int,
    among: Names,
    same: bool,
    disguised: bool,
    samples: list[str],
    settings: Accounts,
) -> Finding | None:
    """The finding about an account that took a name, if it is one.

    Args:
        account, closed: who took it, and the closed account that had it.
        name: as it is written now.
        ts: end of the tick, ms.
        taken, closed_at: ms.
        same: whether it is written in the same way.
        disguised: whether it has characters that nobody sees, or mixes scripts.
    """
    chance = among.chance()
    surprise = -math.log10(chance)
    if surprise < settings.unlikely:
        return None
    how = "the same name as" if same else "a name that reads the same as that of"
    why = (
        f"{name!r} is {how} account {closed}, closed {(taken - closed_at) / 3_600_000:.1f} hours before; of "
        f"{among.alike:.0f} names as long {among.alike_shared:.0f} were a living account's already, of "
        f"{among.taken:.0f} in all {among.taken_shared:.0f}; {among.closed} of {among.known} were given up "
        "since"
    )
    signals = [Signal("closed_name", 1.0, chance, why, surprise, "similarity")]
    if disguised and not same:
        usual = (among.disguised + 1.0) / (among.taken + 10.0)
        why = f"it has invisible, wide or mixed letters, as {usual:.2%} of all names do"
        signals.append(Signal("disguised", 1.0, usual, why, -math.log10(usual), "provenance"))
    return Finding(
        kind=KIND,
        subject_type="account",
        subject=account,
        participants=[account],
        participants_total=1,
        ts=ts,
        start=taken,
        end=ts,
        since=closed_at,
        observed=1.0,
        expected=chance,
        signals=signals,
        samples=samples,
    )
