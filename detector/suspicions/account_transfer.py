"""An account that somebody else uses from one day on, with no approved transfer (article 11).

Everybody has a new phone, travels, or has several devices at some time. What they do not have is another
device, another address and another entity behind the account from the same moment on, with nothing of before
coming back for a day. How often each happens by itself is learnt from the platform's own accounts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.engine import accounts_rows as rows
from detector.engine.accounts_habits import MOST_TIMES, changing, level_of, moving, together
from detector.suspicions.accounts import Accounts
from models.tails import binomial_upper, effective

KIND = "account_transfer"
# Sessions of one person resemble one another in their hours.
_CORRELATION = 0.15
# Below this what is odd about the hours only informs.
_SPEAKS = 2.0


@dataclass(frozen=True, slots=True)
class Moved:
    """What has been seen since an account began to look like somebody else's.

    Attributes:
        sessions, known_ips, odd_hours: sessions; those from an address of before; those at other hours.
        acts, known_subjects: acts on subjects; those on subjects of before.
        other_entity: account events that name another entity, the same each time; none names the former.
        began: when that began, ms.
        known: sessions known before.
    """

    sessions: int
    known_ips: int
    odd_hours: int
    acts: int
    known_subjects: int
    other_entity: int
    began: int
    known: int


def judge(
    account: str, ts: int, moved: Moved, usual: np.ndarray, samples: list[str], settings: Accounts
) -> Finding | None:
    """The finding about an account, if it is one.

    Args:
        account: its id.
        ts: end of the tick, ms.
        usual: shares learnt from the stream, shape (accounts_rows.USUAL,).
        samples: ids of events.
    """
    level = int(level_of(moved.known))
    sessions, odd = float(usual[rows.SESSIONS + level]), float(usual[rows.ODD + level])
    moves, changes = float(moving(usual, level)), float(changing(usual))
    times = min(moved.other_entity, MOST_TIMES)
    surprise = float(together(usual, level, times))
    if surprise < settings.hand_over:
        return None
    entity = (
        f", and {moved.other_entity} account events name another entity, as {changes:.2%} do" if times else ""
    )
    why = (
        f"all of {moved.sessions} sessions in a day or more came from devices not seen before, "
        f"{moved.sessions - moved.known_ips} from addresses not seen before, as after {moves:.3%} of the "
        f"sessions of accounts known as well{entity}; no transfer was approved"
    )
    odd_usual = (odd + 1.0) / (sessions + 10.0)
    n = effective(float(moved.sessions), _CORRELATION)
    hours = binomial_upper(n * moved.odd_hours / moved.sessions, n, odd_usual)
    known = moved.known_subjects / max(moved.acts, 1)
    return Finding(
        kind=KIND,
        subject_type="account",
        subject=account,
        participants=[account],
        participants_total=1,
        ts=ts,
        start=moved.began,
        end=ts,
        observed=moved.sessions,
        expected=moved.sessions * moves,
        signals=[
            Signal("other_hands", moved.sessions, moved.sessions * moves, why, surprise, "provenance"),
            Signal(
                "odd_hours",
                moved.odd_hours / moved.sessions,
                odd_usual,
                f"{moved.odd_hours} of {moved.sessions} sessions at three hours of the day unused before; "
                f"{odd_usual:.0%} is usual",
                hours if hours >= _SPEAKS else 0.0,
                "similarity",
            ),
            Signal(
                "known_subjects",
                known,
                0.0,
                f"{moved.known_subjects} of {moved.acts} acts were on subjects dealt with before",
            ),
        ],
        samples=samples,
    )
