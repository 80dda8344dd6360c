"""The cases' stage: findings in, flags out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from detector.cases import life
from detector.cases.findings import Finding
from detector.cases.flags import encode
from models.state import Blobs, Table

_DAY = 86_400_000
_pack = msgspec.msgpack.Encoder(order="sorted").encode
_unpack = msgspec.msgpack.Decoder(life.Case).decode


class Cases:
    """Every open case by kind and subject.

    Args:
        tick_ms: of the grid.
        budget: false alarms allowed in a million events; the surprise that makes a case a flag follows.
        versions: of detector, rules and model, for every flag.

    Attributes:
        flagged: flags sent for the first time so far, by kind.
    """

    schema = "cases/1"

    def __init__(self, tick_ms: int, budget: float = 1.0, versions: dict[str, str] | None = None) -> None:
        self.tick_ms = tick_ms
        self.threshold = 6.0 - math.log10(budget)
        self.versions = versions or {}
        self.flagged: dict[str, int] = {}
        self._cases: dict[str, life.Case] = {}
        self._blobs = Blobs("cases")
        self._forgotten = 0

    def step(self, upto: int, findings: Sequence[Finding]) -> list[tuple[str, bytes]]:
        """(subject, JSON) of every flag that is new or has grown.

        `findings` are those of ticks up to `upto`, from all sources; they are taken in order of time, kind
        and subject, so the sources' interleaving does not matter.
        """
        changed: dict[str, None] = {}
        out = []
        for finding in sorted(findings, key=_order):
            key = life.key(finding)
            case = self._cases.get(key)
            if case is None or life.ended(case, finding):
                case = self._cases[key] = life.opened(finding, self.versions.get("rules", ""), case)
            else:
                life.grow(case, finding)
            changed[key] = None
            if life.due(case, self.threshold):
                if case.sent < 0:
                    self.flagged[case.kind] = self.flagged.get(case.kind, 0) + 1
                out.append((case.subject, encode(life.flag(case, self.threshold, self.versions))))
        self._forget((upto + 1) * self.tick_ms, changed)
        for key in changed:
            self._blobs[key] = _pack(self._cases[key])
        return out

    def _forget(self, ts: int, changed: dict[str, None]) -> None:
        """Once a day, lets go of the names in cases that are over; how often there were some is kept.

        When that happens depends on how the ticks were cut, so no flag may depend on it.
        """
        if ts // _DAY <= self._forgotten:
            return
        self._forgotten = ts // _DAY
        for key, case in self._cases.items():
            if life.over(case, ts) and (case.participants or case.contents):
                case.participants, case.contents = set(), set()
                changed[key] = None

    def tables(self) -> Sequence[Table]:
        return ()

    def blobs(self) -> Sequence[Blobs]:
        return (self._blobs,)

    def scalars(self) -> dict[str, Any]:
        return {"flagged": self.flagged}

    def restore(self, scalars: dict[str, Any]) -> None:
        self.flagged = dict(scalars["flagged"])

    def rebuild(self) -> None:
        self._cases = {key: _unpack(self._blobs[key]) for key in self._blobs}


def _order(finding: Finding) -> tuple[int, str, str, int, int]:
    return finding.ts, finding.kind, finding.subject, finding.start, finding.end
