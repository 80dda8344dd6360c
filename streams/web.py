"""What a worker answers over HTTP: `/metrics`, `/livez`, `/readyz`. Nothing about accounts or contents."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from prometheus_client.aiohttp import make_aiohttp_handler

from streams.metrics import Metrics


class AddressError(Exception):
    """The address for `/metrics` cannot be had."""


@dataclass
class Readiness:
    """What `/readyz` judges: set by the worker's observer, read here.

    Attributes:
        clock: seconds, monotonic.
        commit_within: greatest time that something may wait to be committed, seconds.
        assigned: partitions have been handed to this worker and their state is recovered.
        waiting: since when something has waited to be committed, by `clock`; None when nothing waits.
    """

    clock: Callable[[], float]
    commit_within: float = 600.0
    assigned: bool = False
    waiting: float | None = None

    def reasons(self) -> list[str]:
        """Why the worker is not ready; empty when it is."""
        if not self.assigned:
            return ["no partitions assigned, or their state is still being recovered"]
        waited = 0.0 if self.waiting is None else self.clock() - self.waiting
        return [f"no commit for {waited:.0f} s"] if waited > self.commit_within else []


def application(metrics: Metrics, readiness: Readiness) -> web.Application:
    """The three views."""

    async def livez(_: web.Request) -> web.Response:
        # That the event loop came round to answer is the proof. Kafka being away is no reason to restart.
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        reasons = readiness.reasons()
        return web.Response(status=503 if reasons else 200, text="\n".join(reasons or ["ok"]) + "\n")

    app = web.Application()
    app.router.add_get("/metrics", make_aiohttp_handler(metrics.registry))
    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    return app


class Web:
    """The server, between `start` and `stop`.

    Args:
        host, port: to listen on; port 0 takes any free one.

    Attributes:
        url: where it answers, once started.
    """

    def __init__(self, metrics: Metrics, readiness: Readiness, host: str, port: int) -> None:
        self._runner = web.AppRunner(application(metrics, readiness), access_log=None)
        self._host, self._port = host, port
        self.url = ""

    async def start(self) -> None:
        """Listens.

        Raises:
            AddressError: the address cannot be had.
        """
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else error
            raise AddressError(f"cannot listen on {self._host}:{self._port} for /metrics: {why}") from error
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def stop(self) -> None:
        """Stops listening; answers that are under way are finished."""
        await self._runner.cleanup()
