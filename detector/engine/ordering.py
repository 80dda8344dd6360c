# mypy: allow-untyped-defs, allow-untyped-calls
"""The order of rows: by time, then by the hash of the event's id, then as they came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from detector.engine.rows import EVENT, Batch
from models.bare import bare
from models.memory import load, move, store

assert EVENT.fields is not None
_ROW = EVENT.itemsize
_TS, _ID, _HEAP_AT, _HEAP_LEN = (EVENT.fields[name][1] for name in ("ts", "id", "heap_at", "heap_len"))
assert _HEAP_LEN == _HEAP_AT + 4
# A digit of the radix sort, and the equal times up to which ids are sorted by insertion.
_BITS = 11
_FEW = 16


def in_order(batch: Batch) -> Batch:
    """The batch sorted."""
    rows = np.ascontiguousarray(batch.rows)
    order = _order(rows.ctypes.data, len(rows))
    return batch.take(order) if len(order) else batch


def merged(batches: Sequence[Batch]) -> Batch:
    """The rows of several batches, each of them sorted, in order.

    They keep a heap that all of them share; else they get one of their own, in their order.
    """
    batches = [batch for batch in batches if len(batch)]
    if not batches:
        return Batch.empty()
    if len(batches) == 1:
        return batches[0]
    heap = batches[0].heap
    shared = all(batch.heap is heap for batch in batches)
    parts = [np.ascontiguousarray(batch.rows) for batch in batches]
    counts = np.array([len(part) for part in parts])
    rows = np.empty(int(counts.sum()), EVENT)
    if not shared:
        heap = np.empty(sum(int(part["heap_len"].sum(dtype=np.int64)) for part in parts), np.uint8)
    _merge(
        np.array([part.ctypes.data for part in parts]),
        np.array([batch.heap.ctypes.data for batch in batches]),
        counts,
        rows.ctypes.data,
        0 if shared else heap.ctypes.data,
    )
    return Batch(rows, heap)


@njit(inline="always")
def _ts(row):
    return np.int64(load(row + _TS))


@njit(inline="always")
def _before(a, b):
    """Whether the row at address `a` comes before that at `b`."""
    return _ts(a) < _ts(b) or (_ts(a) == _ts(b) and load(a + _ID) < load(b + _ID))


@njit(cache=True)
def _order(rows, n):
    """The places of `n` rows in their order; none when they are in it."""
    ordered = True
    low = high = _ts(rows) if n else np.int64(0)
    for i in range(1, n):
        ts = _ts(rows + i * _ROW)
        ordered &= not _before(rows + i * _ROW, rows + (i - 1) * _ROW)
        low, high = min(low, ts), max(high, ts)
    if ordered:
        return np.empty(0, np.int64)
    order, other = np.arange(n), np.empty(n, np.int64)
    begins = np.empty(1 << _BITS, np.int64)
    shift = np.int64(0)
    while (high - low) >> shift:
        begins[:] = 0
        for i in range(n):
            begins[((_ts(rows + i * _ROW) - low) >> shift) & (len(begins) - 1)] += 1
        at = np.int64(0)
        for digit in range(len(begins)):
            begins[digit], at = at, at + begins[digit]
        for i in range(n):
            digit = ((_ts(rows + order[i] * _ROW) - low) >> shift) & (len(begins) - 1)
            other[begins[digit]] = order[i]
            begins[digit] += 1
        order, other = other, order
        shift += _BITS
    begin = 0
    while begin < n:
        end = begin + 1
        ts = _ts(rows + order[begin] * _ROW)
        while end < n and _ts(rows + order[end] * _ROW) == ts:
            end += 1
        if end - begin > 1:
            _order_by_id(rows, order[begin:end])
        begin = end
    return order


@njit
def _order_by_id(rows, order):
    """Sorts places of rows of the same time."""
    if len(order) > _FEW:
        ids = np.array([load(rows + at * _ROW + _ID) for at in order])
        order[:] = order[np.argsort(ids, kind="mergesort")]
        return
    for i in range(1, len(order)):
        at, k = order[i], i
        key = load(rows + at * _ROW + _ID)
        while k > 0 and key < load(rows + order[k - 1] * _ROW + _ID):
            order[k] = order[k - 1]
            k -= 1
        order[k] = at


@njit
def _sink(heads, at, k, n):
    """Puts the source at place `k` of a heap of `n` where it belongs; `at`: addresses of the next rows."""
    heads, at = bare(heads), bare(at)
    source = heads[k]
    while 2 * k + 1 < n:
        child = 2 * k + 1
        if child + 1 < n and _first(at, heads[child + 1], heads[child]):
            child += 1
        if not _first(at, heads[child], source):
            break
        heads[k] = heads[child]
        k = child
    heads[k] = source


@njit(inline="always")
def _first(at, a, b):
    """Whether the next row of source `a` goes before that of `b`."""
    return _before(at[a], at[b]) or (a < b and not _before(at[b], at[a]))


@njit(cache=True)
def _merge(at, heaps, counts, rows, heap):
    """Merges sorted rows (Knuth, TAOCP 3, 5.4.1: the sources' next rows in a heap).

    Args:
        at: addresses of the sources' rows; are changed.
        heaps: addresses of their heaps; counts: of their rows.
        rows: address of the room for all rows.
        heap: address of the room for their bytes, or 0 when these stay where they are.
    """
    n = len(at)
    ends = at + counts * _ROW
    heads = np.arange(n)
    for k in range(n // 2 - 1, -1, -1):
        _sink(heads, at, k, n)
    used = np.int64(0)
    while n > 0:
        source = heads[0]
        row = at[source]
        move(row, rows)
        if heap != 0:
            place = load(row + _HEAP_AT)
            begin, size = np.int64(place & np.uint64(0xFFFFFFFF)), np.int64(place >> np.uint64(32))
            for k in range(0, size, 8):
                store(heap + used + k, load(heaps[source] + begin + k))
            store(rows + _HEAP_AT, np.uint64(used) | np.uint64(size) << np.uint64(32))
            used += size
        rows += _ROW
        at[source] += _ROW
        if at[source] == ends[source]:
            n -= 1
            heads[0] = heads[n]
        if n > 1:
            _sink(heads, at, 0, n)
