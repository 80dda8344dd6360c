"""Log lines: JSON, libraries included, no personal data."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from streams import logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure("info", "json", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_json(lines: io.StringIO) -> None:
    logs.get("streams.test").info("recovered", stage="actors", rows=3)
    entry = json.loads(lines.getvalue())
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "recovered",
        "stage": "actors",
        "rows": 3,
        "level": "info",
        "logger": "streams.test",
    }


@pytest.mark.parametrize("field", sorted(logs.PERSONAL))
def test_personal_data_is_withheld(lines: io.StringIO, field: str) -> None:
    logs.get("streams.test").warning("seen", **{field: "u-4711"})
    assert "u-4711" not in lines.getvalue()
    assert json.loads(lines.getvalue())[field] == logs.WITHHELD


def test_a_traceback_shows_no_values(lines: io.StringIO) -> None:
    def failing(text: str) -> None:
        raise RuntimeError("broken")

    try:
        failing("u-4711 wrote this")
    except RuntimeError:
        logs.get("streams.test").exception("failed")
    assert json.loads(lines.getvalue())["exception"][0]["exc_type"] == "RuntimeError"
    assert "u-4711" not in lines.getvalue()


def test_libraries_speak_from_warnings_on(lines: io.StringIO) -> None:
    logging.getLogger("aiokafka.consumer").info("chatter")
    logging.getLogger("faust.app").warning("trouble with %s", "topic")
    entries = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [entry["event"] for entry in entries] == ["trouble with topic"]


def test_text_for_people(lines: io.StringIO) -> None:
    logs.configure("info", "text", lines)
    logs.get("streams.test").info("recovered", stage="actors", actor="u1")
    assert "recovered" in lines.getvalue()
    assert "u1" not in lines.getvalue()
    assert "\x1b" not in lines.getvalue(), "colours are for terminals"


def test_a_library_that_repeats_itself_is_heard_once(lines: io.StringIO) -> None:
    for _ in range(1000):
        logging.getLogger("aiokafka.cluster").error("Topic %s not found", "t")
    logging.getLogger("aiokafka.cluster").error("Topic %s not found", "u")
    logs.get("streams.test").info("ours")
    logs.get("streams.test").info("ours")
    assert len(lines.getvalue().splitlines()) == 4
