"""What the engine says of a stream made by hand."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import numpy as np

from detector.cases.findings import Finding
from detector.engine.actors import Actors
from detector.engine.company import Company
from detector.engine.engagement import Engagement
from detector.engine.engine import Engine, Settings
from detector.engine.routing import with_company
from detector.engine.subjects import Subjects
from detector.engine.topics import Topics
from tests.unit.detector.made import Made
from tests.unit.detector.worlds import TICK

SETTINGS = Settings(shards=1, recent_ids=1 << 12, follows_logged=1 << 14, engagements_logged=1 << 15)


def all_flags(made: Made) -> list[dict[str, Any]]:
    """The last revision of every flag."""
    engine, batch = Engine(SETTINGS), made.batch()
    sent = engine.push(batch.take(np.arange(len(batch)))) + engine.finish()
    last = {flag["id"]: flag for flag in (msgspec.json.decode(raw) for _, raw in sent)}
    return list(last.values())


def flags(made: Made, kind: str) -> list[dict[str, Any]]:
    """The last revision of every flag of a kind."""
    return [flag for flag in all_flags(made) if flag["kind"] == kind]


def findings(made: Made, stage: Subjects | Company | Topics | Engagement) -> list[Finding]:
    """What a stage finds, before it comes to cases."""
    return [finding for finding in _told(made, stage) if not finding.crowd]


def gathered(made: Made, stage: Subjects | Engagement) -> list[Finding]:
    """Who came together where a count is surprising."""
    return [finding for finding in _told(made, stage) if finding.crowd]


def _told(made: Made, stage: Subjects | Company | Topics | Engagement) -> list[Finding]:
    batch = Actors(TICK, capacity=1 << 14, recent_ids=1 << 14).step(1 << 40, made.batch())
    return stage.step(1 << 40, with_company(batch) if isinstance(stage, Company | Topics) else batch)


def values(finding: Finding) -> dict[str, float]:
    return {signal.name: signal.value for signal in finding.signals}


def minute_of(event: dict[str, Any]) -> int:
    return int(event["ts"]) // 60_000


def is_young(event: dict[str, Any]) -> bool:
    return minute_of(event) - int(event["actor_created"]) // 60_000 < 30 * 1440


def first_seen(made: Made) -> dict[str, int]:
    """Minute of every actor's first event."""
    out: dict[str, int] = {}
    for event in sorted(made.events, key=lambda event: int(event["ts"])):
        if "actor" in event:
            out.setdefault(event["actor"], minute_of(event))
    return out


def touched_before(made: Made, event: dict[str, Any], author: str) -> bool:
    return any(
        other["ts"] < event["ts"] and other["actor"] == event["actor"] and other.get("author") == author
        for other in made.events
        if other["type"] in ("click", "repost", "comment")
    )


def crowds(follows: list[dict[str, Any]]) -> dict[str, bool]:
    """Whether the actor of each follow, none of them touched before, had come with a crowd elsewhere.

    A crowd: of the follows of an account, each worth half after an hour, more than 2.5, and eight times what
    the week before would bring.
    """
    fast, slow, last, came, recent, out = {}, {}, {}, Counter[str](), {}, {}
    for event in sorted(follows, key=lambda event: int(event["ts"])):
        target, actor, minute = event["target"], event["actor"], minute_of(event)
        out[event["id"]] = came[actor] > 0
        passed = minute - last.get(target, minute)
        before = fast.get(target, 0.0) * 0.5 ** (passed / 60)
        if before < 0.25:
            recent[target] = []
        fast[target] = before + 1
        slow[target] = slow.get(target, 0.0) * 0.5 ** (passed / 10080) + 1
        last[target] = minute
        expected = (slow[target] - fast[target]) * (1 - 0.5 ** (1 / 10080)) / (1 - 0.5 ** (1 / 60))
        if fast[target] >= 2.5 and fast[target] >= 8 * max(expected, 0):
            came[actor] += 1
            if before < 2.5:
                came.update(recent[target])
        recent[target] = [] if before >= 2.5 else [*recent[target], actor][-4:]
    return out


def session(follows: list[dict[str, Any]], actor: str, ts: int) -> list[dict[str, Any]]:
    """The actor's follows before `ts` that belong together: none is two days after the last one."""
    out: list[dict[str, Any]] = []
    for event in sorted(follows, key=lambda event: int(event["ts"])):
        if event["actor"] == actor and event["ts"] < ts:
            if out and minute_of(event) > minute_of(out[-1]) + 2880:
                out = []
            out.append(event)
    return out
