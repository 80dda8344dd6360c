"""Every metric of the service, declared in one place; `docs/metrics.md` is checked against this file.

No label ever holds an id of an account, a content or an address, so the number of series stays bounded.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

NAMESPACE = "detector"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
DELAY = (1, 5, 10, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600, 7200, 21_600)
RECORDS = (1, 10, 50, 100, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000)


def installed_version() -> str:
    """The version of the installed package, `unknown` in a source tree that is not installed."""
    try:
        return version("detector")
    except PackageNotFoundError:
        return "unknown"


class Metrics:
    """The metrics of one process.

    Args:
        registry: where they are collected from; a fresh one without the process's own metrics by default.

    Examples:
        >>> metrics = Metrics()
        >>> metrics.events.labels(type="click").inc(3)
        >>> metrics.registry.get_sample_value("detector_events_total", {"type": "click"})
        3.0
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self.declared: list[MetricWrapperBase] = []

        self.events = self._counter("events", "Valid events taken in.", "type")
        self.invalid = self._counter("events_invalid", "Records sent to the dead letters.", "reason")
        self.late = self._counter(
            "events_late", "Events later than the allowed lateness, moved to the open tick."
        )
        self.duplicates = self._counter("events_duplicate", "Events whose id had been seen, left out.")
        self.input_drift = self._counter(
            "input_drift",
            "Times that the share of a type's events that have a field has changed.",
            "type",
            "field",
        )
        self.flags = self._counter("flags", "Flags published, revisions included.", "kind", "status")
        self.flag_threshold = self._gauge(
            "flag_threshold_decades",
            "Surprise that makes a case of a kind a flag: -log10 of its probability; reviews may raise it.",
            "kind",
        )
        self.shadow_flags = self._gauge(
            "shadow_flags", "Flags that kinds in the shadow would have published since they are.", "kind"
        )
        self.flags_decided = self._gauge(
            "flags_decided",
            "Flags that reviewers have decided about, by their last decision: stands, or falls.",
            "kind",
            "outcome",
        )
        self.reviews = self._counter("reviews", "Reviewers' decisions taken in.", "decision")
        self.reviews_unknown = self._gauge(
            "reviews_unknown", "Decisions about flags that are not known here, since the start."
        )
        self.rules = self._gauge(
            "rules_loaded_timestamp_seconds",
            "When the rules in force were read, by their version.",
            "version",
        )
        self.rules_refused = self._gauge(
            "rules_refused", "1 while changed rule packs are refused and the former ones stay in force."
        )
        self.flag_delay = self._histogram(
            "flag_delay_seconds",
            "Time from the event time at which the evidence sufficed until the flag was published.",
            DELAY,
            "kind",
        )
        self.repeated = self._counter(
            "repeated_rows", "Rows or findings that came again after a restart, left out.", "stage"
        )
        self.lost = self._counter(
            "lost_records", "Records between the stages that were deleted before they were read.", "stage"
        )

        self.partitions = self._gauge("assigned_partitions", "Partitions assigned to this worker.")
        self.consumer_lag = self._gauge(
            "consumer_lag_records",
            "Records between the group's committed offset and the end of a partition.",
            "topic",
            "partition",
        )
        self.watermark_lag = self._gauge(
            "watermark_lag_seconds", "Age of the event time up to which a stage has worked.", "stage", "shard"
        )
        self.batch_size = self._histogram(
            "batch_records", "Events or findings that a stage took at once.", RECORDS, "stage"
        )
        self.stage_seconds = self._histogram(
            "stage_duration_seconds", "Time that a stage worked on a batch.", SECONDS, "stage"
        )
        self.paused = self._gauge("paused_partitions", "Partitions held back until the slower ones catch up.")
        self.rebalances = self._counter("rebalances", "Times that partitions were handed out anew.")
        self.commits = self._counter("commits", "Offsets committed, by outcome.", "outcome")
        self.commit_age = self._gauge("commit_age_seconds", "Time since the last successful commit.")

        self.state_rows = self._gauge("state_rows", "Rows of state held.", "stage", "shard")
        self.state_bytes = self._gauge("state_bytes", "Memory of the state held.", "stage", "shard")
        self.checkpoint_age = self._gauge(
            "checkpoint_age_seconds", "Time since the last checkpoint that counts.", "stage", "shard"
        )
        self.checkpoint_bytes = self._gauge(
            "checkpoint_bytes", "Size of the last checkpoint that counts.", "stage", "shard"
        )
        self.checkpoint_seconds = self._histogram(
            "checkpoint_duration_seconds", "Time that a checkpoint took to be written.", SECONDS, "stage"
        )
        self.recovery_seconds = self._gauge(
            "recovery_duration_seconds", "Time that the last recovery of the state took.", "stage", "shard"
        )
        self.warming_up = self._gauge(
            "warming_up", "1 while histories are too short for flags at the usual evidence.", "stage", "shard"
        )
        self.build = Info("detector_build", "Version of the service.", registry=self.registry)
        self.build.info({"version": installed_version()})
        self.declared.append(self.build)

    def with_process(self) -> Metrics:
        """Adds the metrics of the process and of the interpreter, and returns itself."""
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        return self

    def per_shard(self) -> tuple[Gauge, ...]:
        """Gauges of the shards held: cleared when shards are handed out anew."""
        return (
            self.watermark_lag,
            self.state_rows,
            self.state_bytes,
            self.checkpoint_age,
            self.checkpoint_bytes,
            self.warming_up,
            self.flag_threshold,
            self.shadow_flags,
            self.flags_decided,
        )

    def _counter(self, name: str, doc: str, *labels: str) -> Counter:
        made = Counter(name, doc, labels, namespace=NAMESPACE, registry=self.registry)
        self.declared.append(made)
        return made

    def _gauge(self, name: str, doc: str, *labels: str) -> Gauge:
        made = Gauge(name, doc, labels, namespace=NAMESPACE, registry=self.registry)
        self.declared.append(made)
        return made

    def _histogram(self, name: str, doc: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        made = Histogram(name, doc, labels, namespace=NAMESPACE, registry=self.registry, buckets=buckets)
        self.declared.append(made)
        return made
