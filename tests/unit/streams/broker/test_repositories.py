"""Fetching jars, with repositories that answer as told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from streams.broker import repositories
from streams.broker.errors import BrokerError
from streams.broker.lock import Jar

JARS = [Jar("org.example", "one", "1.0", "0" * 64), Jar("org.example", "two", "2.0", "0" * 64)]


class Artifact:
    """Stands for jgo's: fails so many times, leaving half a file behind, then has the whole."""

    def __init__(self, path: Path, failures: int) -> None:
        self.cached_path = path
        self.failures = failures

    def resolve(self) -> Path:
        if self.cached_path.exists():
            return self.cached_path
        if self.failures:
            self.failures -= 1
            self.cached_path.write_bytes(b"ha")
            raise ConnectionError("the line broke")
        self.cached_path.write_bytes(b"half and half")
        return self.cached_path


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def failing(failures: int) -> None:
        class Context:
            def __init__(self, repo_cache: Path, timeout: int) -> None:
                self.folder = repo_cache
                self.folder.mkdir()

            def project(self, group: str, name: str) -> "Context":
                self.name = name
                return self

            def at_version(self, version: str) -> "Context":
                return self

            def artifact(self) -> Artifact:
                return Artifact(self.folder / f"{self.name}.jar", failures)

        monkeypatch.setattr(repositories, "MavenContext", Context)
        monkeypatch.setattr(repositories, "_AT_ONCE", 1)

    return failing


def test_a_download_that_breaks_off_is_made_again(maven: Callable[[int], None], tmp_path: Path) -> None:
    maven(2)
    folder = tmp_path / "jars"
    folder.mkdir()
    repositories.by_jgo(JARS, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "one-1.0.jar": b"half and half",
        "two-2.0.jar": b"half and half",
    }


def test_a_download_that_never_succeeds_names_the_jar(maven: Callable[[int], None], tmp_path: Path) -> None:
    maven(9)
    folder = tmp_path / "jars"
    folder.mkdir()
    with pytest.raises(BrokerError, match=r"org\.example:one:1\.0: the line broke"):
        repositories.by_jgo(JARS, folder)


def test_mavens_own_words_are_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "mvn"
    script.write_text("#!/bin/sh\necho '[ERROR] no such artifact'\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(BrokerError, match=r"mvn: \[ERROR\] no such artifact"):
        repositories.by_maven(JARS, tmp_path / "jars")
    assert (tmp_path / "pom.xml").read_text().count("<dependency>") == len(JARS)
