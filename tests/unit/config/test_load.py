"""Settings: layers, origins, refusals."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.load import ConfigError, load
from config.settings import Settings, declared, env_name


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("DETECTOR_"):
            monkeypatch.delenv(name)


def write(folder: Path, text: str, name: str = "settings.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def refusal(config: Path | None = None, **overrides: object) -> str:
    with pytest.raises(ConfigError) as caught:
        load(config, overrides)
    return str(caught.value)


def test_defaults_alone() -> None:
    loaded = load()
    assert loaded.settings == Settings()
    assert set(loaded.origins) == {each.name for each in declared()}
    assert set(loaded.origins.values()) == {"default"}


def test_later_layers_win_and_each_origin_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "shards: 2\ntick_seconds: 30\ngroup: from-file\nlateness_seconds: 5\n")
    monkeypatch.setenv("DETECTOR_TICK_SECONDS", "20")
    monkeypatch.setenv("DETECTOR_GROUP", "from-environment")
    loaded = load(path, {"group": "from-option", "web_host": "::1"}, {"web_host": "--set web_host"})
    settings = loaded.settings
    assert (settings.shards, settings.tick_seconds, settings.group) == (2, 20, "from-option")
    assert loaded.origins["shards"] == f"file {path}"
    assert loaded.origins["tick_seconds"] == "environment DETECTOR_TICK_SECONDS"
    assert loaded.origins["group"] == "option --group"
    assert loaded.origins["web_host"] == "option --set web_host"
    assert loaded.origins["bootstrap"] == "default"


def test_toml_and_yaml_say_the_same(tmp_path: Path) -> None:
    toml = write(tmp_path, 'topic_prefix = "a."\nidle_seconds = 2.5\ndata_dir = "there"\n', "s.toml")
    yaml = write(tmp_path, "topic_prefix: a.\nidle_seconds: 2.5\ndata_dir: there\n", "s.yml")
    assert load(toml).settings == load(yaml).settings
    assert load(toml).settings.data_dir == Path("there")


@pytest.mark.parametrize("name", [each.name for each in declared()])
def test_every_setting_can_come_from_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    default = getattr(Settings(), name)
    monkeypatch.setenv(env_name(name), "" if default is None else str(default))
    assert getattr(load().settings, name) == default


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert load(write(tmp_path, "# nothing\n")).settings == Settings()


def test_an_empty_variable_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETECTOR_SHARDS", "")
    assert load().origins["shards"] == "default"


def test_all_refusals_at_once_each_with_its_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "shards: 0\nshard: 3\n")
    monkeypatch.setenv("DETECTOR_TICK_SECONDS", "soon")
    monkeypatch.setenv("DETECTOR_GRUOP", "x")
    lines = refusal(path, metrics_port="70000").splitlines()
    assert len(lines) == 5
    assert "environment DETECTOR_GRUOP: there is no such setting; did you mean 'group'?" in lines
    assert f"file {path}: shard: there is no such setting; did you mean 'shards'?" in lines
    assert any(line.startswith(f"file {path}: shards: ") for line in lines)
    assert any(line.startswith("environment DETECTOR_TICK_SECONDS: tick_seconds: ") for line in lines)
    assert any(line.startswith("option --metrics-port: metrics_port: ") for line in lines)


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("shards: [1\n", "a.yaml", "not valid YAML"),
        ("a: b: c\n", "a.yaml", "line 1"),
        ("- shards\n", "a.yaml", "not a table"),
        ("just words\n", "a.yaml", "not a table"),
        ("shards = \n", "a.toml", "not a table"),
        ("\x00", "a.yaml", "not valid YAML"),
        ("{}", "a.json", "end in .yaml, .yml or .toml"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, text: str, name: str, says: str) -> None:
    line = refusal(write(tmp_path, text, name))
    assert name in line
    assert says in line
    assert "\n" not in line


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.yaml") == f"{tmp_path}/gone.yaml: there is no such file"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"bootstrap": "kafka"}, "bootstrap: 'kafka' is not of the form host:port"),
        ({"bootstrap": "a:1,b:99999"}, "'b:99999' is not"),
        ({"security_protocol": "SASL_SSL"}, "sasl_username: is needed with security_protocol SASL_SSL"),
        ({"security_protocol": "TLS"}, "security_protocol"),
        ({"ssl_certfile": __file__}, "ssl_keyfile: a client certificate needs both"),
        ({"ssl_cafile": "/no/such/file"}, "there is no file /no/such/file"),
        ({"topic_clicks": "events.posts"}, "the same topic as"),
        ({"topic_prefix": "a b"}, "is no topic name"),
        ({"false_alarm_budget": "nan"}, "false_alarm_budget"),
        ({"nonsense": 1}, "option --nonsense: nonsense: there is no such setting"),
    ],
)
def test_values_that_are_refused(given: dict[str, object], says: str) -> None:
    assert says in refusal(**given)


def test_several_brokers_and_an_address_of_version_six() -> None:
    assert load(overrides={"bootstrap": "a:9092, b-1.example:9093,[::1]:9094"}).settings.bootstrap


def test_what_kubernetes_sets_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DETECTOR_SERVICE_HOST", "DETECTOR_PORT", "DETECTOR_PORT_9464_TCP_ADDR"):
        monkeypatch.setenv(name, "tcp://10.0.0.1:9464")
    assert load().settings == Settings()


def test_a_refused_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "hunter2" not in repr(Settings(sasl_password="hunter2"))
    path = write(tmp_path, "sasl_password: [hunter2]\n")
    assert "hunter2" not in refusal(path)


def test_defaults_need_no_pydantic() -> None:
    # `detector replay` would start some 0.15 s later.
    code = "import sys; from config.load import load; load(); sys.exit('pydantic' in sys.modules)"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DETECTOR_")}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
