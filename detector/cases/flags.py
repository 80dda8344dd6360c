"""Flags: what leaves the service."""

from __future__ import annotations

import msgspec

from detector.cases.findings import Signal


class Subject(msgspec.Struct, frozen=True):
    type: str
    id: str


class Window(msgspec.Struct, frozen=True):
    start: int
    end: int


class Evidence(msgspec.Struct, omit_defaults=True):
    """The strongest evidence of a case; `window` is the one that `observed` and the signals speak of."""

    observed: float
    expected: float
    signals: list[Signal]
    window: Window
    samples: list[str] = msgspec.field(default_factory=list)
    trace: str | None = None


class Action(msgspec.Struct):
    recommended: str
    ladder_step: int
    legal_basis: list[str]
    due: int | None = None


class Flag(msgspec.Struct):
    """One revision of one flag; the fields are those of the contract."""

    id: str
    ts: int
    kind: str
    status: str
    revision: int
    subject: Subject
    role: str
    participants: list[str]
    participants_total: int
    contents: list[str]
    contents_total: int
    score: float
    p_value: float
    severity: str
    window: Window
    evidence: Evidence
    action: Action
    versions: dict[str, str]
    source_offsets: dict[str, int]


encode = msgspec.json.Encoder().encode
