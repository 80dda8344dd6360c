"""Decisions of reviewers through Kafka: flags are retracted once, whatever dies; rules that change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from detector.warm import events as warm_events
from streams.broker import Broker
from tests.integration.pipeline_tools import Reader, on_loop, produce, send, settings_of, with_end, worker
from tests.integration.test_pipeline_engine import by_partition

pytestmark = pytest.mark.integration


async def decide(bootstrap: str, topic: str, *reviews: object) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for review in reviews:
            value = review if isinstance(review, bytes) else json.dumps(review).encode()
            await producer.send_and_wait(topic, value)


def flags(reader: Reader) -> list[dict[str, Any]]:
    return [json.loads(record.value) for record in reader.records]


@on_loop
async def test_a_dismissed_flag_is_retracted_and_stays_so(broker: Broker, prefix: str) -> None:
    settings = settings_of(broker.bootstrap, prefix, tick_seconds=60, lateness_seconds=120, idle_seconds=3.0)
    names = await produce(broker.bootstrap, prefix, by_partition(warm_events()))
    async with (
        Reader(broker.bootstrap, names.sanctions) as sent,
        Reader(broker.bootstrap, names.dead_letter) as letters,
    ):
        async with worker(settings, stages="engine") as one:
            rest = one.drain()
            await sent.until(lambda: bool(sent.records))
            flag = flags(sent)[0]
            dismissed = {"flag": flag["id"], "decision": "dismissed", "reviewer": "r1", "other": 1}
            await decide(broker.bootstrap, names.reviews, b"not json", {"flag": "f-1"}, dismissed)
            await sent.until(lambda: any(one["status"] == "retracted" for one in flags(sent)))
            await letters.until(lambda: len(letters.records) == 2)
            await one.kill()
            await rest
        async with worker(settings, stages="engine") as one:
            await one.until(b"assigned")
            rest = one.drain()
            # After the same decision again, one about another flag: what it does shows that both were read.
            other = next(each for each in flags(sent) if each["id"] != flag["id"])
            again = dismissed | {"flag": other["id"]}
            await decide(broker.bootstrap, names.reviews, dismissed, again)
            await sent.until(
                lambda: any(
                    (each["id"], each["status"]) == (other["id"], "retracted") for each in flags(sent)
                )
            )
            one.process.terminate()
            await rest
        await sent.to_end()
    retracted = [each for each in flags(sent) if each["status"] == "retracted"]
    assert {each["id"] for each in retracted} == {flag["id"], other["id"]}
    assert len({(each["id"], each["revision"]) for each in retracted}) == 2
    assert retracted[0]["revision"] > flag["revision"]
    assert sent.records[0].key == flag["subject"]["id"].encode()
    said = [json.loads(letter.value) for letter in letters.records]
    assert [(one["reason"], one["topic"]) for one in said] == [("invalid_review", names.reviews)] * 2
    assert "decision" in said[1]["detail"]


@on_loop
async def test_rules_change_while_it_runs(broker: Broker, prefix: str, tmp_path: Path) -> None:
    settings = settings_of(
        broker.bootstrap, prefix, tick_seconds=60, lateness_seconds=120, idle_seconds=3.0, rules_dir=tmp_path
    )
    events = warm_events()
    names = await produce(broker.bootstrap, prefix, {})
    pack = tmp_path / "mine.yaml"
    async with worker(settings, stages="engine") as one, Reader(broker.bootstrap, names.sanctions) as sent:
        await one.until(b"assigned")
        pack.write_text("kind: follower_jump\nstatus: nonsense\n")
        await one.until(b"rules None")
        pack.write_text("kind: follower_jump\nstatus: held\nlegal_basis: [art19]\n")
        await one.until(b"rules '")
        rest = one.drain()
        await send(broker.bootstrap, names, with_end(by_partition(events)))
        await sent.until(lambda: any(flag["kind"] == "follower_jump" for flag in flags(sent)))
        one.process.terminate()
        await rest
    jumps = [flag for flag in flags(sent) if flag["kind"] == "follower_jump"]
    assert {(flag["status"], *flag["action"]["legal_basis"]) for flag in jumps} == {("held", "art19")}
    assert all(flag["status"] == "open" for flag in flags(sent) if flag["kind"] != "follower_jump")
