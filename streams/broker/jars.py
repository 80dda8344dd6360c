"""Kafka's jars on this machine: resolved once into the user's cache, checked at every use."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from streams.broker import lock
from streams.broker.errors import BrokerError
from streams.broker.lock import Jar
from streams.broker.repositories import by_jgo, by_maven

Way = Callable[[Sequence[Jar], Path], None]


def cache_dir() -> Path:
    """Folder that keeps the jars of the locked version of Kafka."""
    base = os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base else Path.home() / ".cache"
    return root / "detector" / f"kafka-{lock.kafka_version(lock.locked())}"


def ways() -> list[Way]:
    """How jars can be had here, the quicker way first."""
    return [by_maven, by_jgo] if shutil.which("mvn") else [by_jgo]


def resolve(folder: Path | None = None) -> list[Path]:
    """Paths of all jars, fetched when the cache has none.

    Safe against other processes doing the same. Raises BrokerError when they can't be had or a file
    is not the locked one.
    """
    folder = folder or cache_dir()
    jars = lock.locked()
    if not folder.exists():
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with exclusive(folder.with_name(folder.name + ".lock")):
                if not folder.exists():
                    _fill(folder, jars)
        except OSError as error:
            raise BrokerError(f"cannot write Kafka's jars to {folder}: {error}") from error
    return lock.verify(folder, jars)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a file lock; the system gives it back even when the process is killed."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fill(folder: Path, jars: Sequence[Jar]) -> None:
    """Fetch all jars beside the folder, check them, and put them in place in one step."""
    failures = []
    for way in ways():
        with tempfile.TemporaryDirectory(prefix=folder.name + "-", dir=folder.parent) as scratch:
            fetched = Path(scratch) / "jars"
            fetched.mkdir()
            try:
                way(jars, fetched)
                lock.verify(fetched, jars)
            except BrokerError as error:
                failures.append(str(error))
                continue
            fetched.rename(folder)
            return
    raise BrokerError("cannot fetch Kafka's jars: " + "; ".join(failures))
