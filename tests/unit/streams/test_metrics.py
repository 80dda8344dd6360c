"""Metrics: names that pass promtool, an exposition that can be parsed."""

from __future__ import annotations

import subprocess

import pytest
from prometheus_client import Counter, Gauge, Histogram, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from streams.metrics import Metrics
from tests.unit.promtool import promtool


@pytest.fixture
def full() -> Metrics:
    """Metrics with a sample of every name."""
    metrics = Metrics().with_process()
    for each in metrics.declared:
        labels = dict.fromkeys(each._labelnames, "x")
        child = each.labels(**labels) if labels else each
        if isinstance(child, Counter):
            child.inc()
        elif isinstance(child, Gauge):
            child.set(1)
        elif isinstance(child, Histogram):
            child.observe(1)
    return metrics


def test_names_pass_promtool(full: Metrics) -> None:
    done = subprocess.run(
        [promtool(), "check", "metrics"],
        input=generate_latest(full.registry),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_open_metrics_can_be_parsed(full: Metrics) -> None:
    families = {
        family.name for family in text_string_to_metric_families(generate_openmetrics(full.registry).decode())
    }
    assert {"detector_events", "detector_flags", "detector_flag_delay_seconds", "detector_build"} <= families


def test_no_label_can_hold_a_person(full: Metrics) -> None:
    labels = {label for each in full.declared for label in each._labelnames}
    assert labels <= {
        "decision",
        "field",
        "kind",
        "outcome",
        "partition",
        "reason",
        "shard",
        "stage",
        "status",
        "topic",
        "type",
        "version",
    }
