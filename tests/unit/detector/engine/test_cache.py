"""Compiled kernels are kept with those of the same sources, whichever module is imported first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import models.cache

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


def test_a_change_far_away_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    monkeypatch.setattr(models.cache, "_ROOT", tmp_path)
    write("models/deep.py", "one = 1\n")
    write("models/beside.py", "two = 2\n")
    middle = write("detector/middle.py", "from models import (\n    deep,\n)\n")
    kernel = write("detector/kernel.py", "from detector.middle import x\n")

    def digests() -> tuple[str, str]:
        models.cache.digest.cache_clear()
        models.cache._imports.cache_clear()
        return models.cache.digest(middle), models.cache.digest(kernel)

    before = digests()
    write("models/beside.py", "two = 3\n")
    assert digests() == before
    write("models/deep.py", "one = 2\n")
    after = digests()
    assert after[0] != before[0]
    assert after[1] != before[1]
    digests()
