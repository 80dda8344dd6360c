"""Partitions are spread evenly, by number and by work."""

from __future__ import annotations

from itertools import chain

from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from hypothesis import given
from hypothesis import strategies as st

from streams.transport.assign import Spread, spread

WEIGHTS = {"company": 9.0, "contents": 6.0, "cases": 0.5, "subjects": 6.0}
TOPICS = {"clicks": 2, "posts": 2, "subjects": 4, "company": 1, "contents": 1, "cases": 1, "reviews": 1}


def test_the_stages_of_one_shard_go_to_different_members() -> None:
    found = spread(TOPICS, {"a": set(TOPICS), "b": set(TOPICS)}, WEIGHTS)
    holder = {topic: member for member, topics in found.items() for topic in topics if TOPICS[topic] == 1}
    assert holder["company"] != holder["contents"] == holder["cases"] == holder["reviews"]
    assert all(len(found[member]["subjects"]) == 2 for member in "ab")


def test_who_has_fewer_partitions_gets_the_single_ones() -> None:
    topics = {"clicks": 3, "company": 1}
    found = spread(topics, {"a": set(topics), "b": set(topics)}, WEIGHTS)
    assert found == {"a": {"clicks": [0, 2]}, "b": {"clicks": [1], "company": [0]}}


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9)),
    st.dictionaries(st.sampled_from("xyz"), st.sets(st.sampled_from("abcdef")), min_size=1),
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 10)),
)
def test_every_partition_has_one_reader_and_each_as_many(
    partitions: dict[str, int], members: dict[str, set[str]], weights: dict[str, float]
) -> None:
    found = spread(partitions, members, weights)
    assert found == spread(partitions, dict(reversed(members.items())), weights)
    for topic, number in partitions.items():
        readers = [member for member, topics in members.items() if topic in topics]
        held = [found[member].get(topic, []) for member in readers]
        assert sorted(chain.from_iterable(held)) == (list(range(number)) if readers else [])
        sizes = list(map(len, held))
        assert not held or max(sizes) - min(sizes) <= 1
        assert all(topic not in found[member] for member in members if member not in readers)


def test_as_aiokafka_asks() -> None:
    class Cluster(ClusterMetadata):  # type: ignore[misc]
        def partitions_for_topic(self, topic: str) -> set[int] | None:
            return {"clicks": {0, 1}}.get(topic)

    assignor = Spread({})
    members = {name: assignor.metadata(["clicks", "missing"]) for name in ("m1", "m2")}
    assert all(isinstance(one, ConsumerProtocolMemberMetadata) for one in members.values())
    found = assignor.assign(Cluster(), members)
    assert {name: one.assignment for name, one in found.items()} == {
        "m1": [("clicks", [0])],
        "m2": [("clicks", [1])],
    }
