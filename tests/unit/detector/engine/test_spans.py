"""Whatever the cuts of the batches, and wherever a reader begins anew, the ticks are the same."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.engine.merging import Clock, Merger
from detector.engine.rows import EVENT, LATE, Batch
from detector.engine.spans import NEVER, Runs, Span, Splitter

TICK = 10


def batch(times: list[int], first: int = 0) -> Batch:
    rows = np.zeros(len(times), EVENT)
    rows["ts"] = times
    rows["offset"] = np.arange(first, first + len(times))
    rows["id"] = (rows["offset"].astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    rows["heap_len"] = 8
    rows["heap_at"] = np.arange(len(times)) * 8
    return Batch(rows, rows["id"].copy().view(np.uint8))


def content(batch: Batch) -> list[tuple[int, int, int]]:
    names = batch.heap.view(np.uint64)[batch.rows["heap_at"] // 8]
    assert (names == batch.rows["id"]).all(), "a row has lost its heap"
    return list(
        zip(batch.rows["ts"].tolist(), batch.rows["id"].tolist(), batch.rows["flags"].tolist(), strict=True)
    )


TIMES = st.lists(st.integers(0, 200), max_size=60)
CUTS = st.sets(st.integers(0, 60), max_size=6)


def pieces(times: list[int], cuts: set[int], start: int = 0) -> list[Batch]:
    edges = [start, *sorted(c for c in cuts if start < c < len(times)), len(times)]
    return [batch(times[a:b], a) for a, b in pairwise(edges)]


@settings(derandomize=True, deadline=None, max_examples=80)
@given(TIMES, CUTS, st.integers(0, 25))
def test_ticks_do_not_depend_on_the_cuts(times: list[int], cuts: set[int], lateness: int) -> None:
    def ticks(cuts: set[int]) -> list[tuple[int, int, int]]:
        splitter = Splitter(0, TICK, lateness)
        out = []
        for piece in pieces(times, cuts):
            splitter.push(piece)
            out.append(splitter.close().batch)
        out.append(splitter.release().batch)
        assert splitter.pending == 0
        return [row for one in out for row in content(one)]

    assert ticks(cuts) == ticks(set())


@settings(derandomize=True, deadline=None, max_examples=80)
@given(TIMES.filter(len), CUTS, st.integers(0, 25), st.data())
def test_a_source_read_again_from_where_it_resumes_gives_the_same(
    times: list[int], cuts: set[int], lateness: int, data: st.DataObject
) -> None:
    splitter = Splitter(0, TICK, lateness)
    had = []
    stop = data.draw(st.integers(1, len(times)))
    for piece in pieces(times[:stop], cuts):
        splitter.push(piece)
        had.append(splitter.close())
    resume = splitter.resume() or (stop, splitter.latest)
    upto = had[-1].upto

    again = Splitter(0, TICK, lateness, resume[1])
    for piece in pieces(times, cuts, resume[0]):
        again.push(piece)
    rest = [row for row in content(again.release().batch) if row[0] // TICK > upto]
    before = [row for span in had for row in content(span.batch)]
    whole = Splitter(0, TICK, lateness)
    whole.push(batch(times))
    assert sorted(before + rest) == content(whole.release().batch)


@settings(derandomize=True, deadline=None, max_examples=80)
@given(
    st.lists(st.lists(st.integers(0, 200), min_size=1, max_size=8), max_size=8), st.lists(st.integers(0, 20))
)
def test_runs_hand_out_every_row_once_in_order(added: list[list[int]], cuts: list[int]) -> None:
    runs, out, n = Runs(TICK), [], 0
    for times in added:
        runs.add(batch(times, n))
        n += len(times)
    for cut in [*sorted(cuts), 100]:
        out += content(runs.cut(cut))
    assert len(runs) == 0
    assert out == sorted(out)
    assert len(out) == n


def test_a_span_after_a_lost_one_is_refused() -> None:
    merger = Merger([0], TICK)
    merger.push(Span(0, 4))
    assert merger.push(Span(0, 9, batch([95]), since=6)) is None
    assert (merger.clock.gaps, merger.clock.closed) == (1, 4)
    assert merger.push(Span(0, 9, batch([95]), since=4)) == 9


def test_a_source_that_comes_back_is_moved_and_marked() -> None:
    merger = Merger([0, 1], TICK)
    merger.push(Span(0, 20))
    merger.push(Span(1, 3, idle=True))
    assert merger.push(Span(1, 5, batch([45, 47, 51]), since=3)) == 21
    merger.push(Span(1, 30, since=5))
    merger.push(Span(0, 30))
    ready = merger.ready()
    assert ready is not None
    assert [(ts, flags) for ts, _, flags in content(ready[1])] == [(210, LATE)] * 3


SPANS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 4), st.booleans(), st.lists(st.integers(0, 39), max_size=4)),
    max_size=25,
)


def spans(drawn: list[tuple[int, int, bool, list[int]]]) -> list[Span]:
    """Spans that go on from one another, per source."""
    upto, out, n = {}, [], 0
    for source, ahead, idle, times in drawn:
        since = upto.get(source, -1)
        upto[source] = since + ahead
        inside = sorted((since + 1) * TICK + t for t in times if t < ahead * TICK)
        one = batch(inside, n)
        n += len(inside)
        out.append(Span(source, since + ahead, one, idle, since if source in upto else NEVER))
    return out


@settings(derandomize=True, deadline=None, max_examples=100)
@given(SPANS, st.data())
def test_what_is_handed_out_does_not_depend_on_when_one_asks(drawn: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    def run(asks: list[bool]) -> list[tuple[int, int, int]]:
        merger, out = Merger([0, 1, 2], TICK), []
        for span, ask in zip(spans(drawn), asks, strict=True):
            merger.push(span)
            if ask and (ready := merger.ready()):
                out += content(ready[1])
        if ready := merger.ready():
            out += content(ready[1])
        return out

    asks = data.draw(st.lists(st.booleans(), min_size=len(drawn), max_size=len(drawn)))
    assert run(asks) == run([True] * len(drawn))


def test_a_clock_is_taken_over_by_name() -> None:
    clock = Clock([0, 1])
    clock.note(0, 7)
    clock.note(1, 5, idle=True)
    other = Clock([0, 1, 2])
    other.restore(clock.scalars())
    assert (other.seen(0), other.seen(1), other.seen(2), other.closed) == (7, 5, NEVER, 7)
    assert other.least == NEVER


def test_what_came_before_is_not_kept_for_ever() -> None:
    splitter = Splitter(0, TICK, 0)
    for n in range(2000):
        splitter.push(batch([TICK * n], n))
        splitter.close()
    assert len(splitter._before) < 200
    assert splitter.resume() == (1999, TICK * 1998)
