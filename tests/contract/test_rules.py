"""Every rule pack's examples: the one leads to a flag of its kind, the other to no flag at all."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from config.packs import load
from detector.engine.engine import PARAMETERS, Engine, Settings
from detector.events.decode import Decoder
from tests.contract.examples import Series, events

PACKS = load()


def flags(series: list[Series]) -> Iterator[dict[str, object]]:
    decoded = Decoder().decode(events(series))
    assert decoded.invalid == []
    engine = Engine(Settings())
    for _, line in engine.push(decoded.batch) + engine.finish():
        yield json.loads(line)


def test_every_kind_that_can_be_found_has_a_pack() -> None:
    assert PACKS.keys() == PARAMETERS.keys()


@pytest.mark.parametrize("kind", sorted(PACKS))
def test_the_example_leads_to_a_flag(kind: str) -> None:
    assert kind in {flag["kind"] for flag in flags(PACKS[kind].examples.flags)}


@pytest.mark.parametrize("kind", sorted(PACKS))
def test_the_innocent_example_does_not(kind: str) -> None:
    series = PACKS[kind].examples.silent
    assert series
    assert [(flag["kind"], flag["evidence"]) for flag in flags(series)] == []
