"""Two workers on two cores against one, on the same load."""

from __future__ import annotations

from tests.bench import workers
from tests.bench.brokers import some_broker
from tests.bench.context import Context
from tests.bench.report import Row

ROUNDS = 2


def rows(context: Context) -> list[Row]:
    one, two = [], []
    with some_broker() as bootstrap:
        for _ in range(ROUNDS):
            one.append(workers.run(bootstrap, context.world, context.folder, context.cores[:1]))
            two.append(workers.run(bootstrap, context.world, context.folder, context.cores[:2]))
    first, second = (max(runs, key=lambda run: run.rate) for runs in (one, two))
    return [
        Row(
            "two workers on two cores",
            "one worker on one core, the same load",
            *(1.7, 1.9, "x", second.rate / first.rate),
            f"{second.rate:,.0f} against {first.rate:,.0f} events/s; {second.cpu_each:.2f} and "
            f"{first.cpu_each:.2f} µs of CPU an event; the broker shares these cores",
        )
    ]
