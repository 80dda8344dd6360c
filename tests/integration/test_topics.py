"""Topics on a real broker."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.structs import OffsetAndMetadata

from streams import topics
from streams.broker.errors import BrokerError
from streams.topics import TopicNames

if TYPE_CHECKING:
    from streams.broker import Broker

pytestmark = pytest.mark.integration

SHARDS = 3


@pytest.fixture
def names(broker: "Broker", prefix: str) -> TopicNames:
    names = TopicNames(prefix)
    topics.provision(broker.bootstrap, names, SHARDS, partitions=2)
    return names


def test_provision_creates_all_topics_once(broker: "Broker", prefix: str) -> None:
    names = TopicNames(prefix, sanctions="flags")
    created = topics.provision(broker.bootstrap, names, SHARDS, partitions=2)
    assert set(created) == set(topics.wanted(names, SHARDS, 2))
    assert prefix + "flags" in created
    assert topics.provision(broker.bootstrap, names, SHARDS, partitions=2) == []
    assert topics.check(broker.bootstrap, names, SHARDS) == []


def test_provision_gives_partitions_and_settings(broker: "Broker", names: TopicNames) -> None:
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        partitions = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics()}
        resource = ConfigResource(ConfigResourceType.TOPIC, names.state("actors"))
        state = admin.describe_configs([resource])["topic"][names.state("actors")]
    assert partitions[names.clicks] == 2
    assert partitions[names.internal("actors")] == partitions[names.state("subjects")] == SHARDS
    assert partitions[names.internal("contents")] == partitions[names.state("cases")] == 1
    assert state["cleanup.policy"]["value"] == "compact"


def test_provision_says_what_the_broker_refuses(broker: "Broker", prefix: str) -> None:
    with pytest.raises(BrokerError, match=f"cannot create the topic {prefix}"):
        topics.provision(broker.bootstrap, TopicNames(prefix), SHARDS, partitions=1, replication=2)


def test_no_broker_is_one_clear_error() -> None:
    with pytest.raises(BrokerError, match=r"no broker answers at 127\.0\.0\.1:1"):
        topics.check("127.0.0.1:1", TopicNames(), SHARDS)


def test_check_lists_what_is_wrong(broker: "Broker", prefix: str) -> None:
    names = TopicNames(prefix)
    actors, state = names.internal("actors"), names.state("cases")
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        admin.create_topics({actors: {"num_partitions": 1}, state: {"num_partitions": 1}})
        admin.wait_for_topics([actors, state])
    problems = topics.check(broker.bootstrap, names, SHARDS)
    assert f"topic {names.clicks} does not exist" in problems
    assert f"topic {actors} has 1 partitions, needs {SHARDS}" in problems
    assert f"topic {state} has cleanup.policy=delete, needs compact" in problems
    assert not [problem for problem in problems if problem.startswith(f"topic {actors} has cleanup.policy")]


def test_large_records_fit(broker: "Broker", names: TopicNames) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, max_request_size=16 << 20)
    try:
        sent = producer.send(names.internal("actors"), bytes(8 << 20), partition=1)
        assert sent.get(timeout=30).offset == 0
    finally:
        producer.close()


def test_lag_counts_what_a_group_has_not_read(broker: "Broker", names: TopicNames, prefix: str) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    try:
        for _ in range(5):
            producer.send(names.clicks, b"{}", partition=0).get(timeout=30)
    finally:
        producer.close()
    group = prefix + "group"
    watched = [names.clicks, names.posts, prefix + "absent"]
    assert [tuple(row[2:]) for row in topics.lag(broker.bootstrap, group, watched)] == [
        (None, 5, 5),
        (None, 0, 0),
        (None, 0, 0),
        (None, 0, 0),
    ]
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        admin.alter_group_offsets(group, {TopicPartition(names.clicks, 0): OffsetAndMetadata(3, "", None)})
    row = topics.lag(broker.bootstrap, group, watched)[0]
    assert row == topics.Lag(names.clicks, 0, committed=3, end=5, behind=2)


def test_names_come_from_settings() -> None:
    @dataclass
    class Settings:
        topic_prefix: str = "p."
        topic_subscriptions: str = "s"
        topic_clicks: str = "c"
        topic_reposts: str = "r"
        topic_comments: str = "co"
        topic_posts: str = "po"
        topic_accounts: str = "a"
        topic_exposures: str = "e"
        topic_reviews: str = "re"
        topic_sanctions: str = "sa"
        topic_dead_letter: str = "d"

    names = TopicNames.of(Settings())
    assert names.events["exposure"] == "p.e"
    assert (names.reviews, names.sanctions, names.dead_letter) == ("p.re", "p.sa", "p.d")
