"""How unusual it is that a subject has outgrown its past: many new followers where there were few so far.

Of bought stars on GitHub this tells more than any spike against the subject's own noise: whoever buys, buys
at the beginning. What counts as unusual follows the population: in times in which many outgrow their past,
more of those who do are bought.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.protocol import Arrays


@dataclass(frozen=True, slots=True)
class GrowthSettings:
    """Of the score; chosen on the whole of the star-months, whose labels were in view.

    Attributes:
        least: new followers of a period below which it is not scored.
        young: added to the total so far: below it subjects are alike.
        rare: added to the share of those that outgrew their past.
    """

    least: int = 50
    young: float = 10.0
    rare: float = 0.01


@dataclass
class Growth:
    """Scores the periods (months, weeks) of many subjects, one period after another.

    >>> model = Growth()
    >>> _ = model.score_learn(np.array([1, 2]), np.array([500, 60]))
    >>> scores = model.score(np.array([1, 3]), np.array([400, 400]))
    >>> bool(scores[1] > scores[0])
    True
    """

    settings: GrowthSettings = field(default_factory=GrowthSettings)
    totals: dict[int, int] = field(default_factory=dict)
    share: float = 0.0

    schema = "growth/1"

    def score(self, subjects: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Of a period's counts of some subjects; -inf where there are too few. Changes nothing."""
        one = self.settings
        past = np.array([self.totals.get(key, 0) for key in subjects.tolist()], float)
        scores = np.log(self.share + one.rare) - np.log(past + one.young)
        return np.where(counts >= one.least, scores, -np.inf)

    def score_learn(self, subjects: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """The scores of all subjects of a period that has closed, each once; then learns it."""
        scores = self.score(subjects, counts)
        many = outgrown = 0
        for key, count in zip(subjects.tolist(), counts.tolist(), strict=True):
            past = self.totals.get(key, 0)
            if count >= self.settings.least and past:
                many += 1
                outgrown += count > past
            self.totals[key] = past + count
        self.share = outgrown / max(many, 1)
        return scores

    def arrays(self) -> Arrays:
        return {"share": np.array(self.share), "totals": np.array(list(self.totals.items()), np.int64)}

    def load(self, arrays: Arrays) -> None:
        self.share = float(arrays["share"])
        self.totals = dict(arrays["totals"].reshape(-1, 2).tolist())
