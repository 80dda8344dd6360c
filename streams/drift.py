"""Whether events still carry what the evidence rests on: fields that vanish make people look alike.

A producer that stops sending devices is no attack, but what is usual was learnt while it did. ADWIN (Bifet,
Gavaldà, SDM 2007; river's) tells when the share of events that have a field has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from river.drift import ADWIN

FIELDS = ("ip", "device", "source", "created")
# Events whose share is one observation, and how seldom a change may be seen where there is none.
_EVENTS, _DELTA = 500, 1e-6


# river has no types.
_adwin: Any = partial(ADWIN, delta=_DELTA)


class FieldShares:
    """Follows the share of events of each type that have each of `FIELDS`.

    Args:
        drifted: is told (type, field, share now) when one has changed.
    """

    def __init__(self, drifted: Callable[[str, str, float], None]) -> None:
        self._drifted = drifted
        self._counts: dict[str, np.ndarray] = {}
        self._detectors: dict[tuple[str, str], Any] = {}

    def take(self, kind: str, rows: np.ndarray) -> None:
        """Takes events of a type; rows as of `detector.engine.rows.EVENT`."""
        counts = self._counts.setdefault(kind, np.zeros(len(FIELDS) + 1, np.int64))
        counts[-1] += len(rows)
        for k, field in enumerate(FIELDS):
            counts[k] += np.count_nonzero(rows[field])
        if counts[-1] < _EVENTS:
            return
        for field, share in zip(FIELDS, (counts[:-1] / counts[-1]).tolist(), strict=True):
            detector = self._detectors.setdefault((kind, field), _adwin())
            detector.update(share)
            if detector.drift_detected:
                self._drifted(kind, field, share)
        counts[:] = 0
