"""Every setting of the service, with its type, limits, default and meaning.

This file only declares and imports nothing heavy, so that a command which is given no settings starts at
once. `config.load` reads files, the environment and options over these defaults, with pydantic-settings.
"""

# `setting` makes a dataclass field, as `dataclasses.field` does.
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

T = TypeVar("T")

ENV_PREFIX = "DETECTOR_"


def setting(default: T, section: str, doc: str, *, secret: bool = False, **limits: float | str) -> T:
    """Declares one setting.

    Args:
        default: its value when no layer gives one.
        section: heading under which the documentation lists it.
        doc: what it means, with its unit.
        secret: never shown.
        limits: as `pydantic.Field` takes them (`ge`, `gt`, `le`, `min_length`, ...).
    """
    metadata = {"section": section, "doc": doc, "secret": secret, "limits": limits}
    return field(default=default, repr=not secret, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one process; immutable.

    Examples:
        >>> Settings(shards=2).shards
        2
    """

    bootstrap: str = setting(
        "127.0.0.1:9092",
        "Kafka",
        "brokers to ask first, `host:port`, several separated by commas",
    )
    topic_prefix: str = setting("", "Kafka", "put before the name of every topic")
    group: str = setting(
        "detector", "Kafka", "consumer group; workers of one group share the work", min_length=1
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = setting(
        "PLAINTEXT", "Kafka", "how the brokers are spoken to"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = setting(
        "PLAIN", "Kafka", "how the user is proved, with `SASL_PLAINTEXT` and `SASL_SSL`"
    )
    sasl_username: str | None = setting(None, "Kafka", "user, with SASL")
    sasl_password: str | None = setting(None, "Kafka", "password, with SASL", secret=True)
    ssl_cafile: Path | None = setting(
        None, "Kafka", "PEM file of the authorities trusted with TLS; without it those of the system"
    )
    ssl_certfile: Path | None = setting(None, "Kafka", "PEM file of our certificate, for mutual TLS")
    ssl_keyfile: Path | None = setting(None, "Kafka", "PEM file of the certificate's key")
    ssl_key_password: str | None = setting(None, "Kafka", "password of that key", secret=True)
    max_poll_records: int = setting(
        5000, "Kafka", "records of all partitions taken at once", ge=1, le=1_000_000
    )
    fetch_bytes: int = setting(
        4 << 20, "Kafka", "bytes fetched from a broker at once", ge=1 << 16, le=1 << 30
    )

    topic_subscriptions: str = setting("events.subscriptions", "Topics", "in: subscription events")
    topic_clicks: str = setting("events.clicks", "Topics", "in: click events")
    topic_reposts: str = setting("events.reposts", "Topics", "in: repost events")
    topic_comments: str = setting("events.comments", "Topics", "in: comment events")
    topic_posts: str = setting("events.posts", "Topics", "in: post events")
    topic_accounts: str = setting("events.accounts", "Topics", "in: account events")
    topic_exposures: str = setting("events.exposures", "Topics", "in: exposure events")
    topic_reviews: str = setting("reviews", "Topics", "in: decisions of reviewers")
    topic_sanctions: str = setting("sanctions", "Topics", "out: flags and their retractions")
    topic_dead_letter: str = setting("dead-letter", "Topics", "out: records that break a rule")
    partitions: int = setting(
        4,
        "Topics",
        "partitions of the topics that `detector topics create` and the worker make",
        ge=1,
        le=10_000,
    )
    replication: int = setting(
        1, "Topics", "copies of each of them; at least 3 on a cluster that must not lose data", ge=1, le=10
    )
    create_topics: bool = setting(
        True,
        "Topics",
        "the worker makes missing topics when it starts; otherwise `detector topics create` does",
    )

    shards: int = setting(
        4,
        "Engine",
        "parts the state is cut into; flags depend on it, so it is fixed once there is state",
        ge=1,
        le=4096,
    )
    tick_seconds: int = setting(60, "Engine", "length of a tick of the event-time grid", ge=1, le=3600)
    lateness_seconds: int = setting(
        120, "Engine", "how far events may be out of order and still count as in time", ge=0, le=86_400
    )
    max_ahead_days: float = setting(
        31.0,
        "Engine",
        "events further ahead of the clock are refused: one would make all others late; parts of a day too, "
        "0.05 is an hour or so; 0: none are refused",
        ge=0,
        le=36_500,
    )
    duplicate_horizon: int = setting(
        1 << 20, "Engine", "event ids remembered a shard to recognise duplicates", ge=1000, le=1 << 28
    )
    false_alarm_budget: float = setting(
        1.0, "Engine", "false flags accepted among a million events, over all kinds", gt=0, le=1000
    )
    blast_radius: int = setting(
        100,
        "Engine",
        "new flags of a kind in an hour from which a sudden excess is sent as held; 0: never",
        ge=0,
        le=1_000_000_000,
    )
    rules_dir: Path | None = setting(
        None,
        "Engine",
        "folder of rule packs (`*.yaml`) that change those of the service; read again when changed",
    )
    replay_batch: int = setting(5000, "Engine", "lines `detector replay` takes at once", ge=1, le=1_000_000)

    idle_seconds: float = setting(
        30.0,
        "Worker",
        "a partition read to its end for so long holds the others back no more",
        gt=0,
        le=86_400,
    )
    checkpoint_seconds: float = setting(10.0, "Worker", "pause between checkpoints", gt=0, le=3600)
    data_dir: Path = setting(Path("data"), "Worker", "folder for the files of the worker and of the demo")
    dead_letter_ratio_alert: float = setting(
        0.01, "Worker", "share of invalid records that is logged as a warning", ge=0, le=1
    )
    dead_letter_stop_ratio: float = setting(
        0.0, "Worker", "share of invalid records that stops the worker; 0: never", ge=0, le=1
    )

    web_host: str = setting(
        "127.0.0.1", "Watching", "address that serves `/metrics`, `/livez` and `/readyz`", min_length=1
    )
    metrics_port: int = setting(9464, "Watching", "port of the same; 0: any free one", ge=0, le=65_535)
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "Watching", "least level that is logged"
    )
    log_format: Literal["json", "text"] = setting("json", "Watching", "how log lines are written, on stderr")


def declared() -> Iterator[Field[Any]]:
    """Every setting as declared: `.name`, `.default`, and `.metadata` with section, doc, secret, limits."""
    yield from fields(Settings)


def env_name(name: str) -> str:
    """The environment variable of a setting.

    Examples:
        >>> env_name("bootstrap")
        'DETECTOR_BOOTSTRAP'
    """
    return ENV_PREFIX + name.upper()
