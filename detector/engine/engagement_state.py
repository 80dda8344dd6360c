"""The tables of the engagement stage, and its arrays as the kernels see them."""

from typing import NamedTuple

import numpy as np

from detector.engine.engagement_counts import CHANNELS, COUNTS, SHARES
from detector.engine.engagement_shares import HABIT
from detector.engine.engagement_walk import Trail
from models import rates

_N = len(CHANNELS)
CONTENT = np.dtype(
    [
        ("key", "u8"),
        ("author", "u8"),
        ("end", "i8"),  # sequence number + 1 of the last entry in the log
        ("first", "u4"),  # minute
        ("last", "u4"),
        ("looked", "u4"),  # lower half of the last tick in which the content was entered for a look
        ("unreported", "u4"),  # minute of the first click since the last report of exposures; 0: none
        ("total", "u4", (_N,)),
        ("reported", "u4", (_N,)),  # the totals when the content was last looked at
        ("hour", "u4", (_N, 2)),  # counts of the running hour and of the one before
        ("quarter", "u4", (_N, 2)),  # of the running six hours and of those before
        ("learnt", "u1", (_N,)),  # how often what is usual was learnt of it
        ("flagged", "u1"),  # a bit a channel with a finding: nothing is learnt of it
    ]
)
AUTHOR = np.dtype(
    [
        ("key", "u8"),
        ("end", "i8"),  # of the last repost, comment or new follower in the log
        ("held", "u4"),  # minute until which nothing above the mean is learnt
        *rates.RATES,
    ]
)
assert AUTHOR.itemsize == 64, AUTHOR.itemsize
# Of authors of whose contents something was learnt: few are.
HABITS = np.dtype([("key", "u8"), ("last", "u4"), *((name, HABIT) for name in CHANNELS)])
CANDIDATE = np.dtype(
    [
        ("row", "i8"),
        ("key", "u8"),
        ("channel", "i8"),
        ("since", "i8"),  # ms
        ("observed", "f8"),
        ("expected", "f8"),
        ("volume", "f8"),
        ("counts", "f8", (COUNTS,)),
        ("share", "f8", (len(SHARES),)),
        ("usual", "f8", (len(SHARES),)),
        ("surprise", "f8", (len(SHARES),)),
        ("told", "?"),  # whether a trait speaks
        ("grown", "?"),  # whether the count is that of another crowd than when it was last looked at
    ]
)

# Positions in `State.counters`.
WRITTEN, STAMP, LEVELS_OF = range(3)
COUNTERS = 3
# Minutes of a content's windows.
HOUR, QUARTER = 60, 360


class State(NamedTuple):
    """The arrays that the kernel works on."""

    contents: np.ndarray
    contents_dirty: np.ndarray
    contents_slots: np.ndarray
    contents_counters: np.ndarray
    authors: np.ndarray
    authors_dirty: np.ndarray
    authors_slots: np.ndarray
    authors_counters: np.ndarray
    habits: np.ndarray
    habits_dirty: np.ndarray
    habits_slots: np.ndarray
    habits_counters: np.ndarray
    no_habits: np.ndarray  # one row, HABITS, all zero
    everybody: np.ndarray  # one row, AUTHOR
    everybody_dirty: np.ndarray
    activity: np.ndarray  # of the hours: how many contents were acted on in each of their ticks
    activity_dirty: np.ndarray
    levels: np.ndarray  # made of the activity, of the hours before that in the counters
    log: np.ndarray
    log_dirty: np.ndarray
    trail: Trail
    names: np.ndarray
    names_dirty: np.ndarray
    names_position: np.ndarray
    moments: np.ndarray  # float64 (channels, len(SHARES) * MOMENTS)
    moments_dirty: np.ndarray
    lag: np.ndarray  # float64 (1, 3): minutes until clicks are reported as exposed: weight, sum, squares
    lag_dirty: np.ndarray
    counters: np.ndarray
    tally: np.ndarray
    found: np.ndarray
