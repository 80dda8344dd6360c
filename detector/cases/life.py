"""The life of a case: it opens, grows with its evidence, and ends when nothing more comes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from detector.cases import ladder
from detector.cases.findings import Finding, Signal
from detector.cases.flags import Action, Evidence, Flag, Subject, Window
from detector.cases.fusion import score, total
from detector.cases.reviews import AGAINST, Review

MOST_NAMED = 10_000
# A case that has had no new evidence for so long has ended; later evidence opens another.
QUIET_MS = 90 * 86_400_000
# How far before it is known a finding may begin and still belong to the case that had evidence then: the
# longest windows of counts, a month and the one before it, and a little. Company is sought further back; of
# such a finding only this much counts here.
REACH_MS = 61 * 86_400_000
# Benefit over time: bought traffic goes on coming to the subject, or comes again.
BENEFIT_MS = 86_400_000
# A flag is sent again when its evidence has grown by so much.
GROWTH = 1.1


class Case(msgspec.Struct):
    """What is known of one (kind, subject).

    Attributes:
        since, known: the window of `observed` and the signals.
        surprise: the greatest total so far; below the threshold the case is not a flag yet.
        sent: participants and contents when the flag was last sent; -1 before.
        repetitions: earlier cases of the same kind and subject that stood.
        status: of the flag; `shadow` while it is not sent.
        decision: the last one of a reviewer.
        author: of the content that it is about; empty where it is about something else.
        met: those of `participants` who are named only because other flags had named them.
        rests: ids of those other flags.
        closed: end of the window when a reviewer decided that the flag does not stand; later evidence opens
            another case.
        sufficed: when the evidence sufficed for a flag, ms; 0 before.
    """

    id: str
    kind: str
    subject_type: str
    subject: str
    ts: int
    start: int
    end: int
    observed: float
    expected: float
    signals: list[Signal]
    surprise: float
    participants: set[str]
    contents: set[str]
    participants_total: int
    contents_total: int
    samples: list[str]
    trace: str | None
    since: int
    known: int
    revision: int = 0
    sufficed: int = 0
    sent: int = -1
    repetitions: int = 0
    status: str = "open"
    decision: str = ""
    closed: int = 0
    author: str = ""
    met: set[str] = set()
    rests: set[str] = set()


def key(finding: Finding) -> str:
    """Which case a finding belongs to."""
    return key_of(finding.kind, finding.subject)


def key_of(kind: str, subject: str) -> str:
    """The key of the case of a kind about a subject."""
    return f"{kind}\0{subject}"


def opened(finding: Finding, rules: str, before: Case | None, *, rests: Sequence[str] = ()) -> Case:
    """A case that begins with this finding; `before` is the ended one of the same subject.

    Args:
        rests: the flags because of which it names accounts, if it is for such.
    """
    # What lay before the end of the former case was its evidence, and its id.
    start = max(finding.start, before.end) if before else finding.start
    mark = f"{finding.kind}\0{finding.subject}\0{start}\0{rules}".encode()
    return Case(
        id="f-" + hashlib.blake2b(mark, digest_size=10).hexdigest(),
        kind=finding.kind,
        subject_type=finding.subject_type,
        subject=finding.subject,
        ts=finding.ts,
        start=start,
        end=finding.end,
        observed=finding.observed,
        expected=finding.expected,
        signals=finding.signals,
        surprise=total(finding.signals),
        participants=set(finding.participants),
        contents=set(finding.contents),
        participants_total=finding.participants_total,
        contents_total=finding.contents_total,
        samples=finding.samples,
        trace=finding.trace,
        since=finding.since or finding.start,
        known=finding.until or finding.ts,
        author=finding.author,
        met=set(finding.participants) if rests else set(),
        rests=set(rests),
        repetitions=before.repetitions + _stood(before) if before else 0,
    )


def _stood(case: Case) -> bool:
    return case.sent >= 0 and case.decision not in AGAINST


def ended(case: Case, finding: Finding) -> bool:
    """Whether the finding opens another case: this one had been quiet for long, or was decided before."""
    if case.closed and finding.start > case.closed:
        return True
    return max(finding.start, finding.ts - REACH_MS) - case.end > QUIET_MS


def over(case: Case, ts: int) -> bool:
    """Whether the case has ended for every finding that is known after `ts`."""
    return ts - REACH_MS - case.end > QUIET_MS


def grow(case: Case, finding: Finding, *, rests: Sequence[str] = ()) -> None:
    """Adds a later finding: the window and those named grow, the stronger evidence stands.

    Args:
        rests: as in `opened`.
    """
    case.rests.update(rests)
    if rests:
        case.met.update(account for account in finding.participants if account not in case.participants)
    else:
        case.met.difference_update(finding.participants)
    case.ts = finding.ts
    case.start, case.end = min(case.start, finding.start), max(case.end, finding.end)
    for names, more in (
        (case.participants, finding.participants),
        (case.contents, finding.contents),
    ):
        if len(names) < MOST_NAMED:
            names.update(more)
    case.participants_total = max(case.participants_total, finding.participants_total, len(case.participants))
    case.contents_total = max(case.contents_total, finding.contents_total, len(case.contents))
    surprise = total(finding.signals)
    if surprise >= case.surprise or finding.observed > GROWTH * case.observed:
        case.observed, case.expected, case.signals = finding.observed, finding.expected, finding.signals
        case.samples, case.trace = finding.samples, finding.trace or case.trace
        case.since, case.known = finding.since or finding.start, finding.until or finding.ts
    case.surprise = max(case.surprise, surprise)


def due(case: Case, threshold: float) -> bool:
    """Whether the flag is to be sent: for the first time, or because its evidence has grown."""
    if case.decision in AGAINST:
        return False
    size = len(case.participants) + len(case.contents)
    return case.surprise >= threshold and (case.sent < 0 or size >= GROWTH * case.sent + 1)


def decide(case: Case, review: Review) -> bool:
    """Takes a reviewer's decision; whether the flag is another one by it, and has to be sent."""
    before, case.decision = case.status, review.decision
    if review.decision in AGAINST:
        case.status, case.closed = "retracted", case.end
    elif review.decision == "confirmed":
        case.status, case.closed = "open", 0
    return case.status != before and case.sent >= 0


def flag(case: Case, threshold: float, versions: dict[str, str], legal_basis: Sequence[str] = ()) -> Flag:
    """The next revision of the case's flag."""
    case.sent = len(case.participants) + len(case.contents)
    case.revision += 1
    case.sufficed = case.sufficed or case.ts
    value = score(case.surprise, threshold)
    severity = ladder.severity(value, case.participants_total)
    step = ladder.step(severity, case.repetitions)
    lasting = case.end - case.start >= BENEFIT_MS or case.repetitions > 0
    return Flag(
        id=case.id,
        ts=case.sufficed,
        kind=case.kind,
        status=case.status,
        revision=case.revision,
        subject=Subject(case.subject_type, case.subject),
        role="beneficiary" if lasting or case.subject_type == "group" else "target",
        participants=sorted(case.participants)[:MOST_NAMED],
        participants_total=case.participants_total,
        contents=sorted(case.contents)[:MOST_NAMED],
        contents_total=case.contents_total,
        score=round(value, 4),
        p_value=float(f"{10.0 ** -min(case.surprise, 300.0):.3g}"),
        severity=severity,
        window=Window(case.start, case.end),
        evidence=Evidence(
            case.observed,
            case.expected,
            [_rounded(signal) for signal in case.signals],
            Window(case.since, case.known),
            case.samples,
            case.trace,
        ),
        action=Action(ladder.STEPS[step - 1], step, list(legal_basis)),
        versions=versions,
        source_offsets={},
    )


def _rounded(signal: Signal) -> Signal:
    return Signal(
        signal.name,
        float(f"{signal.value:.6g}"),
        float(f"{signal.baseline:.6g}"),
        signal.why,
        float(f"{signal.surprise:.4g}"),
        signal.evidence,
    )
