# mypy: allow-untyped-defs, allow-untyped-calls
"""Who is behind the clicks, reposts or comments of a content, counted exactly from the log."""

import numpy as np
from numba import njit

from detector.engine.actors import SERIAL, TOUCHED
from detector.engine.rows import CLICK, EXPOSURE, REPOST, SUBSCRIPTION
from models.bare import bare
from models.tally import BITS, WORD, bump, place, room_for

CHANNELS = ("click", "repost", "comment")
CLICKED, REPOSTED, COMMENTED = range(3)

# What is counted of a window. All but the first are of accounts, each by its first act in the window.
(
    ACTS, ACTORS, AGED, YOUNG, FRESH, BLANK, STRANGE, DEVICES, OTHER_DEVICES, ADDRESSES, OTHER_ADDRESSES,
    OFTEN, TOGETHER, UNREAD, NOWHERE, TWICE, SERIALS, SETTLED, SILENT, READERS, DUE,
    EXPOSED, AGAIN, KEEN,
) = range(24)  # fmt: skip
COUNTS = 24

# Shares, as part and whole of the counts. Those that do not belong to a channel have no whole there.
SHARES = (
    "fresh_actors", "blank_actors", "young_accounts", "no_earlier_touch", "same_device", "same_address",
    "came_back", "same_minute", "unread", "same_company", "serial_actors", "keen_strangers", "talked_again",
    "no_engagement", "unexposed", "proportion", "out_of_nowhere",
)  # fmt: skip
(
    FRESH_SHARE, BLANK_SHARE, YOUNG_SHARE, STRANGE_SHARE, DEVICE_SHARE, ADDRESS_SHARE, OFTEN_SHARE,
    MINUTE_SHARE, UNREAD_SHARE, COMPANY_SHARE, SERIAL_SHARE, KEEN_SHARE, AGAIN_SHARE,
    SILENT_SHARE, UNEXPOSED_SHARE, PROPORTION_SHARE, NOWHERE_SHARE,
) = range(len(SHARES))  # fmt: skip
PARTS = np.array(
    [
        FRESH, BLANK, YOUNG, STRANGE, OTHER_DEVICES, OTHER_ADDRESSES, OFTEN, TOGETHER, UNREAD, TWICE,
        SERIALS, KEEN, AGAIN, SILENT, DUE, ACTORS, NOWHERE,
    ]
)  # fmt: skip
# Of the last three the whole is the sum of part and other: see `whole_of`.
WHOLES = np.array(
    [
        ACTORS, ACTORS, AGED, ACTORS, DEVICES, ADDRESSES, ACTORS, ACTS, ACTORS, ACTORS,
        ACTORS, ACTORS, ACTORS, SETTLED, EXPOSED,
        READERS, READERS,
    ]
)  # fmt: skip
# Those of which a finding may consist: see `detector.suspicions`.
SPEAK = np.array(
    [
        DEVICE_SHARE, ADDRESS_SHARE, OFTEN_SHARE, COMPANY_SHARE, SERIAL_SHARE, KEEN_SHARE, SILENT_SHARE,
        UNEXPOSED_SHARE, NOWHERE_SHARE,
    ]
)  # fmt: skip
# History counts beside them.
HISTORY = np.array([FRESH_SHARE, BLANK_SHARE, YOUNG_SHARE])
FRESH_MINUTES = 24 * 60
YOUNG_MINUTES = 30 * 24 * 60
# An account with fewer events before has hardly lived on the platform.
BLANK_EVENTS = 4
# Who does the same on the same content so often within a window comes back on purpose.
OFTEN_ACTS = 3
# Kinds of values in the tally. An account's word has marks, and above them how often it acted in the window.
_ACCOUNT, _DEVICE, _ADDRESS = range(3)
_ACTED, _MOST_ACTS = 8, (1 << BITS - 8) - 1
# What is marked of an account: met in any way, clicked before, a stranger at the first meeting, one that had
# come with a crowd to another author, acted in the window in another way (engaged after a click, or read),
# acted on another content of the author, talked or followed (though it is reposts that are counted), is among
# those that came out of nowhere.
_MET, _CLICKED, _STRANGER, _SERIAL, _ELSE, _ELSEWHERE, _ENGAGED, _NOWHERE = (1 << k for k in range(8))
# Of clicks it is not asked who had clicked, but who had time to do something after it.
_SETTLED = _CLICKED


@njit(inline="always")
def channel_of(kind):
    """The channel of an event's type (see detector.engine.rows), for those that have one."""
    return np.int64(kind) - CLICK


@njit(cache=True)
def examine(log, found, beside, n, content, since, channel, cut, settled, table, stamp, out):
    """Counts over entries of one content, and of its author's reposts, comments and new followers.

    Args:
        found: their sequence numbers, first `beside` of the author's, then up to `n` of the content's, each
            latest first.
        content: upper half of its hash.
        since: ms; the window begins there, what is before tells who has met whom.
        channel: CLICKED, REPOSTED or COMMENTED.
        cut: ms; clicks after it, and after the last report, may not have been reported as exposed yet.
        settled: ms; who has clicked after it may still share, talk or follow.
        table, stamp: a tally, and a stamp that it has not had.
        out: COUNTS float64.
    """
    log, found, table, out = bare(log), bare(found), room_for(bare(table), 3 * n), bare(out)
    mask = len(log) - 1
    out[:] = 0.0
    if channel != CLICKED:
        for i in range(beside):
            entry = log[found[i] & mask]
            if entry.type != SUBSCRIPTION and channel_of(entry.type) == channel and entry.object != content:
                table[place(table, stamp, _ACCOUNT, entry.actor), WORD] |= _ELSEWHERE
    for i in range(beside, n):
        if log[found[i] & mask].type == EXPOSURE:
            cut = max(cut, log[found[i] & mask].ts)
            break
    last, within = np.int64(-1), 0
    for i in range(n - 1, -1, -1):
        entry = log[found[i] & mask]
        kind = entry.type
        inside = entry.ts >= since
        if kind == EXPOSURE:
            if inside:
                out[EXPOSED] += entry.value
            continue
        if i < beside and (kind != SUBSCRIPTION or channel == COMMENTED):
            continue
        at = place(table, stamp, _ACCOUNT, entry.actor)
        word = table[at, WORD]
        if i >= beside and not word & _MET:
            word |= _MET
            if entry.marks & TOUCHED == 0:
                word |= _STRANGER
                if entry.marks & SERIAL:
                    word |= _SERIAL
        if kind == CLICK:
            if inside:
                out[DUE] += entry.ts <= cut
            if channel != CLICKED:
                word |= _CLICKED
                if inside and not word & _ELSE:
                    word |= _ELSE
                    out[READERS] += 1.0
        elif channel == CLICKED:
            if inside and word & _SETTLED and not word & _ELSE:
                word |= _ELSE
                out[SILENT] -= 1.0
        elif channel == REPOSTED and kind != REPOST and not word & _ENGAGED:
            # Whoever now talks or follows did not come for the repost alone.
            word |= _ENGAGED
            if word & _NOWHERE:
                out[NOWHERE] -= 1.0
        if i < beside or not inside or channel_of(kind) != channel:
            table[at, WORD] = word
            continue
        word += 1 << _ACTED
        out[ACTS] += 1.0
        minute = entry.ts // 60000
        within = within + 1 if minute == last else 1
        last = minute
        out[TOGETHER] = max(out[TOGETHER], float(within))
        times = word >> _ACTED & _MOST_ACTS
        if times == 2:
            out[AGAIN] += 1.0
        if times == OFTEN_ACTS:
            out[OFTEN] += 1.0
            if word & _SERIAL:
                out[KEEN] += 1.0
        if times > 1:
            table[at, WORD] = word
            continue
        out[ACTORS] += 1.0
        if channel == CLICKED and entry.ts <= settled:
            word |= _SETTLED
            out[SETTLED] += 1.0
            out[SILENT] += 1.0
        if entry.created != 0:
            out[AGED] += 1.0
            if minute - np.int64(entry.created) < YOUNG_MINUTES:
                out[YOUNG] += 1.0
        if entry.seen < FRESH_MINUTES:
            out[FRESH] += 1.0
        if entry.prior < BLANK_EVENTS:
            out[BLANK] += 1.0
        if word & _STRANGER:
            out[STRANGE] += 1.0
        if channel != CLICKED and not word & _CLICKED:
            out[UNREAD] += 1.0
            if word & _STRANGER and not word & _ENGAGED:
                out[NOWHERE] += 1.0
                word |= _NOWHERE
        if word & _ELSEWHERE:
            out[TWICE] += 1.0
        if word & _SERIAL:
            out[SERIALS] += 1.0
        table[at, WORD] = word
        if entry.device != 0:
            out[DEVICES] += 1.0
            if bump(table, stamp, _DEVICE, np.uint64(entry.device) << np.uint64(4)) > 1:
                out[OTHER_DEVICES] += 1.0
        if entry.ip != 0:
            out[ADDRESSES] += 1.0
            if bump(table, stamp, _ADDRESS, np.uint64(entry.ip) << np.uint64(4)) > 1:
                out[OTHER_ADDRESSES] += 1.0


@njit(inline="always")
def whole_of(counts, share, channel):
    """How many draws a share has; 0 where it does not belong to the channel."""
    if share in (UNREAD_SHARE, COMPANY_SHARE, PROPORTION_SHARE, NOWHERE_SHARE, AGAIN_SHARE):
        if channel == CLICKED:
            return 0.0
    elif share in (SILENT_SHARE, UNEXPOSED_SHARE) and channel != CLICKED:
        return 0.0
    whole = counts[WHOLES[share]]
    if share >= UNEXPOSED_SHARE:
        whole += counts[PARTS[share]]
    return whole
