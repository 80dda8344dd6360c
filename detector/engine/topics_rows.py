"""What the topics' stage keeps: rows, positions, and the arrays of them."""

from typing import NamedTuple

import numpy as np

from models.windows import WINDOWS

# What is remembered of a topic is judged over so long, minutes.
WINDOW = 2 * 1440
# Accounts that acted last on a topic, with whom a newcomer's device is compared.
LATEST = 4

TOPIC = np.dtype(
    [
        ("key", "u8"),
        ("end", "i8"),  # sequence number + 1 of the last entry in the log; 0: none
        ("used", "u4"),  # minute of the last entry
        *WINDOWS,  # of its posts
        ("entries", "u4"),  # posts, reposts and comments in all
        ("judged", "u4"),  # entries at the last look
        ("flagged", "u4"),  # minute of the last finding; 0: none
        ("day", "u4"),
        ("acts", "u4", (2,)),  # reposts and comments on its posts, of this day and the one before
        ("closed", "u4", (2,)),  # of these, by accounts that had posted on it within the window
        ("inside", "u4", (2,)),  # by accounts that had posted or acted on it
        ("posts", "u4", (2,)),
        ("who", "u4", (LATEST,)),
        ("device", "u2", (LATEST,)),
    ]
)
CONTENT = np.dtype([("key", "u8"), ("used", "u4"), ("topic", "u4"), ("print", "u4"), ("spare", "u4")])
AUTHOR = np.dtype([("key", "u8"), ("used", "u4"), ("posts", "u4"), ("received", "u4"), ("spare", "u4")])
# Who has posted or acted on what topic, and who has acted on whose contents.
TIE = np.dtype([("key", "u8"), ("used", "u4"), ("posted", "u4")])

# Who was in the circle of a flagged topic: the last one of each account.
PUSHER = np.dtype([("key", "u8"), ("used", "u4"), ("topic", "u4")])

# What is known of an entry: of its account; and whether it had acted on the author before.
FRESH, AGED, YOUNG, HAS_DEVICE, SAME_DEVICE, KNOWN, POSTED = 1, 2, 4, 8, 16, 32, 64
BITS = 6
ENTRY = np.dtype(
    [
        ("ts", "i8"),
        ("actor", "u8"),
        ("author", "u8"),
        ("content", "u8"),
        ("names_at", "i8"),  # id, actor, and of a post the content and the topic, each in whole words
        ("topic", "u4"),  # its row
        ("back", "u4"),  # entries back to the topic's entry before; 0 when there is none
        ("lengths", "u2", (4,)),
        ("ip", "u2"),
        ("device", "u2"),
        ("bits", "u1"),
        ("spare", "u1", (3,)),
    ]
)
assert ENTRY.itemsize == 64

# Positions in `State.usual`: of all entries those with each bit; of all topics' acts; of all accounts'.
ENTRIES, BIT, ACTS, CLOSED, INSIDE, POSTS, RECEIVED = 0, 1, *range(BITS + 1, BITS + 6)
# Over the days of topics: how many there were, and the sums of their closed shares, of their squares, and of
# 1 / acts. Then posts on topics, topics, and the sum of the minutes in which they began.
DAYS, SHARES, SQUARES, INVERSES, TOPIC_POSTS, TOPICS, BEGINNINGS = range(BITS + 6, BITS + 13)
USUAL = BITS + 13
FADING = TOPIC_POSTS
LOGGED, MINUTE, AUTHORS, PUSHERS = range(4)


class State(NamedTuple):
    """The arrays that the kernel works on."""

    topics: np.ndarray
    topics_dirty: np.ndarray
    contents: np.ndarray
    contents_dirty: np.ndarray
    authors: np.ndarray
    authors_dirty: np.ndarray
    posters: np.ndarray
    posters_dirty: np.ndarray
    ties: np.ndarray
    ties_dirty: np.ndarray
    log: np.ndarray
    log_dirty: np.ndarray
    names: np.ndarray
    names_dirty: np.ndarray
    names_position: np.ndarray
    usual: np.ndarray
    usual_dirty: np.ndarray
    counters: np.ndarray
