"""Where compiled kernels are kept.

numba keeps a kernel by the time stamp of its own file and takes no notice when one that it calls, in another
file, has changed: what runs would then depend on what was compiled before. So every state of the sources has
a folder of its own.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

from models.lean import config

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("models", "detector")


def use_own_cache() -> None:
    """Points numba to this version's folder, below `NUMBA_CACHE_DIR` or the user's cache folder."""
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    base = os.environ.get("NUMBA_CACHE_DIR") or Path(user) / "detector" / "kernels"
    config.CACHE_DIR = str(Path(base) / _digest())  # type: ignore[attr-defined]


def _digest() -> str:
    found = blake2b(digest_size=8)
    for path in sorted(path for package in _PACKAGES for path in (_ROOT / package).rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()
