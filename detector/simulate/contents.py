"""What is published: posts with an author, a moment, an appeal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.simulate.ids import random_ids

Ints = NDArray[np.int32]


@dataclass
class Contents:
    """Columns over contents, by index; `texts` is the store that `text` columns point into.

    `appeal` is the weight with which readers choose it; `spread` a factor on the chance that a reader
    reposts it.
    """

    author: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    ts: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    appeal: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    spread: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    ids: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    extras: list[dict[str, Any]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    def add(
        self,
        rng: np.random.Generator,
        author: NDArray[np.integer],
        ts: NDArray[np.int64],
        *,
        appeal: float | NDArray[np.float64] = 1.0,
        spread: float | NDArray[np.float64] = 1.0,
    ) -> Ints:
        """New contents, as indices."""
        count = len(author)
        first = len(self)
        self.author = np.concatenate([self.author, author.astype(np.int32)])
        self.ts = np.concatenate([self.ts, ts.astype(np.int64)])
        self.appeal = np.concatenate([self.appeal, np.broadcast_to(np.asarray(appeal, float), (count,))])
        self.spread = np.concatenate([self.spread, np.broadcast_to(np.asarray(spread, float), (count,))])
        self.ids.extend(random_ids(rng, count, 12))
        return np.arange(first, first + count, dtype=np.int32)

    def write(self, texts: list[str]) -> Ints:
        """Keep texts; their indices."""
        first = len(self.texts)
        self.texts.extend(texts)
        return np.arange(first, first + len(texts), dtype=np.int32)

    def attach(self, extra: dict[str, Any]) -> int:
        """Keep an event's rarer fields (links, media, topic, original, credit, entity, name); its index."""
        self.extras.append(extra)
        return len(self.extras) - 1
