"""What the benchmarks share."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from tests.bench import worlds


class Context:
    """A folder for files, the cores that may be used, and the traffic.

    Args:
        folder: removed at the end.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cores = sorted(os.sched_getaffinity(0))

    @cached_property
    def world(self) -> worlds.World:
        """Made when it is first asked for."""
        return worlds.make(self.folder)
