"""What the subjects' stage keeps of a subject, and the numbers that it gathers of one under suspicion."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from detector.engine.follows import COUNTS, SHARES
from models.windows import WINDOWS

CHANNELS = ("subscribe", "unsubscribe", "click", "repost", "comment", "exposure")
FOLLOWED, UNFOLLOWED, CLICKED, REPOSTED, COMMENTED, SHOWN = range(len(CHANNELS))

SUBJECT = np.dtype(
    [
        ("key", "u8"),  # hash of subject and channel
        ("subject", "u8"),
        ("end", "i8"),  # sequence number + 1 of the last entry in the log, 0 when there is none
        *WINDOWS,
        ("reported", "u4"),  # the total when the subject was last looked at for a short window
        ("company", "u2"),  # entries that share another target with two or more before them
        ("company_reported", "u2"),
        ("held", "u4"),  # minute up to which its counts are under suspicion, and nothing is learnt of them
        ("looked", "u4"),  # lower half of the last tick in which the subject was entered for a look
        ("channel", "u1"),
        ("spare", "u1"),
        ("reported_slow", "u2"),  # lower half of the total when it was last looked at for a long window
    ]
)
assert SUBJECT.itemsize == 128, SUBJECT.itemsize
# Of the other channels, which are most of the rows, there are counts, and until when they are held.
ENGAGEMENT = np.dtype([("key", "u8"), *WINDOWS, ("held", "u4")])
assert ENGAGEMENT.itemsize == 96, ENGAGEMENT.itemsize

# When accounts were registered, of those lately heard of; accounts that share a place drive one another out.
BIRTH = np.dtype([("account", "u4"), ("day", "u2")])

CANDIDATE = np.dtype(
    [
        ("row", "u4"),
        ("channel", "u1"),
        ("window", "u1"),
        (
            "buckets",
            "u1",
        ),  # 1: the running bucket of the window; 2: with the one before it; 0: from any minute
        ("spare", "u1"),
        ("start", "i8"),  # minute
        ("count", "i8"),
        ("expected", "f8"),
        ("size", "f8"),
    ]
)

# The first of the windows that are long.
SLOW = 2
# `buckets` of a window that is to begin when a company came.
COMPANY_SINCE = 255

# The numbers of a candidate: see `detector.engine.evidence.Evidence`.
ENGAGED = (CLICKED, REPOSTED, COMMENTED, SHOWN)
VOLUME, EVERYBODY, RUSH, EXPLAINED, WARM, KNOWN, QUIET, QUIETEST, CROWD, READ, SERIAL_APART, READS = range(12)
COUNTS_AT = 12
HABIT_AT = COUNTS_AT + COUNTS
ENGAGED_AT = HABIT_AT + COUNTS
ENGAGED_USUAL_AT = ENGAGED_AT + len(ENGAGED)
SHARE_AT = ENGAGED_USUAL_AT + len(ENGAGED)
USUAL_AT = SHARE_AT + len(SHARES)
SURPRISE_AT = USUAL_AT + len(SHARES)
NUMBERS = SURPRISE_AT + len(SHARES)

# Of a share, over the days of subjects: weight, sum, sum of squares, sum of 1 / n.
MOMENTS = 4
# The first rows count the follows and the unfollows of all subjects together.
EVERYBODY_ROWS = 2

# Positions in `State.counters`.
USED, LOGGED, STAMP, FOLLOWED_ROWS, UNFOLLOWED_ROWS, FOLLOWS, CLICKS, ENGAGED_USED = range(8)
COUNTERS = 8


class State(NamedTuple):
    """The arrays that the kernels work on."""

    subjects: np.ndarray
    subjects_dirty: np.ndarray
    slots: np.ndarray
    engaged: np.ndarray
    engaged_dirty: np.ndarray
    engaged_slots: np.ndarray
    log: np.ndarray
    log_dirty: np.ndarray
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
    pairs_added: np.ndarray
    targets: np.ndarray
    targets_dirty: np.ndarray
    targets_added: np.ndarray
    named: np.ndarray
    named_dirty: np.ndarray
    named_added: np.ndarray
    moments: np.ndarray  # float64 (2, len(SHARES) * MOMENTS)
    moments_dirty: np.ndarray
    births: np.ndarray
    births_dirty: np.ndarray
    counters: np.ndarray
    scratch: np.ndarray
