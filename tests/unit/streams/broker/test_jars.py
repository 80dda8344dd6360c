"""The lock of jars and the cache that it guards."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from streams.broker import jars, lock
from streams.broker.errors import BrokerError
from streams.broker.lock import Jar

BYTES = b"a jar"
JARS = [Jar("org.example", name, "1.0", hashlib.sha256(BYTES).hexdigest()) for name in ("one", "two")]


def copy(wanted: Sequence[Jar], folder: Path) -> None:
    for jar in wanted:
        (folder / jar.file).write_bytes(BYTES)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lock, "locked", lambda: JARS)
    monkeypatch.setattr(jars, "ways", lambda: [copy])
    return tmp_path / "cache" / "kafka"


def test_the_lock_names_kafka_and_whole_sums() -> None:
    locked = lock.locked()
    assert lock.kafka_version(locked) == "4.3.1"
    assert len({jar.file for jar in locked}) == len(locked) > 40
    assert {len(jar.sha256) for jar in locked} == {64}


def test_the_cache_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert jars.cache_dir() == tmp_path / "detector" / "kafka-4.3.1"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert jars.cache_dir() == tmp_path / ".cache" / "detector" / "kafka-4.3.1"


def test_jars_are_fetched_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert jars.resolve(cache) == [cache / "one-1.0.jar", cache / "two-1.0.jar"]
    monkeypatch.setattr(jars, "ways", list)
    assert len(jars.resolve(cache)) == 2


def test_several_at_once_fetch_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetches = []

    def counted(wanted: Sequence[Jar], folder: Path) -> None:
        fetches.append(folder)
        copy(wanted, folder)

    monkeypatch.setattr(jars, "ways", lambda: [counted])
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: jars.resolve(cache), range(4)))
    assert len(fetches) == 1
    assert all(result == results[0] for result in results)


def test_a_tampered_jar_is_refused(cache: Path) -> None:
    jars.resolve(cache)[1].write_bytes(b"another jar")
    with pytest.raises(BrokerError, match=r"two-1\.0\.jar is not the file that the lock names"):
        jars.resolve(cache)


def test_a_missing_jar_is_named(cache: Path) -> None:
    jars.resolve(cache)[0].unlink()
    with pytest.raises(BrokerError, match=r"one-1\.0\.jar is missing; remove the folder"):
        jars.resolve(cache)


def test_the_next_way_is_tried_and_nothing_half_is_left(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(wanted: Sequence[Jar], folder: Path) -> None:
        copy(wanted[:1], folder)
        raise BrokerError("mvn: no route")

    monkeypatch.setattr(jars, "ways", lambda: [broken])
    with pytest.raises(BrokerError, match="cannot fetch Kafka's jars: mvn: no route"):
        jars.resolve(cache)
    assert [path.name for path in cache.parent.iterdir()] == ["kafka.lock"]
    monkeypatch.setattr(jars, "ways", lambda: [broken, copy])
    assert len(jars.resolve(cache)) == 2


def test_a_wrong_download_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(wanted: Sequence[Jar], folder: Path) -> None:
        for jar in wanted:
            (folder / jar.file).write_bytes(b"a page that says sorry")

    monkeypatch.setattr(jars, "ways", lambda: [wrong])
    with pytest.raises(BrokerError, match="is not the file that the lock names"):
        jars.resolve(cache)
    assert not cache.exists()


def test_an_unwritable_cache_is_one_clear_error(cache: Path) -> None:
    cache.parent.write_text("a file where the folder should be")
    with pytest.raises(BrokerError, match="cannot write Kafka's jars"):
        jars.resolve(cache)
