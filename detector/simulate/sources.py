"""Where acts come from, by kind: a share for each way."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from detector.simulate.traffic import CARD, FEED, PROFILE, QR, RECOMMEND, SEARCH, SHARE

Ints = NDArray[np.int32]

_CLICKS = {FEED: 0.5, RECOMMEND: 0.22, SEARCH: 0.1, PROFILE: 0.08, SHARE: 0.09, QR: 0.01}
# Of single visits: by shares and from profiles as often as all clicks together.
_VISITS = {FEED: 0.43, RECOMMEND: 0.195, SEARCH: 0.087, PROFILE: 0.135, SHARE: 0.145, QR: 0.008}
_FOLLOWS = {PROFILE: 0.33, CARD: 0.2, FEED: 0.16, SEARCH: 0.1, SHARE: 0.06, RECOMMEND: 0.14, QR: 0.01}
_LEAVES = {PROFILE: 0.7, FEED: 0.16, SEARCH: 0.08, CARD: 0.06}
_REPOSTS = {FEED: 0.62, SHARE: 0.2, PROFILE: 0.14, SEARCH: 0.04}


def _drawn(rng: np.random.Generator, count: int, shares: Mapping[int, float]) -> Ints:
    ways = np.array(list(shares), dtype=np.int32)
    return ways[rng.choice(len(ways), size=count, p=list(shares.values()))]


def click_sources(rng: np.random.Generator, count: int) -> Ints:
    """Where clicks come from that are not of a known way."""
    return _drawn(rng, count, _CLICKS)


def visit_sources(rng: np.random.Generator, count: int) -> Ints:
    """The same of single visits."""
    return _drawn(rng, count, _VISITS)


def subscribe_sources(rng: np.random.Generator, count: int) -> Ints:
    """Where subscriptions come from."""
    return _drawn(rng, count, _FOLLOWS)


def leave_sources(rng: np.random.Generator, count: int) -> Ints:
    """Where one unsubscribes."""
    return _drawn(rng, count, _LEAVES)


def repost_sources(rng: np.random.Generator, count: int) -> Ints:
    """Where reposts are made."""
    return _drawn(rng, count, _REPOSTS)
