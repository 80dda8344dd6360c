"""Which of the accounts behind a count the evidence names."""

from __future__ import annotations

import numpy as np

from detector.engine.actors import SERIAL, TOUCHED
from detector.engine.engagement_counts import (
    ADDRESS_SHARE,
    AGAIN_SHARE,
    BLANK_EVENTS,
    BLANK_SHARE,
    COMPANY_SHARE,
    DEVICE_SHARE,
    FRESH_MINUTES,
    FRESH_SHARE,
    KEEN_SHARE,
    NOWHERE_SHARE,
    OFTEN_ACTS,
    OFTEN_SHARE,
    PROPORTION_SHARE,
    SERIAL_SHARE,
    SILENT_SHARE,
    UNEXPOSED_SHARE,
    UNREAD_SHARE,
    YOUNG_MINUTES,
    YOUNG_SHARE,
)
from detector.engine.rows import CLICK

_MARKS = (DEVICE_SHARE, ADDRESS_SHARE, OFTEN_SHARE, KEEN_SHARE)


def chosen(
    entries: np.ndarray,
    acts: np.ndarray,
    speaking: list[int],
    strongest: int,
    few_honest: bool,
    company: np.ndarray,
) -> np.ndarray:
    """The accounts (hashes) that take part, of those that acted.

    Where a mark of some accounts speaks loudest (their device, that they come back), those are named who bear
    it or another mark that speaks; else those who lack what all of them lack (engagement, a way), or are as
    new as too many of them are.

    Args:
        entries: all of the content in the window.
        acts: those of the channel.
        speaking: the shares that speak.
        company: those who did the same on other contents of the author.
        few_honest: whether hardly anybody else can be among them: then all strangers are named.
        strongest: the one of them, history aside, that is most surprising.
    """
    actors, first, times = np.unique(acts["actor"][::-1], return_index=True, return_counts=True)
    own = acts[::-1][first]
    clicks = acts["type"][0] == CLICK if len(acts) else False
    others = entries[entries["type"] != CLICK] if clicks else entries[entries["type"] == CLICK]
    engaged = np.isin(actors, others["actor"])
    # Whom one had met before is told by the first thing one did on the content.
    met, place = np.unique(entries["actor"][::-1], return_index=True)
    strangers = entries["marks"][::-1][place[np.searchsorted(met, actors)]] & TOUCHED == 0
    serial = np.isin(actors, entries["actor"][entries["marks"] & SERIAL != 0])
    traits = {
        SILENT_SHARE: ~engaged,
        UNEXPOSED_SHARE: ~engaged,
        NOWHERE_SHARE: strangers if few_honest else ~engaged & strangers,
        UNREAD_SHARE: ~engaged,
        SERIAL_SHARE: serial,
        KEEN_SHARE: serial & (times >= OFTEN_ACTS),
        COMPANY_SHARE: np.isin(actors, company),
        PROPORTION_SHARE: strangers if few_honest else ~engaged & strangers,
        OFTEN_SHARE: times >= OFTEN_ACTS,
        AGAIN_SHARE: times > 1,
        DEVICE_SHARE: _shared(own["device"]),
        ADDRESS_SHARE: _shared(own["ip"]),
        FRESH_SHARE: own["seen"] < FRESH_MINUTES,
        BLANK_SHARE: own["prior"] < BLANK_EVENTS,
        YOUNG_SHARE: (own["created"] != 0) & (own["ts"] // 60_000 - own["created"] < YOUNG_MINUTES),
    }
    named = np.zeros(len(actors), np.bool_)
    for k in speaking:
        if strongest not in _MARKS or k in _MARKS:
            named |= traits[k]
    out: np.ndarray = actors[named]
    return out


def _shared(values: np.ndarray) -> np.ndarray:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    out: np.ndarray = (values != 0) & (count[place] > 1)
    return out
