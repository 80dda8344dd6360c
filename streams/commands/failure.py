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
    except BrokenPipeError:
        # Of stdout, mostly: who reads no further wants no message either.
        raise
    except errors as error:
        raise Failure(words(error)) from error


def words(error: Exception) -> str:
    """What an error says, in one line."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split()) or type(error).__name__
