"""What the demo prints, and how it keeps time."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from streams.demo import feed
from streams.demo.show import Show
from streams.topics import TopicNames

FLAG: dict[str, Any] = {
    "id": "f-1",
    "ts": 1_767_225_600_000,
    "kind": "follower_jump",
    "status": "open",
    "revision": 0,
    "subject": {"type": "account", "id": "c1[bold]"},
    "severity": "high",
    "score": 0.97,
    "participants_total": 350,
    "evidence": {
        "signals": [
            {"why": "small", "surprise": 1.0},
            {"why": "354 new followers in an hour where 1.4 are usual", "surprise": 9.0},
        ]
    },
}


def shown(*flags: dict[str, Any]) -> str:
    out = io.StringIO()
    with Show(Console(file=out, width=200), 10) as show:
        for flag in flags:
            show.flag(json.dumps(flag).encode())
    return out.getvalue()


def test_a_flag_in_plain_words() -> None:
    lines = shown(FLAG).splitlines()
    assert lines[0] == (
        "Thu 00:00  follower_jump  account c1[bold]: followers came that look bought, 350 accounts named "
        "(score 0.97)"
    )
    assert lines[1] == "    - 354 new followers in an hour where 1.4 are usual"


def test_revisions_are_not_repeated_and_retractions_are_told() -> None:
    said = shown(FLAG, FLAG | {"revision": 1}, FLAG | {"revision": 2, "status": "retracted"})
    assert said.count("score") == 2
    assert said.splitlines()[-1].startswith("taken back: ")


def test_a_kind_that_came_later_is_shown_too() -> None:
    assert "topic inflation" in shown(FLAG | {"kind": "topic_inflation"})


def test_places_and_summary(tmp_path: Path) -> None:
    out = io.StringIO()
    with Show(Console(file=out, width=200), 10) as show:
        show.places("127.0.0.1:1", TopicNames(), "http://127.0.0.1:2", tmp_path)
    show.summary(1000, 2.0, None, tmp_path)
    assert "http://127.0.0.1:2/metrics" in out.getvalue()
    assert "1,000 events in 2 s (500 a second), 0 flags" in out.getvalue()


class Producer:
    """Takes note of when records come."""

    sent: list[tuple[float, str, bytes]]

    def __init__(self, **_: Any) -> None:
        Producer.sent = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def flush(self) -> None: ...

    async def send(self, topic: str, value: bytes) -> None:
        Producer.sent.append((asyncio.get_running_loop().time(), topic, value))


def test_events_are_sent_when_their_time_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "AIOKafkaProducer", Producer)

    async def scenario() -> float:
        began = asyncio.get_running_loop().time()
        events = [(-(10**9), "account", b"0"), (0, "click", b"1"), (300_000, "click", b"2")]
        sender = feed.Feed({}, {"account": "a", "click": "c"}, speed=1000.0)
        await sender.send(events, 0, lambda: None)
        assert (sender.sent, sender.now) == (3, 300_000)
        return began

    began = asyncio.run(scenario())
    times = [at - began for at, _, _ in Producer.sent]
    assert [topic for _, topic, _ in Producer.sent] == ["a", "c", "c"]
    assert times[1] < 0.2
    assert 0.2 < times[2] < 2.0
