"""The web views, asked over HTTP."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest

from streams.metrics import Metrics
from streams.web import AddressError, Readiness, Web

OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def get(url: str, headers: dict[str, str] | None = None) -> tuple[int, str, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.text(), answer.headers["Content-Type"]


def test_the_three_views() -> None:
    async def scenario() -> None:
        metrics, readiness = Metrics(), Readiness(clock=Clock())
        web = Web(metrics, readiness, "127.0.0.1", 0)
        await web.start()
        try:
            metrics.events.labels(type="click").inc(7)
            assert (await get(web.url + "/livez"))[:2] == (200, "ok\n")
            assert (await get(web.url + "/readyz"))[:2] == (
                503,
                "no partitions assigned, or their state is still being recovered\n",
            )
            readiness.assigned = True
            assert (await get(web.url + "/readyz"))[0] == 200
            status, text, kind = await get(web.url + "/metrics", OPENMETRICS)
            assert (status, kind.split(";")[0]) == (200, "application/openmetrics-text")
            assert 'detector_events_total{type="click"} 7.0' in text
            assert text.endswith("# EOF\n")
            assert (await get(web.url + "/metrics"))[2].startswith("text/plain")
            assert (await get(web.url + "/table"))[0] == 404
        finally:
            await web.stop()

    asyncio.run(scenario())


def test_an_address_that_is_taken() -> None:
    async def scenario(port: int) -> None:
        with pytest.raises(AddressError, match=f"cannot listen on 127.0.0.1:{port}"):
            await Web(Metrics(), Readiness(clock=Clock()), "127.0.0.1", port).start()

    with socket.create_server(("127.0.0.1", 0)) as taken:
        asyncio.run(scenario(taken.getsockname()[1]))


def test_readiness_names_what_is_missing() -> None:
    clock = Clock()
    ready = Readiness(clock=clock, commit_within=60.0)
    assert ready.reasons() == ["no partitions assigned, or their state is still being recovered"]
    ready.assigned = True
    assert ready.reasons() == []
    ready.waiting = clock.now
    clock.now += 60
    assert ready.reasons() == []
    clock.now += 1
    assert ready.reasons() == ["no commit for 61 s"]
    ready.waiting = None
    assert ready.reasons() == []
