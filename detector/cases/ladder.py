"""Which measure is recommended (article 19 of the provisions on public accounts, 2021)."""

from __future__ import annotations

STEPS = (
    "warn",
    "limit_features",
    "suspend_updates",
    "stop_ads",
    "close_account",
    "blacklist",
    "bar_reregistration",
)

SEVERITIES = ("low", "medium", "high")


def severity(score: float, participants: int) -> str:
    """How grave a case is: sure and large, one of both, or neither."""
    return SEVERITIES[(score >= 0.97) + (participants >= 100)]


def step(severity: str, repetitions: int) -> int:
    """Number of the step (1 is the mildest): graver cases and every earlier one raise it by one."""
    return min(len(STEPS), 1 + SEVERITIES.index(severity) + repetitions)
