"""`detector run` over topics that were filled beforehand: events a second from Kafka to flags on Kafka."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import psutil

from streams import topics
from tests.bench.brokers import fill, fresh, pin
from tests.bench.worlds import World, closing
from tests.integration.worker_process import WorkerProcess

PARTITIONS = 2
SHARDS = 4
TIMEOUT = 120.0
_LOOK_SECONDS = 0.02
# Workers rest that have used less than this share of a core for so many looks.
_REST_SHARE, _REST_LOOKS = 0.3, 15
_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of one or more workers has shown.

    Attributes:
        seconds: from when the partitions were handed out to when the last tick was worked off in all stages.
        events: worked off in that time.
        cpu: processor seconds of all workers in that time.
        flags: sent, revisions included.
        stages: seconds by stage, as the workers' metrics have them.
    """

    seconds: float
    events: int
    cpu: float
    flags: int
    stages: Mapping[str, float]

    @property
    def rate(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_each(self) -> float:
        """Microseconds of processor time an event."""
        return 1e6 * self.cpu / self.events


def prepare(bootstrap: str, world: World) -> str:
    """Makes all topics under a prefix of their own, fills those of events, and returns the prefix.

    Each partition ends with an event two hours after all others, which closes every tick before it.
    """
    prefix = f"bench.{uuid4().hex[:8]}."
    names = topics.TopicNames(prefix)
    topics.provision(bootstrap, names, SHARDS, PARTITIONS)
    content = {
        topic: [
            [*world.by_type.get(kind, ())[part::PARTITIONS], closing(kind, part, world.last + 2 * _HOUR)]
            for part in range(PARTITIONS)
        ]
        for kind, topic in names.events.items()
    }
    fresh(fill(bootstrap, content))
    return prefix


def run(
    bootstrap: str,
    world: World,
    folder: Path,
    cores: Sequence[int],
    filled: Callable[[], object] = lambda: None,
) -> Run:
    """Lets one worker a core, kept there, work through the world. `filled` is called when the topics are.

    Raises:
        TimeoutError: they do not come to the end.
    """
    prefix = prepare(bootstrap, world)
    filled()
    with ExitStack() as stack:
        workers = []
        for number, core in enumerate(cores):
            options = ("--bootstrap", bootstrap, "--topic-prefix", prefix, "--group", prefix)
            worker = WorkerProcess(folder / f"{prefix}{number}.log", *options)
            workers.append(stack.enter_context(worker))
            pin(worker.process.pid, {core})
        done = _watch(workers, world)
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.wait(TIMEOUT)
    return done


def _watch(workers: list[WorkerProcess], world: World) -> Run:
    """Waits for the end. The workers are asked only when they seem to rest: an answer costs them time."""
    processes = [psutil.Process(worker.process.pid) for worker in workers]
    until = time.monotonic() + TIMEOUT
    began = spent = 0.0
    at = rested = 0.0
    looks: deque[tuple[float, float]] = deque(maxlen=_REST_LOOKS)
    while time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        cpu = sum(sum(process.cpu_times()[:2]) for process in processes)
        looks.append((time.time(), cpu))
        if not began:
            began, spent = _assigned(workers), cpu
            continue
        if cpu - looks[0][1] > _REST_SHARE * (looks[-1][0] - looks[0][0]) or len(looks) < _REST_LOOKS:
            at = rested = 0.0
            continue
        # The time at which they began to rest, and what they had used until then.
        if not at:
            at, rested = looks[0]
        views = [worker.get("/metrics")[1] for worker in workers]
        if _ended(views, world):
            events = sum(sum(_values(view, "detector_events_total").values()) for view in views)
            flags = sum(sum(_values(view, "detector_flags_total").values()) for view in views)
            return Run(at - began, int(events), rested - spent, int(flags), _stages(views))
        looks.clear()
    raise TimeoutError("\n".join(worker.log[-2000:] for worker in workers))


def _assigned(workers: list[WorkerProcess]) -> float:
    """When the first worker was handed its partitions, by its log; 0 while none was."""
    times = [
        datetime.fromisoformat(line["timestamp"]).timestamp()
        for worker in workers
        for line in map(json.loads, worker.log.splitlines())
        if line.get("event") == "assigned" and line["partitions"]
    ]
    return min(times, default=0.0)


def _stages(views: list[str]) -> dict[str, float]:
    stages: dict[str, float] = {}
    for view in views:
        for labels, seconds in _values(view, "detector_stage_duration_seconds_sum").items():
            stage = labels.removeprefix('stage="').removesuffix('"')
            stages[stage] = stages.get(stage, 0.0) + seconds
    return stages


def _ended(views: list[str], world: World) -> bool:
    """Whether the cases' stage, wherever it is, has come past the last event of the world."""
    lags = [
        lag
        for view in views
        for labels, lag in _values(view, "detector_watermark_lag_seconds").items()
        if 'stage="cases"' in labels
    ]
    return any(time.time() - lag > world.last / 1000 + 60 for lag in lags)


def _values(view: str, name: str) -> dict[str, float]:
    """The samples of a metric by its labels."""
    pattern = re.compile(rf"^{name}\{{(.*)\}} (\S+)", re.MULTILINE)
    return {labels: float(value) for labels, value in pattern.findall(view)}
