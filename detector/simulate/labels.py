"""What was staged: the campaigns and the innocents, as they will be compared with flags."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

Pace = Literal["burst", "slow"]


@dataclass
class Campaign:
    """One attack on or for one subject. Accounts and contents are indices until they are written.

    `kinds` are the flags that find it; `also` are true of it, too, but do not count as found.
    """

    name: str
    kinds: tuple[str, ...]
    start: int
    end: int
    also: tuple[str, ...] = ()
    pace: Pace = "burst"
    role: str | None = None
    accounts: list[int] = field(default_factory=list)  # subjects that are accounts
    contents: list[int] = field(default_factory=list)
    about: list[int] = field(default_factory=list)  # contents that are subjects, but honest themselves
    entities: list[int] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    participants: list[int] = field(default_factory=list)
    comments: bool = False  # the texts of its comment events belong to its contents
    outsiders: tuple[int, ...] = ()  # act in its rows, but take no part: honest people that are used
    solo: bool = False  # the subject acts alone: nobody takes part
    handover: tuple[int, int] | None = None  # account, and when somebody else took it over
    note: str = ""


@dataclass
class Innocent:
    """Something that looks odd and is honest."""

    kind: str
    start: int
    end: int
    subjects: list[int] = field(default_factory=list)
    accounts: list[int] = field(default_factory=list)
    contents: list[int] = field(default_factory=list)
    entities: list[int] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    handover: tuple[int, int] | None = None  # account, and when somebody else took it over
    mute: float = 0.0  # share of ordinary traffic that falls out meanwhile
    note: str = ""


class Labels:
    """All that was staged. A row's label is `campaign(k)` = k, `innocent(k)` = -2 - k, or -1."""

    def __init__(self) -> None:
        self.campaigns: list[Campaign] = []
        self.innocents: list[Innocent] = []

    def campaign(self, campaign: Campaign) -> int:
        """Register an attack; the label of its rows."""
        self.campaigns.append(campaign)
        return len(self.campaigns) - 1

    def innocent(self, innocent: Innocent) -> int:
        """Register an innocent; the label of its rows."""
        self.innocents.append(innocent)
        return -1 - len(self.innocents)

    def mark(self) -> tuple[int, int]:
        """A place to go back to."""
        return len(self.campaigns), len(self.innocents)

    def rewind(self, mark: tuple[int, int]) -> None:
        """Forget what was registered since a mark."""
        del self.campaigns[mark[0] :]
        del self.innocents[mark[1] :]


def distinct(values: Iterable[int] | NDArray[Any]) -> list[int]:
    """Sorted and once each."""
    return sorted({int(v) for v in values})
