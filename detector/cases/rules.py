"""What an operator decides about a kind of flag: whether it is sent, and on what legal ground it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Status = Literal["on", "held", "shadow"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Of one kind.

    Attributes:
        status: `on`: its flags are sent; `held`: they are sent as held, for people to look at before
            anything follows; `shadow`: they are only counted.
        legal_basis: articles that its flags rest on.
    """

    status: Status = "on"
    legal_basis: tuple[str, ...] = ()


Rules = Mapping[str, Rule]
EVERY: Rule = Rule()
"""Holds for a kind that has no rule of its own."""
