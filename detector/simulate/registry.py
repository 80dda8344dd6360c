"""What can be staged: the modules of a package, each with a function `stage`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pkgutil import iter_modules

from detector.simulate.stage import Stage

Staged = Callable[[Stage], None]


def staged(package: str, path: Iterable[str]) -> dict[str, Staged]:
    """By name, in the order of the alphabet.

    Args:
        package, path: its `__name__` and `__path__`.
    """
    names = sorted(module.name for module in iter_modules(path))
    return {name: import_module(f"{package}.{name}").stage for name in names}
