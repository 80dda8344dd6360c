# mypy: allow-untyped-defs, allow-untyped-calls
"""Who is tied to many others who are tied to many others: the k-core of a graph."""

import numpy as np
from numba import njit


@njit(cache=True)
def core(a, b, n, least):
    """Which of the nodes 0..n-1 are in the k-core (Seidman 1983): the largest set whose members each have
    `least` neighbours in it.

    Args:
        a, b: int64 (edges,): the ends of each edge; no edge twice, in either direction, and no loops.

    Returns a mask, bool (n,).

    >>> core(np.array([0, 0, 1, 2]), np.array([1, 2, 2, 3]), 4, 2).tolist()
    [True, True, True, False]
    """
    degree = np.zeros(n, np.int64)
    for i in range(len(a)):
        degree[a[i]] += 1
        degree[b[i]] += 1
    begin = np.zeros(n + 1, np.int64)
    for v in range(n):
        begin[v + 1] = begin[v] + degree[v]
    fill = begin[:-1].copy()
    other = np.empty(2 * len(a), np.int64)
    for i in range(len(a)):
        other[fill[a[i]]] = b[i]
        other[fill[b[i]]] = a[i]
        fill[a[i]] += 1
        fill[b[i]] += 1
    inside = np.ones(n, np.bool_)
    leaving = np.empty(n, np.int64)
    left = 0
    for v in range(n):
        if degree[v] < least:
            inside[v] = False
            leaving[left] = v
            left += 1
    done = 0
    while done < left:
        v = leaving[done]
        done += 1
        for j in range(begin[v], begin[v + 1]):
            w = other[j]
            degree[w] -= 1
            if inside[w] and degree[w] < least:
                inside[w] = False
                leaving[left] = w
                left += 1
    return inside
