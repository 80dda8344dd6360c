# mypy: allow-untyped-defs, allow-untyped-calls
"""Who comes with a crowd: follows, reposts and comments on one account, out of nowhere, far above its rate.

That alone says nothing. But somebody who comes with a crowd to one account, and to another one later, is for
sale more often than not; accounts are rented out for months, and what their owners do besides hides them well
otherwise. Whether it is unusual is learnt in the stages of followers and of engagement, from ordinary days.
"""

import numpy as np
from numba import njit

from models.state import Table

CROWD = np.dtype(
    [
        ("target", "u4"),  # upper half of the hash
        ("minute", "u4"),  # of the last follow
        ("fast", "f4"),  # follows of late: half is forgotten after an hour
        ("slow", "f4"),  # the same of a week
        ("lately", "u4", (4,)),  # rows of the last actors, plus one
    ]
)
_SIZE = 1 << 16
_FAST, _SLOW = 0.5 ** (1 / 60), 0.5 ** (1 / 10080)
# So many within an hour or two, where the week would bring an eighth of it, are a crowd.
_LEAST, _TIMES = 2.5, 8.0
# When this little is left, those who came before are of no crowd now.
_STALE = 0.25
# Minutes that each sum stands for, in the long run.
_FAST_SPAN, _SLOW_SPAN = 1.0 / (1.0 - _FAST), 1.0 / (1.0 - _SLOW)


def table() -> Table:
    """One row a target that was followed lately; targets that share a place drive one another out."""
    made = Table("rushes", CROWD, _SIZE)
    made.used = _SIZE
    return made


@njit(cache=True)
def come(crowds, dirty, actors, actors_dirty, target, at, minute):
    """Notes that the actor in row `at` comes to `target` out of nowhere; counts the crowd for all in it."""
    place = np.int64(target >> np.uint64(48)) & (_SIZE - 1)
    crowd = crowds[place]
    name = np.uint32((target >> np.uint64(16)) & np.uint64(0xFFFFFFFF))
    passed = max(np.int64(minute) - np.int64(crowd.minute), 0)
    fast = crowd.fast * _FAST**passed
    if crowd.target != name:
        if fast >= 1.0:
            return
        crowd.target = name
        fast = 0.0
        crowd.slow = 0.0
    if fast < _STALE:
        for k in range(4):
            crowd.lately[k] = 0
    dirty[place] = 1
    was = fast >= _LEAST
    crowd.minute = max(minute, crowd.minute)
    crowd.fast = fast + 1.0
    crowd.slow = crowd.slow * _SLOW**passed + 1.0
    # The crowd itself is taken out of what is usual.
    expected = max(crowd.slow - crowd.fast, 0.0) / _SLOW_SPAN * _FAST_SPAN
    if crowd.fast >= _LEAST and crowd.fast >= _TIMES * expected:
        _count(actors, actors_dirty, at)
        if not was:
            for k in range(4):
                if crowd.lately[k] > 0:
                    _count(actors, actors_dirty, np.int64(crowd.lately[k]) - 1)
    for k in range(3):
        crowd.lately[k] = crowd.lately[k + 1]
    crowd.lately[3] = at + 1
    if was:
        for k in range(4):
            crowd.lately[k] = 0


@njit(inline="always")
def _count(actors, dirty, at):
    actors[at].rushes = min(np.int64(actors[at].rushes) + 1, 255)
    dirty[at] = 1
