"""Rule packs that an operator changes while the worker runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from config.packs import LARGEST, files

if TYPE_CHECKING:
    from detector.engine.engine import Settings

SECONDS = 5.0
"""Pause between two looks at the folder."""


class Reload:
    """Looks at a folder of packs for changes.

    Args:
        folder: of the packs.
        read: the engine's settings with the packs as they are now; may raise ConfigError.
    """

    def __init__(self, folder: Path, read: Callable[[], Settings]) -> None:
        self._folder, self._read = folder, read
        self._mark = self._look()
        self._next = 0.0

    def _look(self) -> str:
        # Names and contents: where a folder is mounted into a container, times say little.
        found = hashlib.sha256()
        for path in files(self._folder):
            try:
                with path.open("rb") as file:
                    found.update(path.name.encode() + b"\0" + file.read(LARGEST + 1) + b"\0")
            except OSError:
                # It is being replaced: the next look sees what came of it.
                found.update(path.name.encode() + b"\0?")
        return found.hexdigest()

    def changed(self, now: float) -> Settings | None:
        """The new settings when packs have changed since the last call.

        Raises:
            ConfigError: they say what they cannot; the former ones stay in force.
        """
        if now < self._next:
            return None
        self._next = now + SECONDS
        mark = self._look()
        if mark == self._mark:
            return None
        self._mark = mark
        return self._read()
