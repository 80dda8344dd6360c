"""Records that are no events, on Kafka: each becomes a dead letter, none stops the worker."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from kafka import KafkaProducer

from streams import topics
from streams.pipeline.dead_letter import RAW_MAX
from streams.reading import whole
from streams.topics import TopicNames
from tests.e2e.malformed import Event, Record, broken, broken_on_kafka, disguised
from tests.integration.worker_process import WorkerProcess

if TYPE_CHECKING:
    from streams.broker import Broker

pytestmark = pytest.mark.integration

START = 1_767_225_600_000
GOOD, BROKEN = 600, 400
HUGE = (
    Record("post", b'{"id":"big","text":"' + b"x" * 1_000_000, (), "not_json"),
    Record("click", b"[" * 1_000_000, (("a", b""), ("ce_type", b"click")), "too_deep"),
    Record("comment", b"y" * (RAW_MAX + 2_000_000), (), "not_json"),
)


def events(n: int) -> list[Event]:
    common = {"content": "p", "author": "c", "target": "c", "count": 1, "text": "ordinary words"}
    action = {"subscription": "subscribe", "account": "login"}
    kinds = ("subscription", "click", "repost", "comment", "post", "account", "exposure")
    return [
        {"id": f"e{k}", "ts": START + k * 1000, "type": kind, "actor": f"u{k % 90}", **common,
         **({"action": action[kind]} if kind in action else {})}
        for k in range(n)
        for kind in (kinds[k % len(kinds)],)
    ]  # fmt: skip


def place_of(letter: dict[str, Any]) -> tuple[str, int, int]:
    return letter["topic"], letter["partition"], letter["offset"]


def test_each_becomes_a_dead_letter_and_the_good_ones_are_counted(
    broker: Broker, prefix: str, tmp_path: Path
) -> None:
    names, random = TopicNames(prefix), Random(3)
    good = [Record(one["type"], *disguised(one, k)) for k, one in enumerate(events(GOOD))]
    bad = [*broken(events(50), BROKEN, random), *broken_on_kafka(events(50), BROKEN // 4, random), *HUGE]
    records = [*good, *bad]
    random.shuffle(records)
    topics.provision(broker.bootstrap, names, 2, 2)
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, max_request_size=12 << 20)
    sent = [
        producer.send(
            names.events[one.type], key=b"k", value=one.value, headers=list(one.headers), partition=k % 2
        )
        for k, one in enumerate(records)
    ]
    producer.flush()
    placed = [future.get(60) for future in sent]
    producer.close()
    by_place = {(at.topic, at.partition, at.offset): one for at, one in zip(placed, records, strict=True)}

    options = ["--bootstrap", broker.bootstrap, "--topic-prefix", prefix, "--group", f"{prefix}g"]
    with WorkerProcess(tmp_path / "log", *options, "--shards", "2") as worker:

        def taken() -> Counter[str]:
            lines = worker.get("/metrics")[1].splitlines()
            pairs = [line.rsplit(" ", 1) for line in lines if line.startswith("detector_events_")]
            return Counter({name.partition("{")[0]: 0 for name, _ in pairs}) + sum(
                (Counter({name.partition("{")[0]: int(float(value))}) for name, value in pairs), Counter()
            )

        worker.until(
            lambda: (
                (taken()["detector_events_total"], taken()["detector_events_invalid_total"])
                == (len(good), len(bad))
            )
        )
        assert worker.stop() == 0, worker.log

    client = {"bootstrap_servers": [broker.bootstrap]}
    letters = [json.loads(record.value) for record in whole(client, names.dead_letter)]
    assert sorted(map(place_of, letters)) == sorted(place for place, one in by_place.items() if one.reason)
    for letter in letters:
        one = by_place[place_of(letter)]
        raw = None if letter["raw"] is None else base64.b64decode(letter["raw"])
        assert raw == (one.value if one.value is None else one.value[:RAW_MAX])
        assert letter["left_out"] == max(0, len(one.value or b"") - RAW_MAX)
        assert letter["reason"] == one.reason, (letter["detail"], one)
