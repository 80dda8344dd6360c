"""The demo from start to end: everything it starts, it stops, however it ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiokafka.errors import KafkaError

from config.settings import Settings, env_name
from detector.simulate import Made, stream
from streams import topics
from streams.broker import Guard, local
from streams.demo import watch
from streams.demo.feed import Feed
from streams.demo.show import Show
from streams.flags import Latest
from streams.security import client_options

GROUP = "detector-demo"
# A quiet topic stops holding the others back after so long; short, as the demo's clock runs fast.
IDLE_SECONDS = 3.0
READY_SECONDS = 60.0
# After the last event: without a new flag for so long, the worker is done.
QUIET_SECONDS = 3 * IDLE_SECONDS
STOP_SECONDS = 20.0


class DemoError(Exception):
    """Something that the demo needs has failed; the message says what and where to look."""


@dataclass
class Outcome:
    """What came of it.

    Attributes:
        sent: events.
        seconds: that sending and scoring them took.
        flags: every revision that came.
        interrupted: it was stopped before the end.
    """

    sent: int = 0
    seconds: float = 0.0
    flags: list[bytes] = field(default_factory=list)
    interrupted: bool = False


async def play(folder: Path, made: Made, speed: float, show: Show) -> Outcome:
    """Starts a broker and a worker in a folder, sends a world's events, and shows the flags as they come.

    Args:
        folder: an empty one; `flags.jsonl` and the worker's log stay there.
        made: the world.
        speed: event time a second of real time.

    Raises:
        DemoError: the broker or the worker does not start, or ends before its time.
        BrokerError: the broker cannot be started.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    outcome = Outcome()
    playing = asyncio.create_task(_play(folder, made, speed, show, outcome))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        outcome.interrupted = stop.is_set() and not playing.done()
        stopping.cancel()
        if not playing.done():
            playing.cancel()
        # The broker and the worker are stopped in there; a second Ctrl-C does not hurry it.
        await asyncio.wait({playing, stopping})
    if not playing.cancelled() and (error := playing.exception()):
        raise error
    return outcome


async def _play(folder: Path, made: Made, speed: float, show: Show, outcome: Outcome) -> None:
    with Guard() as guard:
        guard.broker(folder / "broker")
        await _guarded(folder, made, speed, show, outcome, guard)


async def _guarded(
    folder: Path, made: Made, speed: float, show: Show, outcome: Outcome, guard: Guard
) -> None:
    async with _broker(folder / "broker") as bootstrap:
        port = _free_port()
        settings = Settings(
            bootstrap=bootstrap, group=GROUP, partitions=1, idle_seconds=IDLE_SECONDS, metrics_port=port
        )
        names, client = topics.TopicNames.of(settings), client_options(settings)
        await asyncio.to_thread(topics.provision, client, names, settings.shards, settings.partitions)
        async with _worker(settings, folder / "worker.log") as worker:
            guard.process(worker.pid)
            url = f"http://{settings.web_host}:{port}"
            show.places(bootstrap, names, url, folder)
            await _until_ready(url, worker, folder)
            try:
                await _watched(worker, folder, _traffic(client, names, made, speed, show, outcome))
            finally:
                _keep_flags(outcome.flags, folder / "flags.jsonl")


@asynccontextmanager
async def _broker(folder: Path) -> AsyncIterator[str]:
    """A broker of its own, gone at the end with all its data."""
    starting = asyncio.create_task(asyncio.to_thread(local.start, folder))
    try:
        # Shielded: a thread cannot be cancelled, and what it starts must be known to be stopped.
        yield (await asyncio.shield(starting)).bootstrap
    finally:
        await asyncio.wait({starting})
        await asyncio.to_thread(local.stop, folder, STOP_SECONDS)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@asynccontextmanager
async def _worker(settings: Settings, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`detector run` as a process of its own, as a user would start it."""
    names = ("bootstrap", "group", "partitions", "idle_seconds", "metrics_port")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DETECTOR_")}
    environment |= {env_name(name): str(getattr(settings, name)) for name in names}
    with log.open("wb") as file:
        # In a session of its own, so that a Ctrl-C reaches the demo alone, which then stops it.
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "streams", "run"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=environment,
            start_new_session=True,
        )
    try:
        yield worker
    finally:
        if worker.returncode is None:
            worker.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await worker.wait()
        except TimeoutError:
            worker.kill()
            await worker.wait()


async def _until_ready(url: str, worker: asyncio.subprocess.Process, folder: Path) -> None:
    async def ask() -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                with suppress(aiohttp.ClientError):
                    async with session.get(url + "/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)

    try:
        async with asyncio.timeout(READY_SECONDS):
            await _watched(worker, folder, ask())
    except TimeoutError:
        raise DemoError(
            f"the worker is not ready after {READY_SECONDS:.0f} s; see {folder}/worker.log"
        ) from None


async def _watched(worker: asyncio.subprocess.Process, folder: Path, work: Any) -> None:
    """Does the work, unless the worker or the broker ends before it is done."""
    working = asyncio.create_task(work)
    exited = asyncio.create_task(worker.wait())
    alive = asyncio.create_task(_broker_gone(folder / "broker"))
    try:
        await asyncio.wait({working, exited, alive}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            if alive.done():
                raise DemoError(f"the broker has ended; see {folder}/broker")
            raise DemoError(f"the worker has ended with code {exited.result()}; see {folder}/worker.log")
    finally:
        for task in (working, exited, alive):
            task.cancel()
        await asyncio.wait({working, exited, alive})
    try:
        working.result()
    except KafkaError as error:
        raise DemoError(f"the broker does not answer any more: {error}") from error


async def _broker_gone(folder: Path) -> None:
    while await asyncio.to_thread(local.status, folder):
        await asyncio.sleep(1.0)


async def _traffic(
    client: dict[str, Any], names: topics.TopicNames, made: Made, speed: float, show: Show, outcome: Outcome
) -> None:
    """Sends the events, shows the flags, and ends when no more come."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    feed = Feed(client, names.events, speed)
    news = asyncio.Event()

    async def watch_flags() -> None:
        async for flag in watch.flags(client, names.sanctions):
            outcome.flags.append(flag)
            show.flag(flag)
            news.set()

    watching = asyncio.create_task(watch_flags())
    try:
        await feed.send(stream(made), made.world.start, lambda: show.progress(feed.sent, feed.now))
        sent_at = loop.time()
        while True:
            news.clear()
            try:
                async with asyncio.timeout(QUIET_SECONDS):
                    await news.wait()
            except TimeoutError:
                break
        if watching.done():
            watching.result()
        outcome.seconds = sent_at - started
    finally:
        outcome.sent = feed.sent
        outcome.seconds = outcome.seconds or loop.time() - started
        watching.cancel()
        await asyncio.wait({watching})


def _keep_flags(flags: list[bytes], path: Path) -> None:
    latest = Latest()
    for flag in flags:
        latest.add(flag)
    with path.open("wb") as file:
        latest.write(file)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
