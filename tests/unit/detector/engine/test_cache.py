"""Compiled kernels are kept with those of the same sources, whichever module is imported first."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from importlib import import_module
from numba import config
module = import_module(sys.argv[1])
assert config.CACHE_DIR
kept = [kernel.stats.cache_path for kernel in vars(module).values() if getattr(kernel, "_cache", None)]
assert all(path is None or path.startswith(config.CACHE_DIR) for path in kept), kept
"""


@pytest.mark.parametrize("module", ["detector.engine.rows", "detector.events.peek", "detector.events.times"])
def test_kernels_are_kept_apart(module: str) -> None:
    subprocess.run([sys.executable, "-c", SCRIPT, module], check=True)
