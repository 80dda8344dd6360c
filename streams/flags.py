"""Flags as lines of a file: one line per flag id, its last revision, sorted by (ts, id)."""

from __future__ import annotations

from collections.abc import Collection
from typing import BinaryIO

import msgspec


class FlagError(Exception):
    """A record that is no flag."""


class Head(msgspec.Struct, gc=False):
    """The part of a flag by which flags are told apart and sorted."""

    id: str
    ts: int
    kind: str = ""
    status: str = ""
    revision: int = 0


class Latest:
    """The last revision of each flag.

    Examples:
        >>> latest = Latest()
        >>> latest.add(b'{"id": "f-1", "ts": 2, "revision": 0}')
        >>> latest.add(b'{"id": "f-1", "ts": 5, "revision": 1}')
        >>> len(latest)
        1
    """

    def __init__(self) -> None:
        self._decoder = msgspec.json.Decoder(Head)
        self._flags: dict[str, tuple[Head, bytes]] = {}

    def __len__(self) -> int:
        return len(self._flags)

    def add(self, line: bytes) -> None:
        """Takes one flag in JSON; an older revision changes nothing.

        Raises:
            FlagError: it is no flag.
        """
        try:
            head = self._decoder.decode(line)
        except msgspec.DecodeError as error:
            raise FlagError(f"not a flag: {error}") from error
        known = self._flags.get(head.id)
        if known is None or head.revision >= known[0].revision:
            self._flags[head.id] = head, line

    def write(self, file: BinaryIO, kinds: Collection[str] = (), statuses: Collection[str] = ()) -> int:
        """Writes the flags, a line each, and returns how many.

        Args:
            kinds, statuses: only those; all when empty.
        """
        chosen = [
            (head.ts, head.id, line)
            for head, line in self._flags.values()
            if (not kinds or head.kind in kinds) and (not statuses or head.status in statuses)
        ]
        for _, _, line in sorted(chosen):
            file.write(line)
            file.write(b"\n")
        file.flush()
        return len(chosen)
