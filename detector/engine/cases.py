"""The cases' stage: findings in, flags out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import msgspec
import numpy as np

from detector.cases import life
from detector.cases.blast import Blast
from detector.cases.crews import CREW, FORCED, HIRED, Crew, Crews, source_of
from detector.cases.findings import Finding
from detector.cases.flags import encode
from detector.cases.likeness import FEATURES, features, likelihood
from detector.cases.reviews import AGAINST, Review, raised
from detector.cases.rules import EVERY, Rules
from models.state import Blobs, Table
from models.verdicts import Verdicts

_DAY = 86_400_000
_pack = msgspec.msgpack.Encoder(order="sorted").encode
_unpack = msgspec.msgpack.Decoder(life.Case).decode

Sent = list[tuple[str, bytes]]
"""(subject, flag as JSON) of every flag that is new, or another one than when it was last sent."""


class Cases:
    """Every open case by kind and subject.

    Args:
        tick_ms: of the grid.
        budget: false alarms allowed in a million events; the surprise that makes a case a flag follows.
        versions: of detector, rules and model, for every flag.
        rules: of the kinds.
        blast_radius: new flags of a kind in an hour from which a sudden excess is held; 0: never.
        crew: what makes a crowd a crew's.

    Attributes:
        threshold: decades of surprise that the budget asks for.
        raised: by how many decades reviewers' decisions have raised a kind's threshold.
        flagged: flags sent for the first time so far, by kind.
        shadowed: those that would have been, of kinds in the shadow.
        decided: (flags that stand, flags that do not) by reviewers' last decisions, by kind.
        unknown_reviews: decisions about flags that are not known here.
    """

    schema = "cases/4"

    def __init__(
        self,
        tick_ms: int,
        budget: float = 1.0,
        versions: dict[str, str] | None = None,
        rules: Rules | None = None,
        blast_radius: int = 100,
        crew: Crew = CREW,
    ) -> None:
        self.tick_ms = tick_ms
        self.threshold = 6.0 - math.log10(budget)
        self.versions, self.rules = versions or {}, rules or {}
        self.raised: dict[str, float] = {}
        self.flagged: dict[str, int] = {}
        self.shadowed: dict[str, int] = {}
        self.decided: dict[str, list[int]] = {}
        self.unknown_reviews = 0
        self._blast_radius = blast_radius
        self._blasts: dict[str, Blast] = {}
        self._cases: dict[str, life.Case] = {}
        self._by_id: dict[str, str] = {}
        self._verdicts = Verdicts(FEATURES)
        self._blobs, self._learnt = Blobs("cases"), Blobs("verdicts")
        self._crews = Crews(crew, self._standing)
        self._forgotten = 0

    def step(self, upto: int, findings: Sequence[Finding]) -> Sent:
        """The flags that come of `findings`, which are those of ticks up to `upto`, from all sources.

        They are taken in order of time, kind and subject, so the sources' interleaving does not matter.
        """
        changed: dict[str, None] = {}
        out: Sent = []
        for ts, group in groupby(sorted(findings, key=_order), key=lambda finding: finding.ts):
            at_once = list(group)
            self._forget(ts // _DAY * _DAY, changed)
            touched: dict[str, None] = {}
            for finding in at_once:
                if not finding.crowd:
                    touched |= dict.fromkeys(self._take(finding, changed, out))
            touched |= {self._crews.meet(finding): None for finding in at_once if finding.crowd}
            while touched:
                told: dict[str, None] = {}
                for crowd in sorted(touched):
                    met = self._crews.finding(crowd, ts) if self._more(crowd) else None
                    if met:
                        told |= dict.fromkeys(self._take(met[0], changed, out, rests=met[1]))
                touched = told
        self._keep(changed)
        return out

    def _take(
        self, finding: Finding, changed: dict[str, None], out: Sent, *, rests: Sequence[str] = ()
    ) -> Iterable[str]:
        """Adds a finding to its case, and the flag to `out` when due. Returns the crowds that it tells of."""
        key = life.key(finding)
        case = self._cases.get(key)
        if case is None or life.ended(case, finding):
            if case:
                self._crews.forget(case.id, case.participants)
            case = self._cases[key] = life.opened(finding, self.versions.get("rules", ""), case, rests=rests)
            self._by_id[case.id] = key
        else:
            life.grow(case, finding, rests=rests)
        changed[key] = None
        first = case.sent < 0
        if life.due(case, self.threshold_of(case.kind)) and self._may_go(case):
            out.append(self._send(case))
        if case.sent < 0 or case.kind not in HIRED or (rests and not first):
            return ()
        return self._crews.name(case.id, case.participants - case.met if first else finding.participants)

    def review(self, reviews: Sequence[Review]) -> Sent:
        """The flags that reviewers' decisions change: retracted ones, and held ones that are confirmed.

        The same decision again changes nothing.
        """
        changed: dict[str, None] = {}
        out, rows, stood = [], [], []
        for review in reviews:
            key = self._by_id.get(review.flag)
            if key is None or self._cases[key].id != review.flag:
                self.unknown_reviews += 1
                continue
            case = self._cases[key]
            if case.decision == review.decision:
                continue
            undecided = case.decision in ("", "appeal_rejected")
            decided = self.decided.setdefault(case.kind, [0, 0])
            if case.decision:
                decided[case.decision in AGAINST] -= 1
            decided[review.decision in AGAINST] += 1
            changed[key] = None
            if life.decide(case, review):
                out.append(self._send(case))
                if case.status == "retracted":
                    out += self._unsupported(case, changed)
            # Of one flag only the first decision teaches: people change their minds.
            if review.decision != "appeal_rejected" and undecided:
                stands = review.decision not in AGAINST
                self.raised[case.kind] = raised(self.raised.get(case.kind, 0.0), stands)
                rows.append(features(case))
                stood.append(stands)
        if rows:
            self._verdicts.learn(np.array(rows), np.array(stood))
            self._learnt["arrays"] = msgspec.msgpack.encode(
                {name: array.tolist() for name, array in self._verdicts.arrays().items()}
            )
        self._keep(changed)
        return out

    def _unsupported(self, fallen: life.Case, changed: dict[str, None]) -> Sent:
        """The flags that stood because this one did, held: no single source brings about a flag."""
        out: Sent = []
        for key, case in self._cases.items():
            if fallen.id not in case.rests or case.status != "open" or case.sent < 0 or case.decision:
                continue
            standing = (self._cases[self._by_id[flag]] for flag in case.rests if flag in self._by_id)
            left = {source_of(one) for one in standing if one.status == "open" and one.id in case.rests}
            if len(left) < 2 and case.participants <= case.met:
                case.status = "held"
                changed[key] = None
                out.append(self._send(case))
        return out

    def threshold_of(self, kind: str) -> float:
        """Decades of surprise that make a case of this kind a flag."""
        return self.threshold + self.raised.get(kind, 0.0)

    def _more(self, crowd: str) -> bool:
        """Whether a crowd may have something to add to its case, whose key is the same."""
        case = self._cases.get(crowd)
        known = len(case.participants) if case and case.sent >= 0 else 0
        return self._crews.marked(crowd) >= life.GROWTH * known

    def _standing(self, case: str, subject: str, ts: int) -> life.Case | None:
        """The case of an id, if it is a flag that stands, about another subject, and names no victims."""
        one = self._cases[self._by_id[case]]
        if one.id != case or one.subject == subject or not _stands(one, ts):
            return None
        # Who was subscribed by force stands among those who came, and among those who left.
        forced = self._cases.get(life.key_of(FORCED, one.subject))
        return None if forced and _stands(forced, ts) else one

    def _may_go(self, case: life.Case) -> bool:
        """Whether the flag is sent; sets its status when it is the first time."""
        rule = self.rules.get(case.kind, EVERY)
        if case.sent >= 0:
            return True
        if rule.status == "shadow":
            if case.status != "shadow":
                case.status = "shadow"
                self.shadowed[case.kind] = self.shadowed.get(case.kind, 0) + 1
            return False
        if case.kind not in self._blasts:
            self._blasts[case.kind] = Blast(self._blast_radius)
        excess = self._blasts[case.kind].add(case.ts)
        doubtful = self._doubtful(case)
        case.status = "held" if excess or doubtful or rule.status == "held" else "open"
        self.flagged[case.kind] = self.flagged.get(case.kind, 0) + 1
        return True

    def _doubtful(self, case: life.Case) -> bool:
        """Whether flags that looked like this one were mostly dismissed; says so in its evidence."""
        found = self._verdicts.probability(features(case)[None])
        if found is None or found[0] >= 0.5:
            return False
        case.signals = [*case.signals, likelihood(float(found[0]), self._verdicts)]
        return True

    def _send(self, case: life.Case) -> tuple[str, bytes]:
        basis = self.rules.get(case.kind, EVERY).legal_basis
        return case.subject, encode(life.flag(case, self.threshold_of(case.kind), self.versions, basis))

    def _forget(self, ts: int, changed: dict[str, None]) -> None:
        """Lets go of the names in cases that are over when a day begins, ms; how often there were some stays.

        It happens before the day's first findings, however the ticks are cut: what crowds are compared with
        depends on it. Once more after a restart is no harm.
        """
        if ts <= self._forgotten:
            return
        self._forgotten = ts
        for key, case in self._cases.items():
            if life.over(case, ts) and (case.participants or case.contents):
                self._crews.forget(case.id, case.participants)
                case.participants, case.contents, case.met, case.rests = set(), set(), set(), set()
                changed[key] = None

    def _keep(self, changed: dict[str, None]) -> None:
        for key in changed:
            self._blobs[key] = _pack(self._cases[key])

    def tables(self) -> Sequence[Table]:
        return ()

    def blobs(self) -> Sequence[Blobs]:
        return self._blobs, self._learnt, self._crews.blobs

    def scalars(self) -> dict[str, Any]:
        return {
            "flagged": self.flagged,
            "shadowed": self.shadowed,
            "raised": self.raised,
            "decided": self.decided,
            "blasts": {kind: blast.state for kind, blast in self._blasts.items()},
            "crews": self._crews.scalars(),
        }

    def restore(self, scalars: dict[str, Any]) -> None:
        self.flagged, self.shadowed = dict(scalars["flagged"]), dict(scalars["shadowed"])
        self.raised = dict(scalars["raised"])
        self.decided = {kind: list(counts) for kind, counts in scalars["decided"].items()}
        self._blasts = {kind: Blast(self._blast_radius, state) for kind, state in scalars["blasts"].items()}
        self._crews.restore(scalars["crews"])

    def rebuild(self) -> None:
        self._cases = {key: _unpack(self._blobs[key]) for key in self._blobs}
        self._by_id = {case.id: key for key, case in self._cases.items()}
        for case in self._cases.values():
            if case.sent >= 0 and case.kind in HIRED:
                self._crews.name(case.id, case.participants - case.met)
        self._crews.rebuild()
        if "arrays" in self._learnt:
            arrays = msgspec.msgpack.decode(self._learnt["arrays"])
            self._verdicts.load({name: np.array(values) for name, values in arrays.items()})


def _stands(case: life.Case, ts: int) -> bool:
    return case.status == "open" and case.sent >= 0 and not life.over(case, ts)


def _order(finding: Finding) -> tuple[int, str, str, int, int]:
    return finding.ts, finding.kind, finding.subject, finding.start, finding.end
