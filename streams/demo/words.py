"""A flag in plain words, for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

WHAT = {
    "follower_jump": "followers came that look bought",
    "follower_drop": "followers left at once",
    "click_inflation": "clicks came that look bought",
    "repost_inflation": "reposts came that look bought",
    "comment_inflation": "comments came that look bought",
    "batch_posting": "many accounts post the same text",
    "lockstep": "accounts act together on the same things",
}


class Signal(msgspec.Struct):
    """The part of a signal that is shown."""

    why: str = ""
    surprise: float = 0.0


class Evidence(msgspec.Struct):
    """The part of a flag's evidence that is shown."""

    signals: list[Signal] = []


class Shown(msgspec.Struct):
    """The part of a flag that is shown."""

    id: str
    ts: int
    kind: str
    subject: dict[str, Any]
    status: str = "open"
    revision: int = 0
    severity: str = ""
    score: float = 0.0
    participants_total: int = 0
    contents_total: int = 0
    evidence: Evidence = msgspec.field(default_factory=Evidence)


def headline(flag: Shown) -> str:
    """One line: when in event time, what, about whom, how sure."""
    at = datetime.fromtimestamp(flag.ts / 1000, UTC).strftime("%a %H:%M")
    what = WHAT.get(flag.kind, flag.kind.replace("_", " "))
    who = f"{flag.subject.get('type', 'subject')} {flag.subject.get('id', '?')}"
    named = []
    if flag.participants_total:
        named.append(f"{flag.participants_total:,} accounts")
    if flag.contents_total:
        named.append(f"{flag.contents_total:,} contents")
    also = f", {' and '.join(named)} named" if named else ""
    return f"{at}  {flag.kind}  {who}: {what}{also} (score {flag.score:.2f})"


def reasons(flag: Shown, most: int = 3) -> list[str]:
    """The sentences of the evidence, the most surprising first."""
    signals = sorted(flag.evidence.signals, key=lambda signal: -signal.surprise)
    return [signal.why for signal in signals if signal.why][:most]
