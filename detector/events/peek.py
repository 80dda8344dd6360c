# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code="no-any-return"
"""The times of lines at a glance, without decoding them: enough to merge files."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.events.schema import YEAR_2000, YEAR_2100
from detector.events.slices import Slices
from detector.events.times import NO_TIME, parse_time
from models.memory import at_address, carray

_QUOTE, _COLON, _ZERO, _NINE, _SPACE = 34, 58, 48, 57, 32
_TS = np.frombuffer(b'ts"', np.uint8)
_TIME = np.frombuffer(b'time"', np.uint8)


def times_of(lines: Slices, last: int) -> np.ndarray:
    """The time of each line in ms, int64: of `ts`, or an envelope's `time`.

    A line that does not show one has that of the line before; the first, `last`.

    >>> lines = Slices.of([b'{"id": "e1", "ts": 1767225600000}', b'{"ts": "2026-01-01T00:00:01Z"}', b"?"])
    >>> times_of(lines, 0).tolist()
    [1767225600000, 1767225601000, 1767225601000]
    """
    buffer = lines.buffer
    return _times(buffer.ctypes.data, len(buffer), lines.starts, lines.lengths, np.int64(last))


@njit
def _value(data, at, end, word):
    """Where the value of the key begins whose opening quote is at `at`; -1 when the key is another."""
    if at + 1 + len(word) >= end:
        return -1
    for k in range(len(word)):
        if data[at + 1 + k] != word[k]:
            return -1
    at += 1 + len(word)
    while at < end and data[at] <= _SPACE:
        at += 1
    if at >= end or data[at] != _COLON:
        return -1
    at += 1
    while at < end and data[at] <= _SPACE:
        at += 1
    return at if at < end else -1


@njit
def _time(data, at, end):
    """The time, a number or a string, at `at`; NO_TIME when it is none."""
    if data[at] == _QUOTE:
        stop = at + 1
        while stop < end and data[stop] != _QUOTE:
            stop += 1
        return parse_time(data, at + 1, stop)
    value = np.int64(0)
    digits = 0
    while at < end and _ZERO <= data[at] <= _NINE and digits < 18:
        value = value * 10 + (np.int64(data[at]) - _ZERO)
        at += 1
        digits += 1
    return value if digits else np.int64(NO_TIME)


@njit(cache=True)
def _times(address, size, starts, lengths, last):
    data = carray(at_address(address), size, np.uint8)
    out = np.empty(len(starts), np.int64)
    for k in range(len(starts)):
        at, end = starts[k], starts[k] + lengths[k]
        found = np.int64(NO_TIME)
        while at < end:
            if data[at] == _QUOTE and at + 1 < end and data[at + 1] == 116:
                value = _value(data, at, end, _TS)
                if value >= 0:
                    found = _time(data, value, end)
                    break
                value = _value(data, at, end, _TIME)
                if value >= 0 and found == NO_TIME:
                    found = _time(data, value, end)
            at += 1
        if YEAR_2000 <= found < YEAR_2100:
            last = found
        out[k] = last
    return out
