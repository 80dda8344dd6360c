"""Reads flags and labels."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

import msgspec
import zstandard

# A flag that was taken back, or is not shown to anybody, accuses nobody.
SILENT = frozenset({"retracted", "held", "shadow", "dismissed"})


class Subject(msgspec.Struct, frozen=True):
    """Whom a flag is about."""

    type: str
    id: str


class Window(msgspec.Struct, frozen=True):
    """The time of a flag's evidence, ms."""

    start: int
    end: int


class Flag(msgspec.Struct):
    """What of a flag is compared; see the contract for the whole."""

    id: str
    ts: int
    kind: str
    subject: Subject
    window: Window
    status: str = "open"
    role: str | None = None
    participants: list[str] = []
    contents: list[str] = []
    revision: int = 0


class Campaign(msgspec.Struct):
    """A label, see `detector.simulate.labels_json`."""

    name: str
    kinds: list[str]
    start: int
    end: int
    also: list[str] = []
    subjects: list[str] = []
    participants: list[str] = []
    contents: list[str] = []
    pace: str = "burst"
    role: str | None = None
    size: int = 0


class Innocent(msgspec.Struct):
    """A label of something honest, see `detector.simulate.labels_json`."""

    kind: str
    start: int
    end: int
    subjects: list[str] = []
    accounts: list[str] = []
    contents: list[str] = []


class Counts(msgspec.Struct):
    """How many events the labelled traffic has."""

    organic: int
    events: int = 0
    fake: int = 0


class Labels(msgspec.Struct):
    """A labels file."""

    campaigns: list[Campaign]
    innocents: list[Innocent]
    counts: Counts


def read_bytes(path: str | Path) -> bytes:
    """A whole file, unpacked when its name ends with .gz or .zst.

    Raises:
        OSError: it can't be read.
    """
    data = Path(path).read_bytes()
    name = str(path)
    if name.endswith(".gz"):
        return gzip.decompress(data)
    if name.endswith(".zst"):
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data


def read_labels(path: str | Path) -> Labels:
    """A labels file.

    Raises:
        ValueError: it is no labels file.
    """
    try:
        return msgspec.json.decode(read_bytes(path), type=Labels)
    except msgspec.MsgspecError as error:
        raise ValueError(f"{path}: not a labels file: {error}") from error


def read_flags(path: str | Path) -> list[Flag]:
    """The flags of a file or of a log of `sanctions`, each once: its last revision, since its first moment.

    Raises:
        ValueError: a line is no flag; names the line.
    """
    decoder = msgspec.json.Decoder(Flag)
    flags: list[Flag] = []
    for number, line in enumerate(read_bytes(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            flags.append(decoder.decode(line))
        except msgspec.MsgspecError as error:
            raise ValueError(f"{path}, line {number}: not a flag: {error}") from error
    return last_revisions(flags)


def last_revisions(flags: Iterable[Flag]) -> list[Flag]:
    """One flag for each id, those left out that accuse nobody; sorted by (ts, id)."""
    first: dict[str, int] = {}
    last: dict[str, Flag] = {}
    for flag in flags:
        first[flag.id] = min(flag.ts, first.get(flag.id, flag.ts))
        before = last.get(flag.id)
        if before is None or flag.revision >= before.revision:
            last[flag.id] = flag
    kept = [msgspec.structs.replace(f, ts=first[f.id]) for f in last.values() if f.status not in SILENT]
    return sorted(kept, key=lambda f: (f.ts, f.id))
