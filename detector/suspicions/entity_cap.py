"""More live accounts of one person or company than the platform allows (article 10.1)."""

from __future__ import annotations

from collections.abc import Sequence

from detector.cases.findings import Finding, Signal
from detector.suspicions.accounts import FACT, Accounts

KIND = "entity_cap"


def judge(
    entity: str,
    ts: int,
    since: int,
    over: int,
    names: Sequence[str],
    samples: Sequence[str],
    settings: Accounts,
) -> Finding:
    """The finding about an entity above the cap.

    Args:
        entity: its id.
        ts: end of the tick, ms.
        since: when the first of its live accounts came to it, ms.
        over: since when there are more than allowed, ms.
        names: of the live accounts.
        samples: ids of account events.
    """
    live = len(names)
    why = (
        f"{live} live accounts belong to this entity, {settings.cap} are allowed: those that an account "
        "event names as its own, without those since closed or moved to another"
    )
    return Finding(
        kind=KIND,
        subject_type="entity",
        subject=entity,
        ts=ts,
        start=over,
        end=ts,
        since=since,
        observed=live,
        expected=settings.cap,
        signals=[Signal("live_accounts", live, settings.cap, why, FACT, "volume")],
        participants=sorted(names)[: settings.participants],
        participants_total=live,
        samples=list(samples),
    )
