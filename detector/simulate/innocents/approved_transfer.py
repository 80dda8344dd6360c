"""A transfer that the platform approved: all changes as in a sold account, and a `transfer` event."""

from __future__ import annotations

from detector.simulate.attacks.account_transfer import hand_over, sold_account
from detector.simulate.stage import Stage


def stage(stage: Stage) -> None:
    """The event comes first, then the new owner."""
    account, when = sold_account(stage)
    innocent, label = stage.innocent("approved_transfer", when, 1.0, subjects=[account])
    hand_over(stage, innocent, label, account, when, approved=True)
