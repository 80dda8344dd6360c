"""What the company's stage keeps: rows, the log of acts, and the arrays of them."""

from typing import NamedTuple

import numpy as np

# Accounts that acted on a content last; each newcomer has met those of them that came within the span.
RING = 16
SPAN_SECONDS = 600
SPAN_MS = 1000 * SPAN_SECONDS
# From so long after its publication on, it is not the publication that brings readers to a content together.
LATE_SECONDS = 1200

ACCOUNT = np.dtype([("key", "u8"), ("end", "i8"), ("acts", "u4"), ("named", "u4")])
CONTENT = np.dtype(
    [("key", "u8"), ("end", "i8"), ("acts", "u4"), ("published", "u4"), ("accounts", "u4", (RING,)),
     ("second", "u4", (RING,)), ("ip", "u2", (RING,)), ("device", "u2", (RING,))]
)  # fmt: skip
# What is known of an act.
COLD, FRESH, AGED, YOUNG, SAME_ADDRESS, SAME_DEVICE, POSTED = 1, 2, 4, 8, 16, 32, 64
ACT = np.dtype(
    [
        ("ts", "i8"),
        ("id_at", "i8"),
        ("account", "u4"),  # its row
        ("back", "u4"),  # entries back to the account's act before; 0 when there is none
        ("content", "u4"),  # its row
        ("author", "u4"),  # row of the content's author among the accounts
        ("id_length", "u2"),
        ("bits", "u1"),
        ("spare", "u1"),
        ("beside", "u4"),  # entries back to the act before on the same content; 0 when there is none
    ]
)
assert ACT.itemsize == 40
# Two accounts that act on the same contents at the same times.
PAIR = np.dtype(
    [
        ("key", "u8"),
        ("used", "u4"),  # minute of the last meeting; later by HOLD for those that have met more than once
        ("author", "u4"),  # row of the author of the first content
        ("contents", "u1"),
        ("late", "u1"),  # of these, some time after the publication
        ("authors", "u1"),  # 1 or 2: one, or more
        ("spare", "u1", (5,)),
    ]
)
assert PAIR.itemsize == 24
MEETING = np.dtype([("a", "u4"), ("b", "u4")])
# Pairs that have met again are kept for so much longer than others.
HOLD = 7 * 1440
# What so many act on says little of any two of them.
POPULAR = 200
# Meetings that join two accounts: on contents of two authors; or all of one, that long after the publication
# that it is not what brought them there.
LINK, LINK_LATE = 2, 3

ACCOUNTS, CONTENTS, ACTS = range(3)


class State(NamedTuple):
    """The arrays that the kernel works on."""

    accounts: np.ndarray
    accounts_dirty: np.ndarray
    accounts_slots: np.ndarray
    contents: np.ndarray
    contents_dirty: np.ndarray
    contents_slots: np.ndarray
    acts: np.ndarray
    acts_dirty: np.ndarray
    names: np.ndarray
    names_dirty: np.ndarray
    names_slots: np.ndarray
    letters: np.ndarray
    letters_dirty: np.ndarray
    names_used: np.ndarray
    ids: np.ndarray
    ids_dirty: np.ndarray
    ids_position: np.ndarray
    pairs: np.ndarray
    pairs_dirty: np.ndarray
    usual: np.ndarray  # float64 (1, 7): acts, then how many have each bit; decayed
    usual_dirty: np.ndarray
    counters: np.ndarray
