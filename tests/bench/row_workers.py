"""Two workers and the broker on two cores, against one worker and the broker on one, on the same load."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from streams.broker import Broker
from tests.bench import workers
from tests.bench.brokers import in_memory, own_broker, pin
from tests.bench.context import Context
from tests.bench.report import Row

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Seen:
    """A run, and the broker's microseconds of processor time an event in it."""

    run: workers.Run
    broker: float

    @property
    def all_in(self) -> float:
        """Microseconds of processor time an event, of the workers and the broker."""
        return self.run.cpu_each + self.broker

    @property
    def words(self) -> str:
        return f"{self.run.rate:,.0f} events/s ({self.run.cpu_each:.2f} + {self.broker:.2f} µs)"


def rows(context: Context) -> list[Row]:
    first, *others = context.cores[:2]
    # Cores of the workers, and of the broker.
    plans = {
        "single": ([first], {first}),
        "double": ([first, *others], {first, *others}),
        "apart": ([first], set(others)),
    }
    seen: dict[str, list[_Seen]] = {name: [] for name in plans}
    memory = in_memory()
    with own_broker() as broker:
        for _ in range(ROUNDS):
            for name, (cores, beside) in plans.items():
                seen[name].append(_measured(broker, context, cores, beside))
    single, double, apart = (max(runs, key=lambda one: one.run.rate) for runs in seen.values())
    return [
        Row(
            "two workers and the broker on two cores",
            "one worker and the broker on one core, the same load",
            *(1.7, 1.9, "x", double.run.rate / single.run.rate),
            f"{double.words} against {single.words}, CPU an event of workers + broker: by it "
            f"{2 * single.all_in / double.all_in:.2f} x; one worker with a core to itself and the broker on "
            f"the other: {apart.words}, of which the two are {double.run.rate / apart.run.rate:.2f} x; "
            f"the broker's log is {'in memory' if memory else 'on disk'}",
        )
    ]


def _measured(broker: Broker, context: Context, cores: list[int], beside: set[int]) -> _Seen:
    process, spent = psutil.Process(broker.pid), list[float]()
    pin(broker.pid, beside)
    # The filling of the topics is not the workers' doing.
    run = workers.run(
        broker.bootstrap,
        context.world,
        context.folder,
        cores,
        filled=lambda: spent.append(sum(process.cpu_times()[:2])),
    )
    return _Seen(run, 1e6 * (sum(process.cpu_times()[:2]) - spent[0]) / run.events)
