"""How a worker starts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import structlog

from config.settings import Settings
from streams import worker
from streams.broker import BrokerError


def test_a_wait_for_the_broker_is_told_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0

    def provision(*_: Any) -> list[str]:
        nonlocal tries
        tries += 1
        if tries < 20:
            raise BrokerError("no broker answers at 127.0.0.1:1")
        return []

    monkeypatch.setattr(worker.topics, "provision", provision)
    monkeypatch.setattr(worker, "RETRY_SECONDS", 0.001)
    with structlog.testing.capture_logs() as lines:
        asyncio.run(worker._make_topics(Settings(), {}, asyncio.Event()))
    assert tries == 20
    assert [line["event"] for line in lines] == ["waiting_for_the_broker"]
