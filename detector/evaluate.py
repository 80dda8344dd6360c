"""Compares flags with labels.

Rules of matching:

1. Of each flag id the last revision counts, with the `ts` of its first. Retracted, held, shadow and
   dismissed flags do not count.
2. A flag is *about* a campaign when it came after the campaign's start, its window meets the campaign's time
   (a day of grace after its end), and it names the campaign's subject or one of its contents as its subject.
   A flag on a group, or of a kind that is about who acts together (`lockstep`, `batch_posting`,
   `topic_inflation`, `bulk_registration`, `entity_cap`, `comment_inflation`), is also about it when its
   participants or its contents overlap the campaign's: three at least, half of the smaller set, a fifth of
   the larger.
3. A campaign is *found* when a flag about it has one of the campaign's `kinds`. Flags of the kinds in `also`
   are true, but don't find it. A group mostly (60 %) of accounts hired for any campaigns is true.
4. Every other flag is false. It is attributed to the innocent that it shares most with (subject, then
   content, then half of its participants, while it lasted); to `campaign_under_another_kind` when it is about
   a campaign whose kinds do not have its own; else it is `unattributed`.
5. Participants: those of all flags that find the campaign, against the label's, for campaigns with two or
   more. The campaign's subjects are left out on both sides.
6. Delay: from the campaign's start to the earliest `ts` of a flag that finds it.

Labels are those of `detector.simulate`; see `detector.simulate.labels_json` for their fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from detector.evaluation.files import Campaign, Flag, Labels, last_revisions, read_flags, read_labels
from detector.evaluation.match import Matches
from detector.evaluation.report import KindFigures, Outcome, Report

__all__ = ["Report", "compare", "evaluate"]


def evaluate(flags: str | Path, labels: str | Path) -> Report:
    """Compare a file of flags with a file of labels.

    Raises:
        OSError: one can't be read.
        ValueError: one is not what it should be.
    """
    return compare(read_flags(flags), read_labels(labels))


def compare(flags: Iterable[Flag], labels: Labels) -> Report:
    """The same for flags and labels in memory."""
    matches = Matches(last_revisions(flags), labels)
    outcomes = [_outcome(c, matches.finders.get(k, [])) for k, c in enumerate(labels.campaigns)]
    false_by: dict[str, list[str]] = {}
    for flag, fell_for in matches.false:
        false_by.setdefault(fell_for, []).append(flag.id)
    false = len(matches.false)
    kinds = {o.kind for o in outcomes} | {f.kind for f in matches.true} | {f.kind for f, _ in matches.false}
    return Report(
        total=_figures(outcomes, len(matches.true), false),
        bursts=_figures([o for o in outcomes if o.pace == "burst"]),
        by_kind={
            kind: _figures(
                [o for o in outcomes if o.kind == kind],
                sum(f.kind == kind for f in matches.true),
                sum(f.kind == kind for f, _ in matches.false),
            )
            for kind in sorted(kinds)
        },
        by_name={
            name: _figures([o for o in outcomes if o.name == name])
            for name in sorted({o.name for o in outcomes})
        },
        false_flags=false,
        false_per_million=false * 1e6 / max(1, labels.counts.organic),
        false_by_innocent={kind: len(ids) for kind, ids in sorted(false_by.items())},
        organic_events=labels.counts.organic,
        outcomes=outcomes,
        false_ids=dict(sorted(false_by.items())),
    )


def _outcome(campaign: Campaign, finders: Sequence[Flag]) -> Outcome:
    known = set(campaign.participants).difference(campaign.subjects)
    named = {p for flag in finders for p in flag.participants}.difference(campaign.subjects)
    precision = recall = f1 = None
    if len(known) >= 2 and finders:
        common = len(known & named)
        precision = common / len(named) if named else 0.0
        recall = common / len(known)
        f1 = 2 * common / (len(known) + len(named))
    roles = [flag.role for flag in finders if flag.role is not None]
    return Outcome(
        name=campaign.name,
        kind=campaign.kinds[0],
        found=bool(finders),
        size=campaign.size,
        start=campaign.start,
        pace=campaign.pace,
        flags=len(finders),
        delay=min(flag.ts for flag in finders) - campaign.start if finders else None,
        precision=precision,
        recall=recall,
        # A campaign nobody found has no participants found either.
        f1=f1 if finders or len(known) < 2 else 0.0,
        role_right=campaign.role in roles if campaign.role and roles else None,
    )


def _figures(outcomes: Sequence[Outcome], true: int | None = None, false: int | None = None) -> KindFigures:
    found = [o for o in outcomes if o.found]
    flags = (true or 0) + (false or 0)
    return KindFigures(
        campaigns=len(outcomes),
        found=len(found),
        recall=len(found) / len(outcomes) if outcomes else None,
        flags_true=true,
        flags_false=false,
        precision=(true or 0) / flags if flags else None,
        participants_precision=_mean([o.precision for o in found]),
        participants_recall=_mean([o.recall for o in found]),
        participants_f1=_mean([o.f1 for o in found]),
        participants_f1_all=_mean([o.f1 for o in outcomes]),
        delay_median_ms=int(median(d)) if (d := [o.delay for o in found if o.delay is not None]) else None,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None
