"""Who acts on whom on a topic, and the circle among those who write on it."""

from __future__ import annotations

import numpy as np

from detector.engine import topics_rows as rows
from models.circles import core

_ODD = np.uint64(0x9E3779B97F4A7C15)


class Graph:
    """Who acts on whom on a topic, with accounts as numbers.

    Attributes:
        accounts: their hashes.
        actor, author: (entries,) numbers of accounts; of a post the same.
        posted: (entries,) whether it is a post; `acted`: indexes of the first act of each account on each
            content.
        writers: (accounts,) whether it has posted.
    """

    def __init__(self, entries: np.ndarray) -> None:
        self.entries = entries
        both = np.concatenate((entries["actor"], entries["author"]))
        self.accounts, numbers = np.unique(both, return_inverse=True)
        self.actor, self.author = numbers[: len(entries)], numbers[len(entries) :]
        self.posted = entries["bits"] & rows.POSTED > 0
        acts = np.flatnonzero(~self.posted)
        # The hashes are mixed already: one sum of them is as good as both.
        self.acted = acts[first_of(entries["actor"][acts] + _ODD * entries["content"][acts])]
        self.writers = np.zeros(len(self.accounts), bool)
        self.writers[self.actor[self.posted]] = True

    def circle(self, ties: int) -> tuple[np.ndarray, float]:
        """Writers who are tied to as many of them, and the share of their ties that had been there before."""
        n, acts = len(self.accounts), self.acted
        acts = acts[self.writers[self.actor[acts]] & self.writers[self.author[acts]]]
        low = np.minimum(self.actor[acts], self.author[acts])
        high = np.maximum(self.actor[acts], self.author[acts])
        first = first_of(low * n + high)
        low, high, acts = low[first], high[first], acts[first]
        inside = core(low, high, n, ties)
        known = self.entries["bits"][acts[inside[low] & inside[high]]] & rows.KNOWN > 0
        return inside, float(known.mean()) if len(known) else 0.0

    def regulars(self, acts: np.ndarray, least: int) -> np.ndarray:
        """Which accounts act on so many different authors, by these acts."""
        pairs = np.unique(self.actor[acts] * len(self.accounts) + self.author[acts])
        return np.bincount(pairs // len(self.accounts), minlength=len(self.accounts)) >= least

    def helpers(self, circle: np.ndarray, regular: int) -> np.ndarray:
        """Which accounts beside the circle are tied to it and write, too, or act on several of it."""
        acts, tied = self.acted, np.zeros(len(self.accounts), bool)
        of = circle[self.author[acts]]
        tied[self.author[acts[circle[self.actor[acts]]]]] = True
        tied[self.actor[acts[of]]] = True
        return np.asarray(tied & self.writers | self.regulars(acts[of], regular))


def first_of(keys: np.ndarray) -> np.ndarray:
    """Indexes at which each key comes first, ascending."""
    return np.sort(np.unique(keys, return_index=True)[1])
