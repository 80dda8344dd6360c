"""Which measure is recommended, and on what ground.

The articles are those of the Provisions on the Administration of Public Account Information Services of
Internet Users (2021): the duty that the kind of manipulation falls under, and article 19, the measures.
"""

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

_BASIS = {
    "follower_jump": ["art12.1", "art12.2", "art19"],
    "follower_drop": ["art12.2", "art19"],
    "click_inflation": ["art12.1", "art18.4", "art19"],
    "repost_inflation": ["art12.1", "art18.4", "art19"],
    "comment_inflation": ["art12.1", "art18.4", "art19"],
    "batch_posting": ["art18.4", "art19"],
    "lockstep": ["art12.1", "art18.4", "art19"],
}

SEVERITIES = ("low", "medium", "high")


def legal_basis(kind: str) -> list[str]:
    """Articles that a flag of this kind rests on."""
    return _BASIS[kind]


def severity(score: float, participants: int) -> str:
    """How grave a case is: sure and large, one of both, or neither."""
    return SEVERITIES[(score >= 0.97) + (participants >= 100)]


def step(severity: str, repetitions: int) -> int:
    """Number of the step (1 is the mildest): graver cases and every earlier one raise it by one."""
    return min(len(STEPS), 1 + SEVERITIES.index(severity) + repetitions)
