"""The Prometheus alerts: promtool runs their cases; each has a runbook and uses metrics that exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import yaml
from prometheus_client import Counter

from streams.metrics import Metrics
from tests.unit.promtool import promtool

ROOT = Path(__file__).parents[3]
RULES = ROOT / "config/prometheus/detector.rules.yml"
CASES = Path(__file__).parent / "rules/detector.test.yml"


def rules() -> list[dict[str, str]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, str]]:
    return [rule for rule in rules() if "alert" in rule]


def test_the_rules_are_well_formed() -> None:
    done = subprocess.run([promtool(), "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_fires_and_is_quiet_as_its_cases_say() -> None:
    done = subprocess.run([promtool(), "test", "rules", CASES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_that_fires_and_one_that_is_quiet() -> None:
    cases = [
        case
        for test in yaml.safe_load(CASES.read_text())["tests"]
        for case in test.get("alert_rule_test", [])
    ]
    firing = {case["alertname"] for case in cases if case["exp_alerts"]}
    quiet = {case["alertname"] for case in cases if not case["exp_alerts"]}
    assert firing == quiet == {alert["alert"] for alert in alerts()}


def test_every_alert_has_its_runbook() -> None:
    headings = set(re.findall(r"^### (\w+)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE))
    assert headings == {alert["alert"] for alert in alerts()}


def test_the_rules_use_metrics_that_exist() -> None:
    known = {
        f"{each._name}_total" if isinstance(each, Counter) else each._name for each in Metrics().declared
    }
    assert set(re.findall(r"detector_\w+", " ".join(rule["expr"] for rule in rules()))) <= known
