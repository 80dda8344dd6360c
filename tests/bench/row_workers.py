"""Two workers and the broker on two cores, against one worker and the broker on one, on the same load."""

from __future__ import annotations

from tests.bench import workers, worlds
from tests.bench.brokers import in_memory, own_broker, pin
from tests.bench.context import Context
from tests.bench.report import Row

ROUNDS = 3
# Two days: what starts and ends one after another weighs half as much.
DAYS = 2


def rows(context: Context) -> list[Row]:
    first, *others = context.cores[:2]
    # Cores of the workers, and of the broker.
    plans = {
        "single": ([first], {first}),
        "double": ([first, *others], {first, *others}),
        "apart": ([first], set(others)),
    }
    seen: dict[str, list[workers.Run]] = {name: [] for name in plans}
    world = worlds.make(context.folder, DAYS)
    memory = in_memory()
    with own_broker() as broker:
        for _ in range(ROUNDS):
            for name, (cores, beside) in plans.items():
                pin(broker.pid, beside)
                seen[name].append(workers.run(broker, world, context.folder, cores))
    single, double, apart = (max(runs, key=lambda run: run.rate) for runs in seen.values())
    return [
        Row(
            "two workers and the broker on two cores",
            "one worker and the broker on one core, the same load",
            *(1.7, 1.9, "x", double.rate / single.rate),
            f"{_words(double)} against {_words(single)}, CPU an event of workers + broker: by it "
            f"{2 * _all_in(single) / _all_in(double):.2f} x; one worker with its own core, the broker on "
            f"the other: {_words(apart)}, of which the two are {double.rate / apart.rate:.2f} x; "
            f"the broker's log is {'in memory' if memory else 'on disk'}",
        )
    ]


def _words(run: workers.Run) -> str:
    return f"{run.rate:,.0f} events/s ({run.cpu_each:.2f} + {run.broker_each:.2f} µs)"


def _all_in(run: workers.Run) -> float:
    return run.cpu_each + run.broker_each
