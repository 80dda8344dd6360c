"""The lock of jars: which files a broker is made of, and whether a folder holds exactly those."""

import hashlib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from streams.broker.errors import BrokerError


class Jar(NamedTuple):
    """One locked artifact: its Maven coordinates and the SHA-256 of its file, in hex."""

    group: str
    name: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """Name of the jar's file, as Maven gives it."""
        return f"{self.name}-{self.version}.jar"


def parse(text: str) -> list[Jar]:
    """Jars of a lock's text: `group:name:version sha256` a line, `#` begins a comment."""
    jars = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            coordinates, sha256 = line.split()
            group, name, version = coordinates.split(":")
            jars.append(Jar(group, name, version, sha256))
    return jars


def locked() -> list[Jar]:
    """The jars that this version of the product runs its broker with."""
    return parse(resources.files("streams.broker").joinpath("jars.lock").read_text(encoding="utf-8"))


def kafka_version(jars: Iterable[Jar]) -> str:
    """Version of Kafka among the jars."""
    return next(jar.version for jar in jars if jar.name.startswith("kafka_"))


def verify(folder: Path, jars: Iterable[Jar]) -> list[Path]:
    """Paths of the jars in a folder, each checked against its sum.

    Raises BrokerError when one is missing or differs.
    """
    paths = []
    for jar in jars:
        path = folder / jar.file
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise BrokerError(f"{path} is missing; remove the folder {folder} to resolve it again") from None
        if found != jar.sha256:
            raise BrokerError(
                f"{path} is not the file that the lock names (SHA-256 {found}, expected {jar.sha256}); "
                f"remove the folder {folder} to resolve it again"
            )
        paths.append(path)
    return paths
