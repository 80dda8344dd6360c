"""The commands that look after topics, flags and dead letters, on a real broker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from kafka import KafkaProducer

from streams.cli import main
from streams.pipeline.dead_letter import dead_letters
from streams.topics import TopicNames

if TYPE_CHECKING:
    from streams.broker import Broker

pytestmark = pytest.mark.integration


class Tools:
    """The command line against one prefix of the broker."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.names = TopicNames(prefix)
        self.bootstrap = bootstrap
        self._place = ["--bootstrap", bootstrap, "--topic-prefix", prefix]
        self.call("topics", "create", "--partitions", "2")

    def call(self, *arguments: str) -> Result:
        result = CliRunner().invoke(main, [*arguments, *self._place])
        assert result.exit_code == 0, result.output
        return result

    def send(self, topic: str, *values: bytes | None, **rest: object) -> None:
        producer = KafkaProducer(bootstrap_servers=self.bootstrap)
        for value in values:
            producer.send(topic, value=value, key=b"k", partition=0, **rest)
        producer.flush()
        producer.close()


@pytest.fixture
def tools(broker: Broker, prefix: str) -> Tools:
    return Tools(broker.bootstrap, prefix)


class Record:
    """A record as the pipeline hands it to `dead_letters`."""

    key = b"k"
    partition = 1
    headers = (("ce_id", b"7"),)

    def __init__(self, topic: str, offset: int, value: bytes) -> None:
        self.topic, self.offset, self.value = topic, offset, value


class Bad:
    index, reason, detail = 0, "not_json", "it is not JSON: at byte 1"


def test_topics_that_are_there_are_fine(tools: Tools) -> None:
    assert tools.call("topics", "check").stdout == "topics are fine\n"
    assert tools.call("topics", "create").stdout == ""


def test_lag_counts_records(tools: Tools) -> None:
    tools.send(tools.names.clicks, b"1", b"2")
    rows = json.loads(tools.call("lag", "--json").stdout)
    assert {row["topic"]: row["behind"] for row in rows if row["behind"]} == {tools.names.clicks: 2}
    assert "2 records behind" in tools.call("lag").stdout


def test_export_writes_the_last_revisions(tools: Tools) -> None:
    revisions = [
        json.dumps({"id": f"f-{k}", "ts": 100 - k + r, "kind": "lockstep", "revision": r}).encode()
        for k in range(3)
        for r in range(2)
    ]
    tools.send(tools.names.sanctions, *revisions, None, b"no flag")
    exported = tools.call("export")
    assert exported.stderr == "3 flags\n2 records that are no flags are left out\n"
    lines = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [(line["ts"], line["id"], line["revision"]) for line in lines] == [
        (99, "f-2", 1),
        (100, "f-1", 1),
        (101, "f-0", 1),
    ]
    assert tools.call("export", "--kind", "batch_posting").stdout == ""


def test_dead_letters_are_listed_and_sent_again(tools: Tools) -> None:
    records = [Record(tools.names.clicks, offset, b"{bad %d" % offset) for offset in range(3)]
    for record in records:
        for topic, _, _, value, headers in dead_letters(tools.names.dead_letter, [record], [Bad()]):  # type: ignore[list-item]
            tools.send(topic, value, headers=list(headers or ()))
    tools.send(tools.names.dead_letter, b"not a letter")
    listed = tools.call("dlq", "list")
    assert f"{tools.names.clicks}/1 @2  not_json: it is not JSON: at byte 1" in listed.stdout
    assert "{bad" not in listed.stdout
    shown = [json.loads(line) for line in tools.call("dlq", "list", "--json").stdout.splitlines()]
    assert [row["text"] for row in shown] == ["{bad 0", "{bad 1", "{bad 2", "not a letter"]
    again = tools.call("dlq", "replay", "--yes", "--reason", "not_json", "--limit", "2")
    assert again.stdout == "2 records sent again\n"
    assert "2 records behind" in tools.call("lag").stdout
    foreign = tools.call("dlq", "replay", "--yes", "--reason", "foreign")
    assert foreign.stdout == "0 records sent again\n"
    assert foreign.stderr == "1 left out, of which there is not the whole record\n"
