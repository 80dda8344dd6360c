"""What suspicions hand to the cases' stage: evidence about one subject at one tick."""

from __future__ import annotations

import msgspec


class Signal(msgspec.Struct, frozen=True, gc=False):
    """One number that speaks for or against a suspicion.

    Attributes:
        name: from the field's vocabulary, snake_case.
        value, baseline: the number observed, and what is usual; both can be recomputed from the events.
        why: a sentence that a person understands, with the numbers in it.
        surprise: -log10 of the probability of a value as extreme were all honest; 0 where it only informs.
        evidence: `volume`, `provenance` or `similarity`.
    """

    name: str
    value: float
    baseline: float
    why: str
    surprise: float = 0.0
    evidence: str = "volume"

    def __post_init__(self) -> None:
        # On its way through a topic a whole number becomes one; a flag must read the same without that way.
        if type(self.value) is not float or type(self.baseline) is not float:
            msgspec.structs.force_setattr(self, "value", float(self.value))
            msgspec.structs.force_setattr(self, "baseline", float(self.baseline))


class Finding(msgspec.Struct, gc=False):
    """Evidence about one subject, gathered at the end of a tick; a later one of the same case replaces it.

    Attributes:
        kind: of the flag it may become.
        subject_type, subject: whom it is about; for a group the subject is a hash of its seed.
        ts: end of the tick, ms: the event time at which this was known.
        start, end: when those named took part, ms.
        since: beginning of the window, up to `ts`, that `observed` and the signals speak of; 0: `start`.
        observed, expected: the count in the window and the baseline's.
        participants, contents: at most 10,000 ids each, sorted; the totals count all.
        samples: a few event ids.
        trace: the earliest content of a cluster.
        author: of the content that it is about; empty where it is about something else.
        crowd: no suspicion yet, only who came together where a count is surprising (see
            `detector.cases.crews`). Nobody is named then; `participants_total` counts them.
        actors: hashes of all accounts of a crowd, uint64 in little-endian order, ascending.
        until: end of the window where it is not `ts`; 0: it is.
    """

    kind: str
    subject_type: str
    subject: str
    ts: int
    start: int
    end: int
    observed: float
    expected: float
    signals: list[Signal]
    participants: list[str] = []
    participants_total: int = 0
    contents: list[str] = []
    contents_total: int = 0
    samples: list[str] = []
    trace: str | None = None
    since: int = 0
    author: str = ""
    crowd: bool = False
    actors: bytes = b""
    until: int = 0

    def __post_init__(self) -> None:
        self.observed, self.expected = float(self.observed), float(self.expected)
