"""Where compiled kernels are kept.

numba keeps a kernel by the hash of its own file and takes no notice when one that it calls, in another file,
has changed: what runs would then depend on what was compiled before. So a module's kernels have a folder of
their own for every state of its source and of all that it imports from here.
"""

from __future__ import annotations

import os
import re
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from models.lean import config  # first: it brings in numba

from numba.core.caching import UserProvidedCacheLocator  # isort: skip

_config: Any = config
_ROOT = Path(__file__).resolve().parent.parent
_IMPORT = re.compile(rb"^\s*from ((?:models|detector|streams)[.\w]*) import (\([^)]*\)|.*)", re.MULTILINE)
_NAME = re.compile(r"\w+")


class OfSources(UserProvidedCacheLocator):
    """Keeps the kernels of our packages by all the sources that they come from."""

    def __init__(self, function: Any, path: str) -> None:
        super().__init__(function, path)  # type: ignore[no-untyped-call]
        module = Path(path).resolve()
        self._cache_path = str(Path(_config.CACHE_DIR) / f"{module.stem}-{digest(module)}")

    @classmethod
    def from_function(cls, function: Any, path: str) -> Any:
        """None for a function of another package."""
        ours = Path(path).resolve().parts[: len(_ROOT.parts) + 1]
        if ours not in _PACKAGES:
            return None
        return super().from_function(function, path)  # type: ignore[no-untyped-call]


_PACKAGES = tuple((*_ROOT.parts, package) for package in ("models", "detector", "streams"))


def use_own_cache() -> None:
    """Points numba to the folder `NUMBA_CACHE_DIR`, or one below the user's cache folder."""
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    _config.CACHE_DIR = os.environ.get("NUMBA_CACHE_DIR") or str(Path(user) / "detector" / "kernels")
    _config.CACHE_LOCATOR_CLASSES = f"{__name__}.{OfSources.__name__},{UserProvidedCacheLocator.__name__}"


@cache
def digest(module: Path) -> str:
    """Of the source of a module, and of those it imports from here, directly or not."""
    found = blake2b(digest_size=8)
    for path in sorted(_reached(module)):
        found.update(path.relative_to(_ROOT).as_posix().encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _reached(module: Path) -> set[Path]:
    reached, open_ = {module}, [module]
    while open_:
        new = _imports(open_.pop()) - reached
        reached |= new
        open_ += new
    return reached


@cache
def _imports(module: Path) -> frozenset[Path]:
    """The modules of ours that are imported. A name may be a module of the package it is imported from."""
    found = set()
    for match in _IMPORT.finditer(module.read_bytes()):
        base = _ROOT.joinpath(*match[1].decode().split("."))
        found |= {base.with_suffix(".py"), base / "__init__.py"}
        found |= {base / f"{name}.py" for name in _NAME.findall(match[2].decode())}
    return frozenset(path for path in found if path.is_file())
