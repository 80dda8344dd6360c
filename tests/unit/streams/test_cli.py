"""The command line: help, exit codes, one clear line for each error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli import COMMANDS, main
from streams.commands.config import HIDDEN

NOBODY = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("DETECTOR_"):
            monkeypatch.delenv(name)


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_every_command_is_there_and_explains_itself() -> None:
    listing = call("--help")
    assert listing.exit_code == 0
    for name in COMMANDS:
        assert f"  {name} " in listing.output
        assert call(name, "--help").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["config", "show", "--nonsense"], ["config", "check", "--set", "shards"], ["replay"]],
)
def test_a_wrong_usage_exits_2(arguments: list[str]) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_a_mistyped_command_is_guessed() -> None:
    assert "Did you mean 'replay'?" in call("relpay").stderr


def test_show_prints_values_and_origins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.toml"
    path.write_text('group = "g"\n')
    monkeypatch.setenv("DETECTOR_SHARDS", "2")
    result = call("config", "show", "--json", "--config", path, "--set", "metrics-port=1")
    shown = {row["name"]: (row["value"], row["origin"]) for row in json.loads(result.stdout)}
    assert shown["group"] == ("g", f"file {path}")
    assert shown["shards"] == (2, "environment DETECTOR_SHARDS")
    assert shown["metrics_port"] == (1, "option --set metrics_port")
    assert shown["bootstrap"] == ("127.0.0.1:9092", "default")
    lines = call("config", "show", "--config", path).stdout.splitlines()
    assert any(line.split() == ["group", "g", "file", str(path)] for line in lines)


def test_show_hides_passwords() -> None:
    result = call("config", "show", "--set", "sasl_password=hunter2")
    assert "hunter2" not in result.output
    assert HIDDEN in result.output


@pytest.mark.parametrize("place", ["before", "after", "environment"])
def test_the_file_may_be_named_in_three_places(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("shards: none\n")
    monkeypatch.setenv("DETECTOR_CONFIG", str(path) if place == "environment" else "")
    before = ["--config", path] if place == "before" else []
    after = ["--config", path] if place == "after" else []
    result = call(*before, "config", "check", *after)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: file {path}: shards: ")
    assert result.stdout == ""


def test_check_counts_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETECTOR_SHARDS", "2")
    result = call("config", "check")
    assert (result.exit_code, result.stdout.split(":")[1].split(",")[0]) == (0, " 1 given")


@pytest.mark.parametrize(
    "arguments", [["topics", "create"], ["topics", "check"], ["lag"], ["export"], ["dlq", "list"]]
)
def test_no_broker_is_one_clear_line(arguments: list[str]) -> None:
    result = call(*arguments, "--bootstrap", NOBODY)
    assert result.exit_code == 1
    assert result.stderr == f"Error: no broker answers at {NOBODY}\n"


@pytest.mark.parametrize("arguments", [["topics", "check"], ["lag"], ["export"], ["dlq", "list"]])
def test_tls_files_that_are_none(arguments: list[str]) -> None:
    result = call(*arguments, "--set", "security_protocol=SSL", "--set", f"ssl_cafile={__file__}")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: TLS files cannot be used: ")


def test_a_broker_that_does_not_run(tmp_path: Path) -> None:
    result = call("broker", "status", "--dir", tmp_path)
    assert (result.exit_code, result.stderr) == (1, f"Error: no broker runs in {tmp_path}\n")
    assert call("broker", "stop", "--dir", tmp_path).stdout == "was not running\n"


def test_the_command_line_alone_imports_nothing_heavy() -> None:
    heavy = ["aiohttp", "aiokafka", "faust", "kafka", "numba", "numpy", "pydantic", "rich", "river"]
    heavy += ["sklearn", "structlog", "yaml"]
    code = f"""
import sys
from click.testing import CliRunner
from streams.cli import main
assert CliRunner().invoke(main, ["replay", "--help"]).exit_code == 0
print([name for name in {heavy!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
