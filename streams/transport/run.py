"""Running an app as a worker, from Python."""

import asyncio
import ctypes
import logging
import os
import signal
import sys
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import uvloop
from aiokafka import AIOKafkaClient
from aiokafka.errors import KafkaError
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from mode.threads import WorkerThread

from streams.transport.app import BatchedApp

log = logging.getLogger(__name__)

_RETRY_SECONDS = 0.3
_PROBE_TIMEOUT_MS = 5_000
_SWITCH_SECONDS = 0.0005
# Of glibc's malloc, as in its malloc.h: free memory that is kept at the end of the heap, and the size from
# which an allocation gets pages of its own (no more than 32 MiB are taken).
_TRIM_THRESHOLD, _TRIM_BYTES = -1, 256 << 20
_MMAP_THRESHOLD, _MMAP_BYTES = -3, 32 << 20


def tune() -> None:
    """Settings of the whole process that batches want: turns of threads, and memory that is used again.

    Threads take turns more often than every 5 ms: the thread of the consumer gives up the interpreter at each
    read from its socket; while agents compute, it would wait 5 ms to go on, several times for every chunk it
    fetches. Costs no measurable CPU.

    Freed memory is kept, where the C library is glibc: what is fetched comes and goes in pieces of megabytes,
    and the system would have to clear new pages for each, which was a third of the cost of fetching.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _TRIM_BYTES)
        mallopt(_MMAP_THRESHOLD, _MMAP_BYTES)


async def wait_for_broker(bootstrap: str, group: str, seconds: float, **security: Any) -> None:
    """Wait until a broker answers and the group has a coordinator.

    A worker that meets a coordinator which is still starting would fall over. `security` are options of
    aiokafka's clients.

    Raises:
        TimeoutError: not within so many seconds.
    """
    async with asyncio.timeout(seconds):
        while not await _has_coordinator(bootstrap, group, security):
            await asyncio.sleep(_RETRY_SECONDS)


async def _has_coordinator(bootstrap: str, group: str, security: dict[str, Any]) -> bool:
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=_PROBE_TIMEOUT_MS, **security)
    try:
        await client.bootstrap()
        # 0: a group's coordinator, not a transaction's.
        await client.coordinator_lookup(0, group)
    except KafkaError as error:
        log.info("Waiting for the broker at %s: %r", bootstrap, error)
        return False
    finally:
        await client.close()
    return True


async def serve(
    app: BatchedApp, stop: asyncio.Event, *, connect_seconds: float = 60.0, stop_seconds: float = 30.0
) -> int:
    """Run the worker until `stop` is set or it crashes; the exit code: 0 or 1.

    Stopping drains: no new batches, agents finish theirs, `on_revoked` runs, then the group is left. When
    that takes longer than `stop_seconds`, the rest is abandoned and the code is 1.
    """
    stopped = asyncio.create_task(stop.wait())
    working = asyncio.create_task(_work(app, stopped, connect_seconds))
    try:
        await asyncio.wait({stopped, working}, return_when=asyncio.FIRST_COMPLETED)
        # A start is never cut short: an app that has half started can't be stopped in order.
        await asyncio.wait({working}, timeout=stop_seconds)
    finally:
        stopped.cancel()
        working.cancel()
        await asyncio.wait({stopped, working})
        finished = await _stop(app, stop_seconds)
    errors = [app.crash_reason, None if working.cancelled() else working.exception()]
    for error in filter(None, errors):
        log.error("The worker could not go on: %r", error, exc_info=error)
    return 0 if finished and not working.cancelled() and not any(errors) else 1


async def _work(app: BatchedApp, stopped: "asyncio.Task[Any]", connect_seconds: float) -> None:
    """Until stopped or crashed. Raises what keeps the worker from starting."""
    conf = app.conf
    security = credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context)
    connecting = wait_for_broker(app.bootstrap, conf.id, connect_seconds, **security)
    if await _before(stopped, connecting):
        await app.start()
        await _before(stopped, app.wait_until_stopped())


async def _before(stopped: "asyncio.Task[Any]", work: Coroutine[Any, Any, None]) -> bool:
    """Whether the work was done before the stop; it is cancelled otherwise."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({stopped, task}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        return not stopped.done()
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _stop(app: BatchedApp, seconds: float) -> bool:
    if not app.started:
        return True
    stopping = asyncio.create_task(app.stop())
    done, _ = await asyncio.wait({stopping}, timeout=seconds)
    if not done:
        log.error("The worker did not stop within %g s", seconds)
        stopping.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait({stopping}, timeout=1.0)
        return False
    return stopping.exception() is None


def run(app: BatchedApp, *, connect_seconds: float = 60.0, stop_seconds: float = 30.0) -> int:
    """Run the worker in this process until SIGTERM or SIGINT; the exit code: 0 or 1.

    Does not return when the consumer's thread can't be stopped: the process then ends at once, with 1.
    """
    tune()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(_serve_until_signal(app, connect_seconds, stop_seconds))
        if any(isinstance(thread, WorkerThread) for thread in threading.enumerate()):
            log.error("The consumer's thread could not be stopped: leaving at once")
            logging.shutdown()
            sys.stdout.flush()
            os._exit(1)
    return code


async def _serve_until_signal(app: BatchedApp, connect_seconds: float, stop_seconds: float) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return await serve(app, stop, connect_seconds=connect_seconds, stop_seconds=stop_seconds)
