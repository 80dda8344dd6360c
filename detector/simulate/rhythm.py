"""When people are awake: the daily and the weekly rhythm, by time zone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.simulate.config import DAY, HOUR

Times = NDArray[np.int64]

# Shares of a day's activity by local hour: a low at four, a lunch hump, the evening's peak.
_WORKDAY = np.array(
    [22, 12, 7, 4, 3, 5, 14, 30, 42, 45, 46, 50, 66, 58, 46, 45, 48, 54, 66, 80, 96, 100, 82, 48], dtype=float
)
_WEEKEND = np.array(
    [34, 22, 12, 7, 4, 4, 8, 16, 30, 46, 58, 64, 72, 70, 66, 64, 64, 66, 74, 86, 100, 104, 92, 62],
    dtype=float,
)


def local_hour(ts: Times, zone_hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hour of the local day, 0..24, of times in ms UTC."""
    return ((ts / HOUR) + zone_hours) % 24.0


def is_weekend(ts: Times, zone_hours: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the local day is a Saturday or a Sunday (1970-01-01 was a Thursday)."""
    day = np.floor((ts / HOUR + zone_hours) / 24.0).astype(np.int64)
    return (day + 3) % 7 >= 5


class Rhythm:
    """Draws moments of a window in proportion to how many people are up.

    Every day also has a weight of its own (weather, news), drawn once a window.
    """

    def __init__(self, rng: np.random.Generator, start: int, end: int, zones: NDArray[np.float64]) -> None:
        self.start, self.end = start, end
        steps = max(1, int(np.ceil((end - start) / (HOUR // 4))))
        edges = start + np.arange(steps + 1) * (HOUR // 4)
        middle = (edges[:-1] + HOUR // 8).astype(np.int64)
        days = int((end - start) // DAY) + 2
        mood = rng.lognormal(0.0, 0.08, size=days)
        self._edges = np.minimum(edges, end).astype(np.float64)
        self._cumulative = np.empty((len(zones), steps + 1))
        for z, zone in enumerate(zones):
            offset = np.full(len(middle), zone)
            hour = local_hour(middle, offset)
            table = np.where(
                is_weekend(middle, offset),
                np.interp(hour, np.arange(25), np.append(_WEEKEND, _WEEKEND[0])),
                np.interp(hour, np.arange(25), np.append(_WORKDAY, _WORKDAY[0])),
            )
            table = table * mood[((middle - start) // DAY).astype(np.int64)]
            cumulative = np.concatenate([[0.0], np.cumsum(table)])
            self._cumulative[z] = cumulative / cumulative[-1]

    def draw(self, rng: np.random.Generator, zone: NDArray[np.integer], after: Times | None = None) -> Times:
        """One moment (ms) for each entry of `zone` (index of a time zone), not before `after`."""
        out = np.empty(len(zone), dtype=np.int64)
        for z in range(len(self._cumulative)):
            chosen = np.flatnonzero(zone == z)
            if not len(chosen):
                continue
            low = np.zeros(len(chosen))
            if after is not None:
                low = np.interp(after[chosen], self._edges, self._cumulative[z])
            u = low + rng.random(len(chosen)) * (1.0 - low)
            out[chosen] = np.interp(u, self._cumulative[z], self._edges)
        return np.minimum(out, self.end - 1)

    def wakefulness(self, ts: Times, zone: NDArray[np.integer]) -> NDArray[np.float64]:
        """How much is going on at each time, 1 = the average of the window."""
        out = np.empty(len(ts))
        step = self._edges[1] - self._edges[0]
        index = np.clip(((ts - self.start) // step).astype(np.int64), 0, len(self._edges) - 2)
        density = np.diff(self._cumulative, axis=1) * (len(self._edges) - 1)
        out[:] = density[zone, index]
        return out
