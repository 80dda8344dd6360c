"""Blast radius: a kind that suddenly flags far more than it used to is held back for people to look at."""

from __future__ import annotations

_HOUR_MS = 3_600_000
# Hours over which what is usual is learnt: a week.
_MEMORY = 168.0
# How many times the usual an hour's flags have to be.
_TIMES = 5.0


class Blast:
    """New flags an hour of event time, of one kind.

    Args:
        least: flags in an hour below which nothing is ever held; 0 switches this off.
        state: of an earlier one.
    """

    def __init__(self, least: int, state: list[float] | None = None) -> None:
        self._least = least
        self._hour, self._count, self._mean = state or [0.0, 0.0, 0.0]

    @property
    def state(self) -> list[float]:
        return [self._hour, self._count, self._mean]

    def add(self, ts: int) -> bool:
        """Counts a new flag; whether it is beyond what is usual."""
        hour = float(ts // _HOUR_MS)
        if hour > self._hour:
            # An hour of excess teaches no more than the limit.
            self._mean += (min(self._count, self._limit()) - self._mean) / _MEMORY
            self._mean *= (1.0 - 1.0 / _MEMORY) ** (hour - self._hour - 1.0)
            self._hour, self._count = hour, 0.0
        self._count += 1.0
        return self._least > 0 and self._count > self._limit()

    def _limit(self) -> float:
        return max(float(self._least), _TIMES * self._mean)
