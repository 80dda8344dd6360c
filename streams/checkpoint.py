"""Checkpoints of a stage's state in a compacted changelog: writing them, and taking them up again.

Every checkpoint goes to one slot of a ring and has what changed since the one before, and one `ring`-th of
all the rest; so the last `ring` checkpoints together hold everything, what recovery reads is bounded, and the
slot that is being written holds nothing that is still needed. Its parts come first and a commit record last.

Which checkpoint counts is said by the commit of the group's offset that follows it, because Kafka refuses
that commit to a worker that has lost the partition. Such a worker may still write here for a moment; every
owner therefore has keys of its own, and a successor deletes them once it has gone round the ring.
"""

from __future__ import annotations

import asyncio
import json
import logging
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol, TypeVar

import msgspec
import zstandard

from detector.engine.stage import Stage
from streams.checkpoint_body import Body, apply, decode, take

log = logging.getLogger(__name__)

# Bytes of a record: below the 1 MB that Kafka takes by default.
PART_BYTES = 900_000
_PART = struct.Struct("<QI")
_COMMIT = b"commit"

A = TypeVar("A")
B = TypeVar("B")

Record = tuple[bytes, bytes | None]


class ChangelogError(Exception):
    """The changelog has no state that this program can take up."""


class Changelog(Protocol):
    """One partition of a changelog topic."""

    async def end(self) -> int:
        """The offset that the next record will get."""
        ...

    async def append(self, records: Sequence[Record]) -> None:
        """Writes keys and values (None deletes), in order; returns once all are stored."""
        ...

    def read(self, start: int | None) -> AsyncIterator[Sequence[tuple[int, bytes, bytes | None]]]:
        """(offset, key, value) from `start`, or from the beginning, to the end as it is now."""
        ...


class Commit(msgspec.Struct, frozen=True):
    """The last record of a checkpoint.

    Attributes:
        seq: number of the checkpoint; the first of a shard is 0.
        owner: who wrote it.
        parts: records that it consists of, this one aside.
        lineage: (owner, first number) of those who wrote the checkpoints that this one builds on.
        sizes: parts in each of the owner's slots, for a successor to delete.
    """

    seq: int
    owner: str
    schema: str
    parts: int
    lineage: list[tuple[str, int]]
    sizes: dict[int, int]


@dataclass(frozen=True, slots=True)
class Named:
    """Which checkpoint counts, as the metadata of a group's commit says.

    Attributes:
        start: offset in the changelog from which all that it needs can be read.
    """

    owner: str
    seq: int
    start: int

    def text(self) -> str:
        return json.dumps({"owner": self.owner, "seq": self.seq, "start": self.start})

    @classmethod
    def parse(cls, text: str | None) -> Named | None:
        """None where the text is none of ours: the offset was set by another tool."""
        try:
            said = json.loads(text or "")
            return cls(str(said["owner"]), int(said["seq"]), int(said["start"]))
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(slots=True)
class Recovered:
    """What recovery found: the position to go on from as it was handed to `write`, and its cost."""

    position: dict[str, Any]
    seq: int
    bytes_read: int
    seconds: float


@dataclass(slots=True)
class _Found:
    """What was read of the changelog."""

    complete: dict[tuple[str, int], tuple[Commit, list[bytes]]] = field(default_factory=dict)
    begun: dict[tuple[str, int], tuple[int, dict[int, bytes]]] = field(default_factory=dict)
    starts: dict[tuple[str, int], int] = field(default_factory=dict)
    keys: set[bytes] = field(default_factory=set)
    last: Commit | None = None
    size: int = 0
    strange: int = 0

    def add(self, offset: int, key: bytes, value: bytes | None) -> None:
        """Takes a record; one that no stage writes is passed over. What is missing for it is told later."""
        if value is None:
            self.keys.discard(key)
            return
        self.size += len(value)
        try:
            self._add(offset, key, value)
        except (ValueError, struct.error, msgspec.DecodeError):
            self.strange += 1
            return
        self.keys.add(key)

    def _add(self, offset: int, key: bytes, value: bytes) -> None:
        owner, _, kind = key.decode().split("/")
        if kind.encode() != _COMMIT:
            seq, part = _PART.unpack_from(value)
            first, parts = self.begun.setdefault((owner, seq), (offset, {}))
            parts[part] = value[_PART.size :]
            return
        commit = msgspec.msgpack.decode(value, type=Commit)
        first, parts = self.begun.pop((owner, commit.seq), (offset, {}))
        if parts.keys() >= set(range(commit.parts)):
            self.complete[owner, commit.seq] = commit, [parts[i] for i in range(commit.parts)]
            self.starts[owner, commit.seq] = first
            self.last = commit


class Checkpoints:
    """The checkpoints of one shard of a stage, by one owner.

    Args:
        changelog: where they are.
        schema: of the stage and of what else the state depends on; another one is refused.
        owner: unique for every time that the shard is taken over.
        ring: checkpoints that together hold everything.
    """

    def __init__(
        self, changelog: Changelog, schema: str, owner: str, ring: int = 32, part_bytes: int = PART_BYTES
    ) -> None:
        self._changelog, self._schema, self._owner = changelog, schema, owner
        self._ring, self._part_bytes = ring, part_bytes
        self._seq = 0
        self._lineage: list[tuple[str, int]] = [(owner, 0)]
        self._starts: deque[int] = deque(maxlen=ring)
        self._sizes: dict[int, int] = {}
        self._foreign: set[bytes] = set()
        self._own = 0

    async def recover(self, stage: Stage[Any], named: Named | None = None) -> Recovered | None:
        """Loads the checkpoint that counts into an empty stage; None when there is none at all.

        Without `named` the last complete one counts.

        Raises:
            ChangelogError: it is of another schema, or not all of it is there.
        """
        began = monotonic()
        found = _Found()
        async for records in self._changelog.read(named.start if named else None):
            for record in records:
                found.add(*record)
        if found.strange:
            log.warning("%d strange records in the changelog of %s", found.strange, self._schema)
        self._foreign = found.keys
        if named is None:
            commit = found.last
            if commit is None:
                return None
        else:
            held = found.complete.get((named.owner, named.seq))
            if held is None:
                raise ChangelogError(
                    f"checkpoint {named.seq} of {self._schema} is committed but not in its changelog"
                )
            commit = held[0]
        body = await self._load(stage, commit, found)
        stage.restore(body.scalars)
        stage.rebuild()
        self._follow(commit, found)
        return Recovered(body.position, commit.seq, found.size, monotonic() - began)

    async def _load(self, stage: Stage[Any], commit: Commit, found: _Found) -> Body:
        if commit.schema != self._schema:
            raise ChangelogError(
                f"the changelog has state of {commit.schema}; this program reads {self._schema}: "
                "run the version that wrote it, or delete the state topics and replay the events"
            )
        needed = self._needed(commit)
        missing = [seq for owner, seq in needed if (owner, seq) not in found.complete]
        if missing:
            raise ChangelogError(f"checkpoints {missing} of {self._schema} are missing in the changelog")
        body = None
        for each in needed:
            body = await _aside(_unpacked, found.complete[each][1])
            try:
                apply(body, stage)
            except ValueError as error:
                raise ChangelogError(str(error)) from error
        assert body is not None
        return body

    def _needed(self, commit: Commit) -> list[tuple[str, int]]:
        out = []
        for seq in range(max(0, commit.seq - self._ring + 1), commit.seq + 1):
            out.append(([owner for owner, first in commit.lineage if first <= seq][-1], seq))
        return out

    def _follow(self, commit: Commit, found: _Found) -> None:
        self._seq = commit.seq + 1
        needed = self._needed(commit)
        kept = {owner for owner, _ in needed}
        lineage = [each for each in commit.lineage if each[0] in kept]
        self._lineage = [*lineage, (self._owner, self._seq)]
        self._starts.extend(found.starts[each] for each in needed)
        for slot, parts in commit.sizes.items():
            self._foreign |= {_key(commit.owner, slot, str(i)) for i in range(parts)}
            self._foreign.add(_key(commit.owner, slot, _COMMIT.decode()))

    async def write(self, stage: Stage[Any], position: dict[str, Any]) -> tuple[Named, int]:
        """Writes a checkpoint; returns its name, for the commit that makes it count, and its bytes.

        `position` is the place in the input, of numbers, strings, lists and dicts. When it raises, the
        stage no longer knows what has changed and must be dropped.
        """
        body = take(stage, position, self._seq, self._ring)
        packed = await _aside(_packed, body)
        self._starts.append(await self._changelog.end())
        await self._changelog.append(self._records(packed))
        named = Named(self._owner, self._seq, min(self._starts))
        self._seq += 1
        return named, len(packed)

    def _records(self, packed: bytes) -> list[Record]:
        slot = self._seq % (self._ring + 1)
        pieces = [packed[at : at + self._part_bytes] for at in range(0, len(packed), self._part_bytes)]
        records: list[Record] = [
            (_key(self._owner, slot, str(i)), _PART.pack(self._seq, i) + piece)
            for i, piece in enumerate(pieces)
        ]
        before, self._sizes[slot] = self._sizes.get(slot, 0), len(pieces)
        commit = Commit(self._seq, self._owner, self._schema, len(pieces), self._lineage, dict(self._sizes))
        records.append((_key(self._owner, slot, _COMMIT.decode()), msgspec.msgpack.encode(commit)))
        records += [(_key(self._owner, slot, str(i)), None) for i in range(len(pieces), before)]
        self._own += 1
        # The checkpoint before this one, which counts until this one is committed, needs its whole ring.
        if self._own > self._ring + 1 and self._foreign:
            records += [(key, None) for key in sorted(self._foreign)]
            self._foreign = set()
            self._lineage = self._lineage[-1:]
        return records


async def _aside(work: Callable[[A], B], argument: A) -> B:
    """Does it in a thread that ends with it, so that none is left when the worker stops."""
    with ThreadPoolExecutor(1) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, work, argument)


def _key(owner: str, slot: int, kind: str) -> bytes:
    return f"{owner}/{slot}/{kind}".encode()


def _packed(body: Body) -> bytes:
    return zstandard.ZstdCompressor(level=1, write_checksum=True).compress(msgspec.msgpack.encode(body))


def _unpacked(pieces: list[bytes]) -> Body:
    try:
        return decode(zstandard.ZstdDecompressor().decompress(b"".join(pieces)))
    except (zstandard.ZstdError, msgspec.DecodeError) as error:
        raise ChangelogError(f"a checkpoint is damaged: {error}") from error
