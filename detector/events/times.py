# mypy: ignore-errors
"""RFC 3339 times in kernels."""

from __future__ import annotations

import numpy as np
from numba import njit

NO_TIME = np.int64(-(2**63))
_MONTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


@njit
def _number(data, at, digits):
    """The number of `digits` decimal digits at `at`; -1 when something else stands there."""
    value = 0
    for k in range(at, at + digits):
        digit = np.int64(data[k]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@njit
def _days(year, month, day):
    """Days since 1970-01-01 in the Gregorian calendar.

    Source: Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
    """
    y = year - (1 if month <= 2 else 0)
    era = y // 400
    of_era = y - era * 400
    of_year = (153 * (month + (9 if month <= 2 else -3)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@njit(cache=True)
def parse_time(data, start, end):
    """Milliseconds since 1970 of the RFC 3339 time ``data[start:end]`` (uint8), or NO_TIME.

    Fractions below a millisecond are cut off. A leap second counts as the first of the next minute. A time
    without an offset is refused: it would mean another moment on another machine.
    """
    if end - start < 20:
        return NO_TIME
    year, month, day = _number(data, start, 4), _number(data, start + 5, 2), _number(data, start + 8, 2)
    hour, minute, second = (
        _number(data, start + 11, 2),
        _number(data, start + 14, 2),
        _number(data, start + 17, 2),
    )
    if data[start + 4] != 45 or data[start + 7] != 45 or data[start + 13] != 58 or data[start + 16] != 58:
        return NO_TIME
    between = data[start + 10]
    if between != 84 and between != 116 and between != 32:  # T, t or a space
        return NO_TIME
    if year < 0 or month < 1 or month > 12 or day < 1 or hour < 0 or minute < 0 or second < 0:
        return NO_TIME
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if (
        day > _MONTHS[month - 1] + (1 if leap and month == 2 else 0)
        or hour > 23
        or minute > 59
        or second > 60
    ):
        return NO_TIME
    at = start + 19
    millis = 0
    if data[at] == 46:
        at += 1
        first = at
        weight = 100
        while at < end and 48 <= data[at] <= 57:
            millis += weight * (np.int64(data[at]) - 48)
            weight //= 10
            at += 1
        if at == first:
            return NO_TIME
    if at >= end:
        return NO_TIME
    shift = 0
    sign = data[at]
    if sign == 90 or sign == 122:  # Z, z
        at += 1
    elif (sign == 43 or sign == 45) and end - at == 6 and data[at + 3] == 58:
        hours, minutes = _number(data, at + 1, 2), _number(data, at + 4, 2)
        if hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
            return NO_TIME
        shift = (hours * 60 + minutes) * (1 if sign == 43 else -1)
        at += 6
    if at != end or sign not in (90, 122, 43, 45):
        return NO_TIME
    seconds = _days(year, month, day) * 86400 + (hour * 60 + minute - shift) * 60 + second
    return np.int64(seconds * 1000 + millis)
