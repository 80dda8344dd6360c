"""What people decided about a flag, and what the service learns of it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Decision = Literal["confirmed", "dismissed", "appeal_upheld", "appeal_rejected"]
AGAINST: tuple[Decision, ...] = ("dismissed", "appeal_upheld")
"""Decisions by which a flag does not stand."""

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class Review(msgspec.Struct, frozen=True):
    """A decision about one flag.

    Attributes:
        flag: its id.
        ts: when it was decided, ms.
        reviewer: who decided; kept by whoever sends it, never here.
    """

    flag: Text
    decision: Decision
    ts: Moment = 0
    reviewer: str | None = None
    note: str | None = None


# Adaptive conformal inference (Gibbs, Candès, NeurIPS 2021, eq. 2), on the scale of decades: in the long run
# this share of the flags that are looked at is dismissed, however the traffic changes.
_TOLERATED, _STEP, _MOST = 0.05, 0.5, 6.0


def raised(decades: float, stands: bool) -> float:
    """By how many decades a kind's threshold lies above the budget's, after one more decision.

    >>> raised(0.0, stands=False)
    0.475
    >>> raised(0.475, stands=True)
    0.45
    """
    moved = decades + _STEP * ((0.0 if stands else 1.0) - _TOLERATED)
    return round(min(max(moved, 0.0), _MOST), 6)
