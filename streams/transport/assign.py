"""Who reads which partition: the work spread evenly over the members of a group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

Assigned = dict[str, dict[str, list[int]]]


def spread(
    partitions: Mapping[str, int], members: Mapping[str, set[str]], weights: Mapping[str, float]
) -> Assigned:
    """The partitions of each topic, by member.

    Of a topic every member gets as many as the others, one more or less. Who gets the one more, or the only
    one there is, is the member that has the least work so far.

    Args:
        partitions: how many each topic has.
        members: the topics that each of them reads.
        weights: how much work a partition of a topic is; 1 where it says nothing.

    >>> spread({"wide": 3, "heavy": 1, "light": 1}, {"a": {"wide", "heavy", "light"}, "b": {"wide", "heavy"}},
    ...        {"heavy": 2.0})
    {'a': {'wide': [0, 2], 'light': [0]}, 'b': {'wide': [1], 'heavy': [0]}}
    """
    out: Assigned = {member: {} for member in members}
    load = dict.fromkeys(members, 0.0)
    # The heavy ones last would have nothing left to make up for them.
    for topic in sorted(partitions, key=lambda one: (-partitions[one], -weights.get(one, 1.0), one)):
        readers = sorted(member for member, topics in members.items() if topic in topics)
        held: defaultdict[str, int] = defaultdict(int)
        for number in range(partitions[topic] if readers else 0):
            chosen = min(readers, key=lambda member: (held[member], load[member], member))
            held[chosen] += 1
            load[chosen] += weights.get(topic, 1.0)
            out[chosen].setdefault(topic, []).append(number)
    return out


class Spread(RoundRobinPartitionAssignor):  # type: ignore[misc]
    """aiokafka's assignor that does so; every member of the group must have it, with the same weights."""

    name = "spread"

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights

    def assign(self, cluster: Any, members: Mapping[str, Any]) -> dict[str, ConsumerProtocolMemberAssignment]:
        """As aiokafka asks for it."""
        topics = {member: set(metadata.subscription) for member, metadata in members.items()}
        wanted: set[str] = set().union(*topics.values())
        found = {topic: len(cluster.partitions_for_topic(topic) or ()) for topic in wanted}
        assigned = spread(found, topics, self._weights)
        return {
            member: ConsumerProtocolMemberAssignment(self.version, sorted(assigned[member].items()), b"")
            for member in members
        }
