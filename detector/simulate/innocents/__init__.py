"""Innocents by name; each stages itself once and labels what it did."""

from __future__ import annotations

from collections.abc import Callable

from detector.simulate.innocents import (
    bulletins,
    celebrity,
    fan_club,
    purge,
    starter_list,
    syndication,
    viral_post,
)
from detector.simulate.stage import Stage

Staged = Callable[[Stage], None]

INNOCENTS: dict[str, Staged] = {
    "bulletins": bulletins.stage,
    "celebrity": celebrity.stage,
    "fan_club": fan_club.stage,
    "purge": purge.stage,
    "starter_list": starter_list.stage,
    "syndication": syndication.stage,
    "viral_post": viral_post.stage,
}
