"""What several worlds' reports come to, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median

from detector.evaluation.report import Outcome, Report
from tests.bench.detection.worlds import Worlds

_MINUTE = 60_000


def table(worlds: Worlds, reports: Sequence[Report], seeds: range) -> str:
    """The totals against their targets, a line a kind, and what the false flags fell for."""
    outcomes = [one for report in reports for one in report.outcomes]
    false = Counter[str]()
    fell_for = Counter[str]()
    for report in reports:
        false.update({kind: figures.flags_false or 0 for kind, figures in report.by_kind.items()})
        fell_for.update(report.false_by_innocent)
    organic = sum(report.organic_events for report in reports)
    bursts = [one.delay for one in outcomes if one.pace == "burst" and one.delay is not None]
    f1 = [one.f1 for one in outcomes if one.f1 is not None]
    rows = [
        ("campaigns found", _share(outcomes), f"{worlds.found}"),
        ("false flags a million organic events", f"{1e6 * false.total() / organic:.2f}", f"{worlds.false:g}"),
        ("participants' F1, mean over campaigns, 0 where not found", f"{fmean(f1):.3f}", _target(worlds.f1)),
        ("median delay of bursts, minutes of event time", f"{median(bursts) / _MINUTE:.0f}",
         _target(worlds.delay_minutes)),
    ]  # fmt: skip
    lines = [f"### {worlds.name[0].upper()}{worlds.name[1:]}", ""]
    lines += [f"Seeds {seeds[0]} to {seeds[-1]}, {organic:,} organic events.", ""]
    lines += ["| | measured | target |", "|---|---|---|"]
    lines += [f"| {name} | **{measured}** | {target} |" for name, measured, target in rows]
    lines += [
        "",
        "| kind | found | F1 of those found | median delay, min | false flags |",
        "|---|---|---|---|---|",
    ]
    for kind in sorted({one.kind for one in outcomes} | {kind for kind in false if false[kind]}):
        lines.append(_line(kind, [one for one in outcomes if one.kind == kind], false[kind]))
    said = ", ".join(f"{name} {count}" for name, count in fell_for.most_common())
    lines += ["", f"What the false flags fell for: {said or 'there were none'}.", ""]
    return "\n".join(lines)


def _line(kind: str, outcomes: Sequence[Outcome], false: int) -> str:
    found = [one for one in outcomes if one.found]
    f1 = [one.f1 for one in found if one.f1 is not None]
    delays = [one.delay for one in found if one.delay is not None]
    cells = (
        f"`{kind}`",
        f"{len(found)} of {len(outcomes)}",
        f"{fmean(f1):.2f}" if f1 else "",
        f"{median(delays) / _MINUTE:.0f}" if delays else "",
        str(false),
    )
    return "| " + " | ".join(cells) + " |"


def _share(outcomes: Sequence[Outcome]) -> str:
    found = sum(one.found for one in outcomes)
    return f"{found / len(outcomes):.3f} ({found} of {len(outcomes)})"


def _target(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
