"""What a flag on batch posting says can be counted again from the events."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from detector.cases.findings import Finding, Signal
from detector.engine.actors import Actors
from detector.engine.contents import Contents
from detector.engine.routing import with_contents
from models.text.signature import signatures, similarity
from tests.unit.detector.engine.test_contents import HOUR, SMALL, START, TICK, World, chunks

Event = dict[str, Any]
LOWER_TAIL, HOUR_MS = 0.2, 3_600_000


@pytest.fixture(scope="module")
def world() -> World:
    """Days of chatter, a campaign by accounts that are new and share addresses, and another by the same."""
    made = World(31)
    made.background(2000, 50.0)
    first, second = made.text(80), made.text(80)
    for i in range(15):
        who = {"actor_created": START + 30 * HOUR, "ip": f"farm{i % 5}"}
        made.add(f"bot{i}", 36 + i / 30, text=made.edit(first), content=f"early{i}", **who)
    for i in range(18):
        who = {"actor_created": START + 30 * HOUR, "ip": f"farm{i % 6}"}
        made.add(f"bot{i}", 46 + i / 30, text=made.edit(second), content=f"late{i}", **who)
    made.add("paper", 46.4, text=second, content="cited", credit="somebody")
    for event in made.events:
        event.setdefault("actor_created", START - (1 + hash_of(event["actor"]) % 900) * 24 * HOUR)
    return made


def hash_of(name: str) -> int:
    return sum(31**i * ord(letter) for i, letter in enumerate(name)) % 99_991


@pytest.fixture(scope="module")
def told(world: World) -> list[Finding]:
    batch = Actors(TICK, capacity=1 << 12, recent_ids=1 << 13).step(1 << 40, world.batch())
    stage = Contents(TICK, SMALL)
    return [f for upto, part in chunks(with_contents(batch), []) for f in stage.step(upto, part)]


@pytest.fixture(scope="module")
def found(told: list[Finding]) -> list[Finding]:
    """Of each campaign, what was found first."""
    assert {finding.kind for finding in told} == {"batch_posting"}
    kept = {finding.subject: finding for finding in reversed(told)}
    assert len(kept) == 2
    return sorted(kept.values(), key=lambda finding: finding.ts)


def up_to(world: World, ts: int) -> list[Event]:
    """In order of time."""
    return sorted((event for event in world.events if event["ts"] < ts), key=lambda event: event["ts"])


def named(world: World, finding: Finding) -> list[Event]:
    """The contents that the flag names, within the window of its evidence, the newest of each account."""
    inside = [e for e in up_to(world, finding.ts) if e["ts"] >= finding.since]
    return list({e["actor"]: e for e in inside if e["content"] in finding.contents}.values())


def signals(finding: Finding) -> dict[str, Signal]:
    return {signal.name: signal for signal in finding.signals}


def measured(world: World, ts: int) -> list[tuple[Event, int, int, int]]:
    """Every event with the doublings of its actor's events before, minutes since its first, hours of age."""
    before, first, out = Counter[str](), dict[str, int](), []
    for event in up_to(world, ts):
        who, minute = event["actor"], event["ts"] // 60_000
        seen = minute - first.setdefault(who, minute)
        age = (event["ts"] - event["actor_created"]) // HOUR_MS
        out.append((event, before[who].bit_length(), seen.bit_length(), age.bit_length()))
        before[who] += 1
    return out


def tail(buckets: list[int]) -> tuple[int, float]:
    """The last bucket of the lower tail, and the share that lies in it: a fifth at most, or the lowest."""
    counts = Counter(buckets)
    cut, inside, so_far = -1, 0, 0
    for bucket in range(max(counts) + 1):
        so_far += counts[bucket]
        if so_far <= LOWER_TAIL * len(buckets) or inside == 0:
            cut, inside = bucket, so_far
    return cut, (inside + 1) / (len(buckets) + 2)


def test_how_many_and_none_with_a_source(world: World, told: list[Finding]) -> None:
    for finding in told:
        said, posts = signals(finding), named(world, finding)
        assert said["accounts_with_same_content"].value == finding.observed == len(posts)
        assert max(e["ts"] for e in posts) - min(e["ts"] for e in posts) <= HOUR
        assert finding.since == min(e["ts"] for e in posts)
        assert {e["actor"] for e in posts} == set(finding.participants)
        assert "cited" not in finding.contents


def test_who_they_are(world: World, found: list[Finding]) -> None:
    finding = found[0]  # before it nothing was under suspicion, so that all was learnt from
    said, rows = signals(finding), measured(world, finding.ts)
    chosen = {e["id"] for e in named(world, finding)}
    checked = 0
    for k, name in enumerate(("accounts_without_history", "accounts_first_seen", "accounts_young"), 1):
        cut, share = tail([row[k] for row in rows])
        hits = sum(row[k] <= cut for row in rows if row[0]["id"] in chosen)
        if name in said:
            assert said[name].value == pytest.approx(hits / len(chosen), abs=1e-4)
            assert said[name].baseline == pytest.approx(share, abs=1e-4)
            checked += 1
        else:
            assert hits / len(chosen) <= share or hits < 3
    assert checked >= 2


def test_where_they_come_from(world: World, told: list[Finding]) -> None:
    finding = told[-1]
    assert finding.observed == 18
    posts = named(world, finding)
    again = len(posts) - len({e["ip"] for e in posts})
    said = signals(finding)["shared_addresses"]
    assert again >= 3
    assert said.value == pytest.approx(again / (len(posts) - 1), abs=1e-4)
    assert said.baseline < 0.05, "nobody else shares one"


def test_that_they_did_it_before(world: World, found: list[Finding]) -> None:
    first, last = found
    together = {e["actor"] for e in up_to(world, first.ts + HOUR) if e["content"].startswith("early")}
    again = together & {e["actor"] for e in named(world, last)}
    assert "same_company" not in signals(first)
    assert signals(last)["same_company"].value == pytest.approx(len(again) / last.observed, abs=1e-4)


def test_how_alike_their_texts_are(world: World, told: list[Finding]) -> None:
    for finding in told:
        raw = sorted({e["text"].encode() for e in named(world, finding)})
        words, _ = signatures(b"".join(raw), np.cumsum([0, *map(len, raw)]))
        different = [np.array(row) for row in {tuple(row.tolist()) for row in words}]
        assert len(different) >= 3
        mean = np.mean([similarity(a, b) for a, b in combinations(different, 2)])
        assert signals(finding)["texts_alike"].value == pytest.approx(mean, abs=1e-3)
