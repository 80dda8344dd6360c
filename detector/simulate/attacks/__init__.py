"""Attacks by name; each stages itself once and labels what it did."""

from __future__ import annotations

from collections.abc import Callable

from detector.simulate.attacks import batch_posting, bought_followers, repost_ring, withdrawn_followers
from detector.simulate.stage import Stage

Attack = Callable[[Stage], None]

ATTACKS: dict[str, Attack] = {
    "batch_posting": batch_posting.stage,
    "bought_followers": bought_followers.stage,
    "repost_ring": repost_ring.stage,
    "withdrawn_followers": withdrawn_followers.stage,
}
