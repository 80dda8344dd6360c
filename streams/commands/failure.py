"""How a command says that it failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click


class Failure(click.ClickException):
    """One clear line on stderr, exit 1."""

    exit_code = 1


@contextmanager
def failing(*errors: type[Exception]) -> Iterator[None]:
    """Turns errors of the outside world into a `Failure`; those of our own making keep their traceback."""
    try:
        yield
    except errors as error:
        text = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, OSError) and error.strerror:
            text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        raise Failure(text) from error
