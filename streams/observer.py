"""What the pipeline tells, as metrics, readiness and log lines."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import numpy as np

from streams import logs
from streams.drift import FieldShares
from streams.metrics import Metrics
from streams.pipeline.observe import Observer
from streams.web import Readiness

log = logs.get(__name__)


class FlagHead(msgspec.Struct, gc=False):
    """The part of a flag that is counted."""

    kind: str
    ts: int
    status: str = "open"
    revision: int = 0


class DeadLetterWatch:
    """The share of invalid records, over about the last `span` of them.

    Args:
        alert: a share from which it is logged, once until it has fallen below again.
        stop: a share from which `on_excess` is called; 0: never.
        on_excess: called once.
        span: records after which a former one counts half.
    """

    def __init__(self, alert: float, stop: float, on_excess: Callable[[], None], span: int = 10_000) -> None:
        self._alert, self._stop, self._on_excess, self._span = alert, stop, on_excess, span
        self._bad = self._all = 0.0
        self._warned = self._stopped = False

    @property
    def ratio(self) -> float:
        """The share now; 0 until a tenth of the span has been seen."""
        return self._bad / self._all if self._all * 10 >= self._span else 0.0

    def count(self, bad: int, good: int) -> None:
        """Takes a batch into account."""
        fade = 0.5 ** ((bad + good) / self._span)
        self._bad = self._bad * fade + bad
        self._all = self._all * fade + bad + good
        ratio = self.ratio
        if ratio > self._alert and not self._warned:
            log.warning("many_dead_letters", ratio=round(ratio, 4), alert_at=self._alert)
        self._warned = ratio > self._alert
        if self._stop and ratio > self._stop and not self._stopped:
            self._stopped = True
            log.error("too_many_dead_letters", ratio=round(ratio, 4), stop_at=self._stop)
            self._on_excess()


def _threshold(cases: Any, kind: str) -> float:
    return float(cases.threshold_of(kind))


def _shadowed(cases: Any, kind: str) -> float:
    return float(cases.shadowed.get(kind, 0))


def _decided(cases: Any, kind: str, falls: bool) -> float:
    return float(cases.decided.get(kind, (0, 0))[falls])


def _warming(stage: Any) -> float:
    return float(stage.warming_up)


class MetricsObserver(Observer):
    """Counts what it is told.

    Args:
        clock: seconds, monotonic.
        wall: seconds since 1970 UTC, to compare event time with.
    """

    def __init__(
        self,
        metrics: Metrics,
        readiness: Readiness,
        letters: DeadLetterWatch,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._metrics, self._readiness, self._letters = metrics, readiness, letters
        self._clock, self._wall = clock, wall
        self._shares = FieldShares(self._drifted)
        self._decoder = msgspec.json.Decoder(FlagHead)
        self._watermarks: dict[tuple[str, int], int] = {}
        self._checkpoints: dict[tuple[str, int], float] = {}
        self._committed = clock()
        metrics.commit_age.set_function(lambda: clock() - self._committed)

    def events(self, kind: str, n: int) -> None:
        self._metrics.events.labels(type=kind).inc(n)
        self._letters.count(0, n)
        if self._readiness.waiting is None:
            self._readiness.waiting = self._clock()

    def rows(self, kind: str, rows: np.ndarray) -> None:
        self._shares.take(kind, rows)

    def _drifted(self, kind: str, field: str, share: float) -> None:
        self._metrics.input_drift.labels(type=kind, field=field).inc()
        log.warning("input_drift", type=kind, field=field, share=round(share, 3))

    def invalid(self, reason: str, n: int) -> None:
        self._metrics.invalid.labels(reason=reason).inc(n)
        self._letters.count(n, 0)

    def late(self, n: int) -> None:
        self._metrics.late.inc(n)

    def duplicates(self, n: int) -> None:
        self._metrics.duplicates.inc(n)

    def batch(self, stage: str, records: int, seconds: float) -> None:
        self._metrics.batch_size.labels(stage=stage).observe(records)
        self._metrics.stage_seconds.labels(stage=stage).observe(seconds)

    def watermark(self, stage: str, shard: int, ms: int) -> None:
        key = stage, shard
        if key not in self._watermarks:
            self._metrics.watermark_lag.labels(stage=stage, shard=str(shard)).set_function(
                partial(self._watermark_lag, key)
            )
        self._watermarks[key] = ms

    def _watermark_lag(self, key: tuple[str, int]) -> float:
        return self._wall() - self._watermarks[key] / 1000

    def checkpoint(self, stage: str, shard: int, size: int, seconds: float) -> None:
        self._saved(stage, shard)
        self._metrics.checkpoint_bytes.labels(stage=stage, shard=str(shard)).set(size)
        self._metrics.checkpoint_seconds.labels(stage=stage).observe(seconds)

    def _saved(self, stage: str, shard: int) -> None:
        key = stage, shard
        if key not in self._checkpoints:
            self._metrics.checkpoint_age.labels(stage=stage, shard=str(shard)).set_function(
                partial(self._checkpoint_age, key)
            )
        self._checkpoints[key] = self._clock()

    def _checkpoint_age(self, key: tuple[str, int]) -> float:
        return self._clock() - self._checkpoints[key]

    def recovered(self, stage: str, shard: int, size: int, seconds: float) -> None:
        self._metrics.recovery_seconds.labels(stage=stage, shard=str(shard)).set(seconds)
        log.info("recovered", stage=stage, shard=shard, bytes=size, seconds=round(seconds, 3))

    def state(self, stage: str, shard: int, rows: int, size: int) -> None:
        self._metrics.state_rows.labels(stage=stage, shard=str(shard)).set(rows)
        self._metrics.state_bytes.labels(stage=stage, shard=str(shard)).set(size)

    def _follow_cases(self, cases: Any) -> None:
        for kind in getattr(cases, "rules", ()):
            self._metrics.flag_threshold.labels(kind=kind).set_function(partial(_threshold, cases, kind))
            self._metrics.shadow_flags.labels(kind=kind).set_function(partial(_shadowed, cases, kind))
            for falls, outcome in enumerate(("stands", "falls")):
                gauge = self._metrics.flags_decided.labels(kind=kind, outcome=outcome)
                gauge.set_function(partial(_decided, cases, kind, bool(falls)))
        self._metrics.reviews_unknown.set_function(lambda: float(getattr(cases, "unknown_reviews", 0)))

    def flags(self, published: list[bytes]) -> None:
        now = self._wall()
        for line in published:
            flag = self._decoder.decode(line)
            self._metrics.flags.labels(kind=flag.kind, status=flag.status).inc()
            if not flag.revision:
                self._metrics.flag_delay.labels(kind=flag.kind).observe(max(0.0, now - flag.ts / 1000))

    def reviews(self, decision: str, n: int) -> None:
        self._metrics.reviews.labels(decision=decision).inc(n)

    def rules(self, version: str | None) -> None:
        self._metrics.rules_refused.set(version is None)
        if version is not None:
            self._metrics.rules.clear()
            self._metrics.rules.labels(version=version).set(self._wall())

    def repeated(self, stage: str, n: int) -> None:
        self._metrics.repeated.labels(stage=stage).inc(n)

    def lost(self, stage: str, shard: int, records: int) -> None:
        self._metrics.lost.labels(stage=stage).inc(records)
        log.error("records_lost", stage=stage, shard=shard, records=records)

    def paused(self, partitions: int) -> None:
        self._metrics.paused.set(partitions)

    def committed(self, ok: bool) -> None:
        self._metrics.commits.labels(outcome="ok" if ok else "refused").inc()
        if ok:
            self._committed = self._clock()
            self._readiness.waiting = None

    def assigned(self, partitions: int, stages: dict[str, Any]) -> None:
        for gauge in self._metrics.per_shard():
            gauge.clear()
        self._watermarks.clear()
        self._checkpoints.clear()
        for name, held in stages.items():
            stage, _, shard = name.partition("/")
            self._saved(stage, int(shard))
            # Only a stage whose judgements need histories warms up.
            if hasattr(held, "warming_up"):
                self._metrics.warming_up.labels(stage=stage, shard=shard).set_function(
                    partial(_warming, held)
                )
            if stage == "cases":
                self._follow_cases(held)
        self._metrics.partitions.set(partitions)
        self._metrics.rebalances.inc()
        self._readiness.assigned = partitions > 0
        self._readiness.waiting = None
        log.info("assigned", partitions=partitions, stages=sorted(stages))
