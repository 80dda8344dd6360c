"""The command line: help, exit codes, one clear line for each error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

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


@pytest.mark.parametrize(
    "arguments",
    [
        ["simulate", "--out", "x", "--labels", "y", "--days", "nan"],
        ["simulate", "--out", "x", "--labels", "y", "--days", "inf"],
        ["simulate", "--out", "x", "--labels", "y", "--size", "1e300"],
        ["simulate", "--out", "x", "--labels", "y", "--events", "9" * 20],
        ["simulate", "--out", "x", "--labels", "./x"],
        ["broker", "start", "--dir", "b", "--timeout", "nan"],
        ["replay", "events", "--flags", "./events"],
        ["replay", "-", "--flags", "x", "--dead-letter", "y/../x"],
    ],
)
def test_what_makes_no_sense_is_a_wrong_usage(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events").touch()
    result = call(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert [path.name for path in tmp_path.iterdir()] == ["events"]


def detector(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command as a shell runs it."""
    line = command.replace("detector", f"{sys.executable} -m streams")
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("detector config show > /dev/full", 1, "Error: No space left on device"),
        ("detector replay bad.jsonl --dead-letter /dev/full", 1, "Error: No space left on device"),
        ("detector replay - <&-", 1, "Error: -: is closed"),
        ("detector replay bad.jsonl >&-", 1, "Error: stdout: Bad file descriptor"),
        ("detector replay bad.jsonl --dead-letter /dev/stdout | head -1", 141, ""),
        ("detector replay bad.jsonl none.jsonl", 1, "Error: none.jsonl: No such file or directory"),
        ("detector replay bad.jsonl --flags none/x", 1, "Error: none/x: No such file or directory"),
        ("ulimit -f 64; detector replay bad.jsonl --dead-letter x", 1, "Error: File too large"),
        ("detector rules check --rules-dir .", 2, "Error: deep.yaml: is nested too deeply"),
        ("detector config check --config deep.yaml", 2, None),
        ("detector config check --config deep.toml", 2, None),
    ],
)
def test_what_the_machine_refuses_is_one_clear_line(
    command: str, code: int, said: str | None, tmp_path: Path
) -> None:
    (tmp_path / "bad.jsonl").write_text('{"id": "x"}\n' * 40_000)
    (tmp_path / "deep.yaml").write_text("[" * 100_000)
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000)
    done = detector(command, tmp_path)
    assert done.returncode == code, done.stderr
    if said is None:
        assert done.stderr.startswith("Error: deep.")
        assert done.stderr.count("\n") == 1
    else:
        assert done.stderr == said + "\n" * bool(said)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "deep.toml", "deep.yaml"]


@pytest.mark.parametrize(
    ("number", "code", "words"), [(signal.SIGINT, 130, "Stopped.\n"), (signal.SIGTERM, 143, "")]
)
def test_what_is_stopped_leaves_no_half_file(
    number: signal.Signals, code: int, words: str, tmp_path: Path
) -> None:
    out = tmp_path / "flags.jsonl"
    replay = subprocess.Popen(
        [sys.executable, "-m", "streams", "replay", "-", "--flags", str(out)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list(tmp_path.iterdir()):
        assert replay.poll() is None
        sleep(0.05)
    replay.send_signal(number)
    _, said = replay.communicate(timeout=60)
    assert (replay.returncode, said) == (code, words)
    assert list(tmp_path.iterdir()) == []


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
