"""Six months without login or use of a public account (article 10.2): a fact, by event time."""

from __future__ import annotations

from detector.cases.findings import Finding, Signal
from detector.suspicions.accounts import FACT, Accounts

KIND = "dormant_account"
DAY_MS = 86_400_000


def judge(account: str, ts: int, last: int, settings: Accounts) -> Finding:
    """The finding about an account.

    Args:
        account: its id.
        ts: end of the tick, ms.
        last: when it was last used, ms; of that the day (UTC) counts.
    """
    day = last // DAY_MS * DAY_MS
    days = (ts - day) // DAY_MS - 1
    why = (
        f"no event of this account on the {days} days since its last; {settings.dormant_days} are six months"
    )
    return Finding(
        kind=KIND,
        subject_type="account",
        subject=account,
        participants=[account],
        participants_total=1,
        ts=ts,
        start=day,
        end=ts,
        since=day,
        observed=days,
        expected=settings.dormant_days,
        signals=[Signal("days_without_use", days, settings.dormant_days, why, FACT, "volume")],
    )
