"""Evidence of several kinds becomes one number."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cases.findings import Signal
from detector.cases.fusion import MOST, score, total

SIGNALS = st.lists(
    st.builds(
        Signal, st.just("s"), st.just(1.0), st.just(1.0), st.just("why"), st.floats(0.0, 50.0),
        st.sampled_from(["volume", "provenance", "similarity"]),
    ),
    max_size=8,
)  # fmt: skip
QUICK = settings(max_examples=150, derandomize=True, deadline=None)


def signal(surprise: float, evidence: str) -> Signal:
    return Signal("s", 1.0, 1.0, "why", surprise, evidence)


def test_no_kind_counts_beyond_its_most() -> None:
    alone = total([signal(300.0, "volume")])
    assert alone == pytest.approx(MOST)
    assert total([signal(300.0, "volume"), signal(300.0, "similarity")]) > alone + 4.0


def test_one_of_many_signals_counts_as_that() -> None:
    few, many = [signal(5.0, "provenance")], [signal(5.0, "provenance"), *[signal(0.0, "provenance")] * 9]
    assert total(few) == pytest.approx(5.0)
    assert total(many) == pytest.approx(4.0)


def test_nothing_surprising() -> None:
    assert total([]) == 0.0
    assert total([signal(0.0, "volume"), signal(0.2, "provenance"), signal(0.2, "provenance")]) == 0.0


@QUICK
@given(SIGNALS, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(signals: list[Signal], chance: object) -> None:
    shuffled = signals.copy()
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert total(shuffled) == total(signals)
    assert 0.0 <= total(signals) <= 3 * MOST


@QUICK
@given(st.floats(0.0, 300.0), st.floats(-5.0, 12.0))
def test_scores(surprise: float, threshold: float) -> None:
    value = score(surprise, threshold)
    assert 0.0 <= value <= 1.0
    assert (value >= 0.5) == (surprise >= threshold) or math.isclose(surprise, threshold, abs_tol=1e-9)
    assert score(threshold, threshold) == 0.5
    assert score(threshold + 1.5, threshold) == pytest.approx(0.97, abs=0.005)
