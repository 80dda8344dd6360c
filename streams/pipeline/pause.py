"""Which input partitions wait, so that those which are behind can catch up and memory stays bounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")


def to_pause(
    upto: Mapping[K, int], least: int, waiting: int, limit: int, paused: frozenset[K]
) -> frozenset[K]:
    """The partitions that should wait.

    Only those that are ahead of the least watermark ever wait, so the one that holds the others back never
    does: there is no deadlock.

    Args:
        upto: last tick of each partition that is read here.
        least: ticks up to this one are complete, as the local shards see it.
        waiting: rows that wait in the local shards for their tick to be complete.
        limit: rows above which partitions are paused; below half of it all go on.
        paused: those that wait now.
    """
    if waiting <= limit // 2:
        return frozenset()
    ahead = frozenset(key for key, tick in upto.items() if tick > least + 1)
    return ahead if waiting > limit else paused & ahead
