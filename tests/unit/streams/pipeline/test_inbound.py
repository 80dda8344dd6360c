"""Findings of several shards come as whole ticks, in one order."""

from __future__ import annotations

from random import Random

import pytest

from detector.cases.findings import Finding, Signal
from detector.engine.merging import Clock
from streams.pipeline.inbound import FindingsInbound, RowsInbound, pack_findings, tick_of
from streams.pipeline.wire import Message, WireError

TICK = 10


def finding(tick: int, subject: str = "a", kind: str = "follower_jump") -> Finding:
    ts = (tick + 1) * TICK
    signal = Signal("rate", 2.0, 1.0, "twice as many", 3.0)
    return Finding(kind, "account", subject, ts, ts - 30, ts, 5.0, 1.0, [signal], ["u1"], 1, trace=None)


def message(source: str, since: int, upto: int, *findings: Finding) -> Message:
    return Message(source, 1, upto, pack_findings(list(findings), since, upto, TICK), since)


def test_ticks_are_whole_and_in_order() -> None:
    inbound = FindingsInbound(Clock([0, 1]), TICK)
    assert inbound.push(0, message("a", -1, 4, finding(4, "z"), finding(2, "b"), finding(2, "a"))) == 4
    assert inbound.ready() is None
    assert inbound.push(1, message("b", -1, 3, finding(2, "c"))) == 2
    ready = inbound.ready()
    assert ready is not None
    upto, findings, n = ready
    assert (upto, [one.subject for one in findings], n) == (3, ["a", "b", "c"], 3)
    assert findings[0] == finding(2, "a")
    assert inbound.pending == 1


def test_what_came_before_is_left_out_however_it_is_cut() -> None:
    inbound = FindingsInbound(Clock([0]), TICK)
    inbound.push(0, message("a", -1, 4, finding(2), finding(4)))
    inbound.ready()
    assert inbound.push(0, message("a", 1, 6, finding(2), finding(4), finding(6))) == 6
    assert inbound.repeated == 2
    ready = inbound.ready()
    assert ready is not None
    assert [tick_of(one, TICK) for one in ready[1]] == [6]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_sources_does_not_matter(seed: int) -> None:
    random = Random(seed)
    messages = [
        (source, message(str(source), at - 1, at, finding(at, f"s{source}"), finding(at, f"t{source}")))
        for at in range(5)
        for source in range(3)
    ]
    out = []
    queues = [[one for one in messages if one[0] == source] for source in range(3)]
    inbound = FindingsInbound(Clock(range(3)), TICK)
    while any(queues):
        inbound.push(*random.choice([queue for queue in queues if queue]).pop(0))
        if ready := inbound.ready():
            out += ready[1]
    assert out == sorted(out, key=lambda one: (one.ts, one.subject))
    assert len(out) == 30


def test_a_finding_of_another_tick_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the ticks 3 to 4"):
        pack_findings([finding(5)], 2, 4, TICK)


@pytest.mark.parametrize("make", [FindingsInbound, RowsInbound])
def test_a_damaged_payload_is_refused(make: type[FindingsInbound] | type[RowsInbound]) -> None:
    with pytest.raises(WireError, match="of a span cannot be read"):
        make(Clock([0]), TICK).push(0, Message("a", 1, 4, b"\x07\x01\x02\x03\x04\x05\x06\x07\x08"))
