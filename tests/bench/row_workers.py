"""Two workers on two cores against one, on the same load."""

from __future__ import annotations

import psutil

from tests.bench import workers
from tests.bench.brokers import own_broker, pin
from tests.bench.context import Context
from tests.bench.report import Row

# The broker's machine compiles what it does often: its first rounds are slow.
ROUNDS = 3


def rows(context: Context) -> list[Row]:
    one, two = [], []
    first, *others = context.cores[:2]
    with own_broker() as broker:
        process = psutil.Process(broker.pid)

        def measured(cores: list[int]) -> tuple[workers.Run, float]:
            """A run, and the broker's microseconds of processor time an event in it."""
            spent: list[float] = []
            run = workers.run(
                broker.bootstrap,
                context.world,
                context.folder,
                cores,
                filled=lambda: spent.append(sum(process.cpu_times()[:2])),
            )
            return run, 1e6 * (sum(process.cpu_times()[:2]) - spent[0]) / run.events

        for _ in range(ROUNDS):
            # One worker has a core to itself; of two, each shares its own with the broker.
            pin(broker.pid, set(others))
            one.append(measured([first]))
            pin(broker.pid, {first, *others})
            two.append(measured([first, *others]))
    (single, _), (both, broker_each) = (max(runs, key=lambda each: each[0].rate) for runs in (one, two))
    # The broker shares the cores of the two.
    limit = 2 * single.cpu_each / (both.cpu_each + broker_each)
    return [
        Row(
            "two workers on two cores",
            "one worker on one core, the same load, the broker on the other",
            *(1.7, 1.9, "x", both.rate / single.rate),
            f"{both.rate:,.0f} against {single.rate:,.0f} events/s; {both.cpu_each:.2f} and "
            f"{single.cpu_each:.2f} µs of CPU an event; beside the two the broker takes {broker_each:.2f} of "
            f"the same cores, so that {limit:.2f} x would be all",
        )
    ]
