# mypy: allow-untyped-defs, allow-untyped-calls
"""How unusual an edge (who acts on whom) is at its time: bursts of a source, or at a destination.

The baseline of a node is what it had in its hours so far, each hour clipped, so that a flood does not teach
that floods are usual. Beside it stand two counts that fade: one within minutes, one within a day. Compared
with MIDAS-F (Bhatia et al., TKDD 2022) nothing is hashed, no edge is kept, and the clip stands in place of
its conditional merge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from models.protocol import Arrays

NODE = np.dtype([("quick", "f8"), ("slow", "f8"), ("clipped", "f8"), ("hour", "f8"), ("last", "i8")])
# A row of a node is its side's; both sides of one node are apart.
SIDES = 2


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """Of the score. Chosen on the first half of DARPA 1998, judged on the second.

    Attributes:
        weight: of the slow count against the quick one, in the logarithm.
        quick, slow: what is left of a count after a minute.
        cap: edges of an hour that its baseline learns at most.
        least: edges an hour that every node is taken to have.
    """

    weight: float = 0.5
    quick: float = 0.5
    slow: float = 2.0 ** (-1 / 1440)
    cap: float = 60.0
    least: float = 1.0


class EdgeScore:
    """Scores edges one after another; nodes are numbers below `capacity`.

    Args:
        capacity: nodes at most.

    >>> model = EdgeScore(4)
    >>> quiet = model.score_learn(np.array([0, 1]), np.array([2, 3]), np.array([60, 120]))
    >>> flood = model.score_learn(np.zeros(50, int), np.full(50, 3), np.full(50, 180))
    >>> bool(flood[-1] > quiet.max() + 1)
    True
    """

    schema = "edges/1"

    def __init__(self, capacity: int, settings: EdgeSettings = EdgeSettings()) -> None:
        self.settings = settings
        self.nodes = np.zeros(SIDES * capacity, NODE)

    def score(self, sources: np.ndarray, destinations: np.ndarray, minutes: np.ndarray) -> np.ndarray:
        """Of each edge as if it came next; int64 of shape (n,) each. Changes nothing."""
        out = np.empty(len(sources))
        _score(self.nodes, self._numbers, sources, destinations, minutes, out)
        return out

    def score_learn(self, sources: np.ndarray, destinations: np.ndarray, minutes: np.ndarray) -> np.ndarray:
        """Of each edge after those before it, which are learnt; `minutes` do not fall."""
        out = np.empty(len(sources))
        _score_learn(self.nodes, self._numbers, sources, destinations, minutes, out)
        return out

    def arrays(self) -> Arrays:
        return {"nodes": self.nodes.copy()}

    def load(self, arrays: Arrays) -> None:
        self.nodes[:] = arrays["nodes"]

    @property
    def _numbers(self) -> tuple[float, ...]:
        one = self.settings
        return one.weight, math.log(one.quick), math.log(one.slow), one.cap, one.least


@njit(inline="always")
def _step(node, minute, quick, slow, cap):
    """The node's counts with one more edge: (quick, slow, clipped, hour)."""
    gap = minute - node.last
    u, v, clipped, hour = node.quick, node.slow, node.clipped, node.hour
    if gap > 0:
        u *= np.exp(quick * gap)
        v *= np.exp(slow * gap)
        if minute // 60 != node.last // 60:
            clipped += min(hour, cap)
            hour = 0.0
    return u + 1.0, v + 1.0, clipped, hour + 1.0


@njit(inline="always")
def _unusual(u, v, clipped, minute, weight, least):
    return (1.0 - weight) * np.log(u) + weight * np.log(v) - np.log(60.0 * clipped / max(minute, 1) + least)


@njit(cache=True)
def _score(nodes, numbers, sources, destinations, minutes, out):
    weight, quick, slow, cap, least = numbers
    for i in range(len(sources)):
        t = minutes[i]
        u, v, clipped, _ = _step(nodes[2 * sources[i]], t, quick, slow, cap)
        one = _unusual(u, v, clipped, t, weight, least)
        u, v, clipped, _ = _step(nodes[2 * destinations[i] + 1], t, quick, slow, cap)
        out[i] = max(one, _unusual(u, v, clipped, t, weight, least))


@njit(cache=True)
def _score_learn(nodes, numbers, sources, destinations, minutes, out):
    weight, quick, slow, cap, least = numbers
    for i in range(len(sources)):
        t = minutes[i]
        best = -np.inf
        for side in range(2):
            at = 2 * sources[i] if side == 0 else 2 * destinations[i] + 1
            node = nodes[at]
            u, v, clipped, hour = _step(node, t, quick, slow, cap)
            node.quick, node.slow, node.clipped, node.hour, node.last = u, v, clipped, hour, t
            best = max(best, _unusual(u, v, clipped, t, weight, least))
        out[i] = best
