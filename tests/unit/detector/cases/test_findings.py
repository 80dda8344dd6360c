"""A finding is the same before and after its way through a topic."""

from __future__ import annotations

import msgspec
import pytest

from detector.cases.findings import Finding, Signal


@pytest.mark.parametrize("number", [34, 34.0])
def test_numbers_are_floats_from_the_start(number: float) -> None:
    signal = Signal("n", number, number, "")
    finding = Finding("entity_cap", "entity", "e", 60_000, 0, 1, number, number, [signal])
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(finding), type=Finding)
    assert msgspec.json.encode(finding) == msgspec.json.encode(again)
    assert b"34.0" in msgspec.json.encode(finding.signals[0])
