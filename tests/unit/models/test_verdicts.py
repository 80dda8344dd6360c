"""Verdicts: nothing is said before enough was decided, the oldest decisions are forgotten."""

from __future__ import annotations

import numpy as np

from models.verdicts import LEAST, REMEMBERED, Verdicts


def decided(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Only the first feature matters."""
    rows = np.random.default_rng(seed).normal(size=(n, 3))
    return rows, rows[:, 0] > 0


def test_it_waits_for_decisions_of_both_kinds() -> None:
    model = Verdicts(3)
    model.learn(np.ones((100, 3)), np.ones(100))
    model.learn(np.zeros((LEAST - 1, 3)), np.zeros(LEAST - 1))
    assert model.probability(np.zeros((1, 3))) is None
    model.learn(np.zeros((1, 3)), np.zeros(1))
    assert model.probability(np.zeros((1, 3))) is not None


def test_it_learns_what_matters_and_no_more() -> None:
    model = Verdicts(3)
    model.learn(*decided(300))
    rows, stood = decided(300, seed=2)
    found = model.probability(rows)
    assert found is not None
    assert ((found > 0.5) == stood).mean() > 0.95


def test_the_latest_decisions_count() -> None:
    model = Verdicts(3)
    rows, stood = decided(REMEMBERED)
    model.learn(rows, ~stood)
    model.learn(rows, stood)
    assert model.decided == REMEMBERED
    found = model.probability(np.array([[2.0, 0.0, 0.0]]))
    assert found is not None
    assert found[0] > 0.9


def test_it_is_carried_on() -> None:
    model, twin = Verdicts(3), Verdicts(3)
    model.learn(*decided(100))
    twin.load({name: array.copy() for name, array in model.arrays().items()})
    for one in (model, twin):
        one.learn(*decided(20, seed=3))
    assert all(np.array_equal(model.arrays()[name], twin.arrays()[name]) for name in model.arrays())
