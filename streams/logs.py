"""Log lines: JSON on stderr, without personal data."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

# What may name a person or hold what they wrote. Such values belong in flags, never in logs.
PERSONAL = frozenset(
    {"actor", "actors", "author", "content", "contents", "device", "entity", "ip", "links", "media", "name"}
    | {"participants", "raw", "record", "samples", "subject", "target", "text", "trace", "value"}
)
WITHHELD = "[withheld]"

# Chatty at INFO: every rebalance step, every recovery round.
_REMEMBERED = 1000
LIBRARIES = ("aiokafka", "faust", "kafka", "mode")


def withhold(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replaces values of fields that may hold personal data.

    Examples:
        >>> withhold(None, "info", {"event": "flagged", "actor": "u1", "kind": "lockstep"})
        {'event': 'flagged', 'actor': '[withheld]', 'kind': 'lockstep'}
    """
    for field in PERSONAL & entry.keys():
        entry[field] = WITHHELD
    return entry


class Repeats(logging.Filter):
    """Lets a line of a library through once in a while: some say the same thousands of times a second.

    Args:
        seconds: in which the same line is not said again.
    """

    def __init__(self, seconds: float = 10.0) -> None:
        super().__init__()
        self._seconds = seconds
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if not record.name.startswith(LIBRARIES):
            return True
        key = record.name, record.getMessage()
        if record.created - self._said.get(key, 0.0) < self._seconds:
            return False
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said[key] = record.created
        return True


def configure(level: str = "info", form: str = "json", stream: TextIO | None = None) -> None:
    """Sends the log lines of the service and of its libraries to one stream.

    Args:
        level: `debug`, `info`, `warning` or `error`; libraries speak from `warning` on, unless it is `debug`.
        form: `json` or `text`.
        stream: stderr by default.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    stream = stream or sys.stderr
    # Local variables in a traceback would show events.
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    ending: list[structlog.typing.Processor] = (
        [tracebacks, structlog.processors.JSONRenderer()]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.addFilter(Repeats())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, withhold, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(level.upper() if level in ("debug", "error") else "WARNING")


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; log a fixed event name and fields: `get(__name__).info("recovered", stage="actors")`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
