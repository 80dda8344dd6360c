# mypy: allow-untyped-defs, allow-untyped-calls
"""How rare each value of a signature is, and what two texts' agreement is worth by that.

Values that many texts have (every text of a language has its commonest grams, every template its frame) are
weak witnesses: agreement is weighed by how rare the value is (as in record linkage: Fellegi, Sunter 1969).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.memory import at_address, bytes_of, carray, pointer
from models.text.layout import COUNTER_BITS, COUNTERS, VALUES, VALUES_AT, VALUES_DIRTY, counts_of
from models.text.signature import WORDS

# The similarity that the weights tell from chance.
ALIKE = 0.3
# The counters are halved when so many texts have been counted.
COUNTED = 1 << 17


@njit
def _counter(k, value):
    spread = np.uint32(np.uint32(value) * np.uint32(0x9E3779B1))
    return k * COUNTERS + np.int64(spread >> np.uint32(32 - COUNTER_BITS))


@njit
def count_values(state, words):
    """Counts a text's values, and forgets the half of them now and then."""
    counts = counts_of(state)
    values = carray(at_address(pointer(state, VALUES_AT)), WORDS * COUNTERS, np.float32)
    dirty = bytes_of(state, VALUES_DIRTY)
    counts[VALUES] += 1
    for k in range(WORDS):
        at = _counter(k, words[k])
        values[at] += np.float32(1.0)
        dirty[at] = 1
    if counts[VALUES] >= COUNTED:
        counts[VALUES] //= 2
        for at in range(WORDS * COUNTERS):
            values[at] *= np.float32(0.5)
            dirty[at] = 1


@njit(inline="always")
def _worth(values, total, k, value):
    """What it is worth that two texts have a value in common."""
    return ALIKE * total / (values[_counter(k, value)] + 1.0) + 1.0 - ALIKE


@njit
def odds_of(state, words, row):
    """The odds that two texts are copies, not strangers, by the values that agree and their rarity."""
    values = carray(at_address(pointer(state, VALUES_AT)), WORDS * COUNTERS, np.float32)
    total = np.float64(counts_of(state)[VALUES]) + 100.0
    odds = 1.0  # within 1e-5 .. 1e150
    for k in range(WORDS):
        if words[k] == row[k]:
            odds *= _worth(values, total, k, words[k])
        else:
            odds *= 1.0 - ALIKE
    return odds


@njit
def worth_of(state, words, worth):
    """What each of a text's values is worth, for `odds_by`; float64 (WORDS,)."""
    values = carray(at_address(pointer(state, VALUES_AT)), WORDS * COUNTERS, np.float32)
    total = np.float64(counts_of(state)[VALUES]) + 100.0
    for k in range(WORDS):
        worth[k] = _worth(values, total, k, words[k])


@njit
def odds_by(worth, words, row):
    """`odds_of` for a text that is compared with many."""
    odds = 1.0
    for k in range(WORDS):
        odds *= worth[k] if words[k] == row[k] else 1.0 - ALIKE
    return odds
