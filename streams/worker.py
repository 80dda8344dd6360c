"""The worker put together: pipeline, metrics, web views, log lines, signals."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import threading
import time
from contextlib import suppress
from typing import Any

import uvloop

from config.settings import Settings
from streams import logs, topics
from streams.broker import BrokerError
from streams.metrics import Metrics
from streams.observer import DeadLetterWatch, MetricsObserver
from streams.pipeline.app import build_app
from streams.security import client_options
from streams.transport.run import serve, tune
from streams.web import Readiness, Web

# Asking the brokers for the lag costs a connection; Prometheus scrapes about as often.
LAG_SECONDS = 10.0
CONNECT_SECONDS = 60.0
RETRY_SECONDS = 0.5
# So often the log says that there is still no broker.
SAY_SECONDS = 10.0

log = logs.get(__name__)


def run(settings: Settings) -> int:
    """Works until SIGTERM or SIGINT, and returns the exit code: 0 stopped as asked, 1 failed.

    Raises:
        AddressError: the address of the web views cannot be had.
        BrokerError: no broker answers, or topics cannot be made.
        SecurityError: the TLS files cannot be used.
    """
    logs.configure(settings.log_level, settings.log_format)
    tune()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(_work(settings))
    if any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate()):
        # Faust's consumer has a thread of its own, which the interpreter would wait for at its end.
        log.error("a_thread_cannot_be_stopped")
        logging.shutdown()
        os._exit(1)
    return code


async def _work(settings: Settings) -> int:
    stop, failed = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def give_up() -> None:
        failed.set()
        stop.set()

    metrics = Metrics().with_process()
    # An event waits until its tick is closed and the checkpoint that covers it is written.
    patience = settings.tick_seconds + settings.lateness_seconds + settings.idle_seconds
    readiness = Readiness(time.monotonic, commit_within=60 + patience + 3 * settings.checkpoint_seconds)
    letters = DeadLetterWatch(settings.dead_letter_ratio_alert, settings.dead_letter_stop_ratio, give_up)
    observer = MetricsObserver(metrics, readiness, letters, time.monotonic, time.time)
    client = client_options(settings)
    web = Web(metrics, readiness, settings.web_host, settings.metrics_port)
    await web.start()
    stopped = threading.Event()
    lag = threading.Thread(
        target=_follow_lag, args=(settings, client, metrics, stopped), name="lag", daemon=True
    )
    lag.start()
    try:
        if settings.create_topics:
            await _make_topics(settings, client, stop)
        log.info("started", bootstrap=settings.bootstrap, group=settings.group, web=web.url)
        # Here, since it brings in all the kernels.
        from streams import warm

        await asyncio.to_thread(warm.load)
        app = build_app(settings, observer)
        # What stands now lives as long as the process and is not worth the collector's time.
        gc.freeze()
        code = await serve(app, stop)
        log.info("stopped", exit_code=code, too_many_dead_letters=failed.is_set())
        return 1 if failed.is_set() else code
    finally:
        stopped.set()
        await web.stop()


async def _make_topics(settings: Settings, client: dict[str, Any], stop: asyncio.Event) -> None:
    """Makes the topics that are missing; waits for the brokers meanwhile, which may be starting too.

    Raises:
        BrokerError: no broker answers for so long, or one refuses.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + CONNECT_SECONDS
    said = -SAY_SECONDS
    names = topics.TopicNames.of(settings)
    while not stop.is_set():
        try:
            made = await asyncio.to_thread(
                topics.provision, client, names, settings.shards, settings.partitions, settings.replication
            )
        except BrokerError as error:
            if loop.time() > until:
                raise
            if loop.time() - said >= SAY_SECONDS:
                said = loop.time()
                log.info("waiting_for_the_broker", reason=str(error))
        else:
            if made:
                log.info("topics_made", topics=made)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(RETRY_SECONDS):
                await stop.wait()


def _follow_lag(
    settings: Settings, client: dict[str, Any], metrics: Metrics, stopped: threading.Event
) -> None:
    """Keeps the lag of the whole group in the metrics, in a thread: kafka-python's clients block."""
    names = topics.TopicNames.of(settings)
    wanted = [*names.events.values(), *map(names.internal, topics.STAGES)]
    while not stopped.wait(LAG_SECONDS):
        try:
            rows = topics.lag(client, settings.group, wanted)
        except BrokerError as error:
            log.warning("lag_unknown", reason=str(error))
            continue
        for row in rows:
            labels = {"topic": row.topic, "partition": str(row.partition)}
            metrics.consumer_lag.labels(**labels).set(row.behind)
