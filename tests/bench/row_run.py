"""`detector run` on one core, against a stock Faust agent on one core that only decodes the same records."""

from __future__ import annotations

import subprocess
import sys
from uuid import uuid4

from kafka.admin import KafkaAdminClient, NewTopic

from tests.bench import workers
from tests.bench.brokers import fill, fresh, own_broker, pin
from tests.bench.context import Context
from tests.bench.report import ROOT, Row, number
from tests.bench.stock import TIMEOUT
from tests.bench.worlds import World

ROUNDS = 2
#: Stock Faust gets fewer records: it would take minutes for all.
FEW = 60_000


def rows(context: Context) -> list[Row]:
    world, (first, *others) = context.world, context.cores
    ours, stock = [], []
    with own_broker() as broker:
        # It has the other cores to itself.
        pin(broker.pid, set(others))
        topic = _few(broker.bootstrap, world)
        for _ in range(ROUNDS):
            ours.append(workers.run(broker, world, context.folder, [first]))
            stock.append(_stock(broker.bootstrap, topic, first))
    best = max(ours, key=lambda run: run.rate)
    rate, cpu = max(found[0] for found in stock), min(found[1] for found in stock)
    least = min(run.cpu_each for run in ours)
    stages = ", ".join(f"{name} {1e6 * part / world.records:.2f}" for name, part in best.stages.items())
    return [
        Row(
            "`detector run`: JSON from Kafka to flags on Kafka, all suspicions on, one core",
            "stock Faust agent on one core that only decodes the JSON (msgspec, to Structs)",
            *(10, 20, "x", best.rate / rate),
            f"{best.rate:,.0f} events/s ({least:.2f} µs of CPU each; {number(world.bytes_each)} bytes); "
            f"stock {rate:,.0f}/s ({cpu:.1f} µs); ratio by CPU {number(cpu / least)}; "
            f"µs an event by stage: {stages}; the broker ({best.broker_each:.2f} µs) on another core",
        )
    ]


def _few(bootstrap: str, world: World) -> str:
    """A topic with some of the records, all types mixed as in the file."""
    topic = f"bench.{uuid4().hex[:8]}.mixed"
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.create_topics([NewTopic(topic, workers.PARTITIONS, 1)])
    finally:
        admin.close()
    records = world.path.read_bytes().split(b"\n")[-FEW - 1 : -1]
    fresh(
        fill(bootstrap, {topic: [records[part :: workers.PARTITIONS] for part in range(workers.PARTITIONS)]})
    )
    return topic


def _stock(bootstrap: str, topic: str, core: int) -> tuple[float, float]:
    """(records a second, microseconds of processor time a record)."""
    command = [sys.executable, "-m", "tests.bench.stock", bootstrap, topic, str(FEW), str(core), "decode"]
    done = subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=TIMEOUT + 30
    )
    rate, cpu = done.stdout.split()[-2:]
    return float(rate), float(cpu)
