"""How likely a verdict is to stand, learnt from those that people have decided.

A logistic regression (scikit-learn) on what is known of a verdict when it is made. It is held back by its
penalty: a few decisions move it little, and what was never decided differently is not told apart.
"""

from __future__ import annotations

import numpy as np

from models.protocol import Arrays

# Decisions of either kind before anything is learnt of them, and how many of the latest are remembered.
LEAST, REMEMBERED = 10, 2000


class Verdicts:
    """Learns from decided verdicts, and says of others how likely they are to stand.

    Args:
        features: numbers that a verdict is described by, each about between -3 and 3.

    >>> model = Verdicts(1)
    >>> model.probability(np.array([[1.0]])) is None
    True
    >>> model.learn(np.array([[x] for x in (-1.0, 1.0) * 20]), np.array([0, 1] * 20))
    >>> low, high = model.probability(np.array([[-1.0], [1.0]])).tolist()
    >>> low < 0.2 < 0.8 < high
    True
    """

    schema = "verdicts/1"

    def __init__(self, features: int) -> None:
        self._rows = np.zeros((0, features))
        self._stood = np.zeros(0, np.int8)
        self._weights = np.zeros(features + 1)

    @property
    def decided(self) -> int:
        """Decisions remembered."""
        return len(self._stood)

    @property
    def share(self) -> float:
        """Of the decided ones, those that stood."""
        return float(self._stood.mean()) if len(self._stood) else 0.0

    @property
    def ready(self) -> bool:
        """Whether there are enough decisions of both kinds."""
        stood = int(self._stood.sum())
        return min(stood, len(self._stood) - stood) >= LEAST

    def learn(self, rows: np.ndarray, stood: np.ndarray) -> None:
        """Takes decisions: features of shape (n, features), and whether each verdict stood."""
        self._rows = np.concatenate([self._rows, rows])[-REMEMBERED:]
        self._stood = np.concatenate([self._stood, stood.astype(np.int8)])[-REMEMBERED:]
        if self.ready:
            # Here, since it takes a second to import, and most never need it.
            from sklearn.linear_model import LogisticRegression

            model = LogisticRegression(C=0.5).fit(self._rows, self._stood)
            self._weights = np.append(model.coef_[0], model.intercept_)

    def probability(self, rows: np.ndarray) -> np.ndarray | None:
        """That each verdict stands; None while too little was decided."""
        if not self.ready:
            return None
        return np.asarray(1.0 / (1.0 + np.exp(-(rows @ self._weights[:-1] + self._weights[-1]))))

    def arrays(self) -> Arrays:
        return {"rows": self._rows, "stood": self._stood, "weights": self._weights}

    def load(self, arrays: Arrays) -> None:
        self._rows = np.asarray(arrays["rows"], float).reshape(-1, len(self._weights) - 1)
        self._stood = np.asarray(arrays["stood"], np.int8)
        self._weights = np.asarray(arrays["weights"], float)
