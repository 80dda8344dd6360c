"""The topics: their names, what each must be like, and how far a group has read them."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import KafkaError, NoError, TopicAlreadyExistsError, for_code

from streams.broker.errors import BrokerError
from streams.broker.layout import MAX_MESSAGE_BYTES
from streams.broker.ready import reachable

Client = str | Mapping[str, Any]
"""How to reach the brokers: `host:port,...`, or the arguments of kafka-python's clients."""

EVENTS = ("subscriptions", "clicks", "reposts", "comments", "posts", "accounts", "exposures")
"""The input topics, as `TopicNames` calls them; a topic is named `events.` and this by default."""

SHARDED_STAGES = ("actors", "subjects")
SINGLE_STAGES = ("contents", "company", "cases")
STAGES = SHARDED_STAGES + SINGLE_STAGES
"""Stages with an input topic and a changelog each: a partition a shard, or just one."""

_CONNECT_MS = 10_000
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS

_LARGE = {"max.message.bytes": str(MAX_MESSAGE_BYTES)}
# Long enough for a worker that is down over a weekend to go on where it stopped.
_INTERNAL = _LARGE | {"cleanup.policy": "delete", "retention.ms": str(4 * _DAY_MS)}
# Small segments and an eager cleaner: what recovery must read stays near the size of the state.
_CHANGELOG = _LARGE | {
    "cleanup.policy": "compact",
    "segment.bytes": str(32 << 20),
    "min.cleanable.dirty.ratio": "0.2",
    "delete.retention.ms": str(_HOUR_MS),
}
_RECORDS = _LARGE | {"cleanup.policy": "delete", "retention.ms": str(366 * _DAY_MS)}
_DEAD_LETTER = _LARGE | {"cleanup.policy": "delete", "retention.ms": str(30 * _DAY_MS)}


class TopicSettings(Protocol):
    """The part of the settings that names topics; `topic_sanctions` and its like are read by name."""

    @property
    def topic_prefix(self) -> str:
        """Put before every name."""


class TopicNames:
    """Full names of all topics: a prefix, then a name of the contract or the one given in its place.

    Examples:
        >>> names = TopicNames("staging.", sanctions="flags")
        >>> names.sanctions, names.clicks, names.internal("actors"), names.state("actors")
        ('staging.flags', 'staging.events.clicks', 'staging.internal.actors', 'staging.state.actors')
    """

    def __init__(
        self,
        prefix: str = "",
        *,
        subscriptions: str = "events.subscriptions",
        clicks: str = "events.clicks",
        reposts: str = "events.reposts",
        comments: str = "events.comments",
        posts: str = "events.posts",
        accounts: str = "events.accounts",
        exposures: str = "events.exposures",
        reviews: str = "reviews",
        sanctions: str = "sanctions",
        dead_letter: str = "dead-letter",
    ) -> None:
        self.prefix = prefix
        self.subscriptions = prefix + subscriptions
        self.clicks = prefix + clicks
        self.reposts = prefix + reposts
        self.comments = prefix + comments
        self.posts = prefix + posts
        self.accounts = prefix + accounts
        self.exposures = prefix + exposures
        self.reviews = prefix + reviews
        self.sanctions = prefix + sanctions
        self.dead_letter = prefix + dead_letter

    @classmethod
    def of(cls, settings: TopicSettings) -> "TopicNames":
        """The names that the settings give (`topic_prefix`, `topic_clicks`, ...)."""
        fields = (*EVENTS, "reviews", "sanctions", "dead_letter")
        return cls(settings.topic_prefix, **{name: getattr(settings, f"topic_{name}") for name in fields})

    @property
    def events(self) -> dict[str, str]:
        """Type of event, as the contract calls it, to the topic that carries it."""
        return {name.removesuffix("s"): getattr(self, name) for name in EVENTS}

    def internal(self, stage: str) -> str:
        """The topic that feeds a stage."""
        return f"{self.prefix}internal.{stage}"

    def state(self, stage: str) -> str:
        """The changelog that keeps a stage's state."""
        return f"{self.prefix}state.{stage}"


class Wanted(NamedTuple):
    """What a topic must be like; `exactly` when it must have just so many partitions."""

    partitions: int
    settings: Mapping[str, str]
    exactly: bool


class Lag(NamedTuple):
    """How far a group is behind in a partition.

    `committed` is the next offset it will read, None before its first commit; `end` the next offset to be
    written; `behind` the records between.
    """

    topic: str
    partition: int
    committed: int | None
    end: int
    behind: int


def wanted(names: TopicNames, shards: int, partitions: int) -> dict[str, Wanted]:
    """All topics: a partition a shard for what is routed by shard, `partitions` for the topics of events."""
    topics = {topic: Wanted(partitions, {}, exactly=False) for topic in names.events.values()}
    topics[names.reviews] = topics[names.sanctions] = Wanted(1, _RECORDS, exactly=False)
    topics[names.dead_letter] = Wanted(1, _DEAD_LETTER, exactly=False)
    for stage in STAGES:
        parts = shards if stage in SHARDED_STAGES else 1
        topics[names.internal(stage)] = Wanted(parts, _INTERNAL, exactly=True)
        topics[names.state(stage)] = Wanted(parts, _CHANGELOG, exactly=True)
    return topics


def provision(
    client: Client, names: TopicNames, shards: int, partitions: int, replication: int = 1
) -> list[str]:
    """Create the topics that do not exist, and return their names; topics that exist are left as they are.

    Raises BrokerError when no broker answers or one refuses.
    """
    topics = wanted(names, shards, partitions)
    with _admin(client) as admin:
        found = _partitions(admin)
        missing = {
            topic: {
                "num_partitions": want.partitions,
                "replication_factor": replication,
                "configs": dict(want.settings),
            }
            for topic, want in topics.items()
            if topic not in found
        }
        if not missing:
            return []
        response = admin.create_topics(missing, raise_errors=False)
        created = []
        for each in response["topics"]:
            error = for_code(each["error_code"])
            if error is NoError:
                created.append(each["name"])
            # Another process may have been quicker.
            elif error is not TopicAlreadyExistsError:
                reason = each.get("error_message") or error.__name__
                raise BrokerError(f"cannot create the topic {each['name']}: {reason}")
        admin.wait_for_topics(list(missing))
        return created


def check(client: Client, names: TopicNames, shards: int) -> list[str]:
    """What is wrong with the topics, a sentence each; nothing when the pipeline can run on them.

    Raises BrokerError when no broker answers.
    """
    topics = wanted(names, shards, partitions=1)
    with _admin(client) as admin:
        found = _partitions(admin)
        present = [topic for topic in topics if topic in found]
        settings = _settings(admin, present)
    problems = [f"topic {topic} does not exist" for topic in topics if topic not in found]
    for topic in present:
        want = topics[topic]
        if want.exactly and len(found[topic]) != want.partitions:
            problems.append(f"topic {topic} has {len(found[topic])} partitions, needs {want.partitions}")
        for key, problem in _unfit(settings[topic], want.settings):
            problems.append(f"topic {topic} has {key}={settings[topic].get(key)}, needs {problem}")
    return problems


def lag(client: Client, group: str, topics: Collection[str]) -> list[Lag]:
    """How far a group is behind in every partition of those of the topics that exist, in order.

    Raises BrokerError when no broker answers.
    """
    with _admin(client) as admin:
        found = _partitions(admin)
        parts = [TopicPartition(t, p) for t in sorted(set(topics)) if t in found for p in found[t]]
        if not parts:
            return []
        begin = admin.list_partition_offsets(dict.fromkeys(parts, OffsetSpec.EARLIEST))
        end = admin.list_partition_offsets(dict.fromkeys(parts, OffsetSpec.LATEST))
        committed = admin.list_group_offsets({group: parts})[group]
    rows = []
    for part in parts:
        at = committed[part].offset if part in committed and committed[part].offset >= 0 else None
        start = begin[part].offset if at is None else at
        rows.append(Lag(part.topic, part.partition, at, end[part].offset, max(0, end[part].offset - start)))
    return rows


@contextmanager
def _admin(client: Client) -> Iterator[KafkaAdminClient]:
    options = {"bootstrap_servers": client.split(",")} if isinstance(client, str) else dict(client)
    where = ",".join(options["bootstrap_servers"])
    if not reachable(options["bootstrap_servers"]):
        raise BrokerError(f"no broker answers at {where}")
    try:
        admin = KafkaAdminClient(**options, bootstrap_timeout_ms=_CONNECT_MS)
    except KafkaError as error:
        raise BrokerError(f"no broker answers at {where}: {error}") from error
    try:
        yield admin
    except KafkaError as error:
        raise BrokerError(f"the broker at {where} refused: {error}") from error
    finally:
        admin.close()


def _partitions(admin: KafkaAdminClient) -> dict[str, list[int]]:
    """Partitions of every topic, sorted."""
    return {
        topic["name"]: sorted(part["partition_index"] for part in topic["partitions"])
        for topic in admin.describe_topics()
    }


def _settings(admin: KafkaAdminClient, topics: Collection[str]) -> dict[str, dict[str, str]]:
    """Settings in force of each topic, its broker's defaults among them."""
    if not topics:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
    described = admin.describe_configs(resources, config_filter="all")["topic"]
    return {
        topic: {key: entry["value"] for key, entry in settings.items()}
        for topic, settings in described.items()
    }


def _unfit(settings: Mapping[str, str], want: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Settings under which records would be refused or lost, each with what is needed instead."""
    if not want:
        return
    if int(settings["max.message.bytes"]) < int(want["max.message.bytes"]):
        yield "max.message.bytes", f"at least {want['max.message.bytes']}"
    if settings["cleanup.policy"] != want["cleanup.policy"]:
        yield "cleanup.policy", want["cleanup.policy"]
