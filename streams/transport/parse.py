# mypy: allow-untyped-defs, allow-untyped-calls
"""The records of a Kafka batch (format v2) as numbers: where each key, value and header lies.

https://kafka.apache.org/documentation/#recordbatch: a record is its length, attributes, the deltas of its
timestamp and offset, key, value, and headers; lengths and deltas are zigzag varints.
"""

from __future__ import annotations

# Says where compiled kernels are kept, before any is declared.
import models  # noqa: F401  # isort: skip

import numpy as np
from numba import njit

# Rows of a table of records, int64. A key or value that is null has the length -1; `HEADERS` is where the
# number of headers stands, -1 where there are none; `STAMP` is the type of the timestamp.
OFFSET, TIMESTAMP, STAMP, KEY, KEY_SIZE, VALUE, VALUE_SIZE, HEADERS = range(8)
COLUMNS = 8

_BAD = -1


@njit(inline="always")
def _varint(data, at, end):
    """A number and where the next one begins; that is -1 when it reaches beyond `end` or 64 bits."""
    value = np.uint64(0)
    shift = np.uint64(0)
    while at < end and shift < np.uint64(64):
        byte = np.uint64(data[at])
        at += 1
        value |= (byte & np.uint64(0x7F)) << shift
        if byte < np.uint64(0x80):
            half = np.int64(value >> np.uint64(1))
            return half ^ -np.int64(value & np.uint64(1)), at
        shift += np.uint64(7)
    return np.int64(0), np.int64(_BAD)


@njit(inline="always")
def _bytes(data, at, end):
    """Start, size (-1: null) and end of a string of bytes; the end is -1 when it is no such thing."""
    size, at = _varint(data, at, end)
    if at < 0 or size > end - at:
        return np.int64(0), np.int64(0), np.int64(_BAD)
    return at, max(size, np.int64(-1)), at + max(size, np.int64(0))


@njit
def _headers(data, at, end):
    """Where the headers end, and how many there are; -1 when they are broken."""
    count, at = _varint(data, at, end)
    if at < 0 or count < 0:
        return np.int64(_BAD), count
    for _ in range(count):
        _, size, at = _bytes(data, at, end)
        if at < 0 or size < 0:
            return np.int64(_BAD), count
        _, _, at = _bytes(data, at, end)
        if at < 0:
            return np.int64(_BAD), count
    return at, count


@njit(cache=True)
def parse(data, at, end, first_offset, first_timestamp, append_time, least, table):
    """Fills a table with the records of a batch.

    Args:
        data: uint8; the records stand, uncompressed, from `at` to `end`.
        first_offset, first_timestamp: what the deltas are added to.
        append_time: the timestamp of all records, ms, when the broker has given it; -1 otherwise.
        least: records of lesser offsets are passed over.
        table: int64, shape (COLUMNS, number of records).

    Returns:
        How many records the table holds now; -1 when the records are not what the format says.
    """
    n = 0
    for _ in range(table.shape[1]):
        size, at = _varint(data, at, end)
        if at < 0 or size <= 0 or size > end - at:
            return _BAD
        stop = at + size
        # The attributes are a byte, and say nothing.
        stamp, at = _varint(data, at + 1, stop)
        if at < 0:
            return _BAD
        delta, at = _varint(data, at, stop)
        if at < 0:
            return _BAD
        key, key_size, at = _bytes(data, at, stop)
        if at < 0:
            return _BAD
        value, value_size, at = _bytes(data, at, stop)
        if at < 0:
            return _BAD
        headers = at
        at, count = _headers(data, at, stop)
        if at != stop:
            return _BAD
        if first_offset + delta < least:
            continue
        table[OFFSET, n] = first_offset + delta
        table[TIMESTAMP, n] = append_time if append_time >= 0 else first_timestamp + stamp
        table[STAMP, n] = 1 if append_time >= 0 else 0
        table[KEY, n] = key
        table[KEY_SIZE, n] = key_size
        table[VALUE, n] = value
        table[VALUE_SIZE, n] = value_size
        table[HEADERS, n] = headers if count > 0 else _BAD
        n += 1
    return n if at == end else _BAD
