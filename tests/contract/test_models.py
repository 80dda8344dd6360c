"""The checks that every learning model goes through."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from models.edges import EdgeScore
from models.growth import Growth
from models.protocol import Model, SchemaError, restore, save
from models.volume import Volume

Columns = tuple[np.ndarray, ...]
NODES = 50


@dataclass(frozen=True)
class Checked:
    """A model, and what it is checked with: ordinary rows, and (last) rows that stand out."""

    make: Callable[[], Model]
    rows: Callable[[np.random.Generator, int], Columns]
    odd: Callable[[Columns], Columns]


def edges(random: np.random.Generator, n: int) -> Columns:
    return random.integers(0, NODES, n), random.integers(0, NODES, n), np.sort(random.integers(1, 9_000, n))


def flood(columns: Columns) -> Columns:
    last = int(columns[2][-1])
    return np.zeros(300, np.int64), np.full(300, 1), np.full(300, last + 1)


def months(random: np.random.Generator, n: int) -> Columns:
    return np.arange(n), random.integers(50, 90, n)


MODELS = {
    "edges": Checked(lambda: EdgeScore(NODES), edges, flood),
    "growth": Checked(Growth, months, lambda columns: (np.array([10**6]), np.array([900]))),
    "volume": Checked(
        Volume, lambda random, n: (random.poisson(9.0, n).astype(float),), lambda columns: (np.array([80.0]),)
    ),
}


@pytest.fixture(params=MODELS.values(), ids=MODELS.keys())
def checked(request: pytest.FixtureRequest) -> Checked:
    found: Checked = request.param
    return found


def learnt(checked: Checked, n: int = 400) -> tuple[Model, Columns]:
    model, columns = checked.make(), checked.rows(np.random.default_rng(1), n)
    model.score_learn(*columns)
    return model, columns


def same(one: Model, other: Model) -> bool:
    saved, others = save(one), save(other)
    return saved.keys() == others.keys() and all(np.array_equal(saved[key], others[key]) for key in saved)


def test_the_same_rows_give_the_same_scores(checked: Checked) -> None:
    columns = checked.rows(np.random.default_rng(1), 400)
    first, second = checked.make(), checked.make()
    np.testing.assert_array_equal(first.score_learn(*columns), second.score_learn(*columns))
    assert same(first, second)


def test_scoring_changes_nothing(checked: Checked) -> None:
    model, columns = learnt(checked)
    twin, _ = learnt(checked)
    model.score(*checked.odd(columns))
    assert same(model, twin)


def test_a_row_is_scored_before_it_is_learnt(checked: Checked) -> None:
    model, columns = learnt(checked)
    odd = tuple(column[:1] for column in checked.odd(columns))
    np.testing.assert_array_equal(model.score(*odd), model.score_learn(*odd))


def test_what_stands_out_scores_higher(checked: Checked) -> None:
    model, columns = learnt(checked)
    usual = model.score(*columns)
    assert model.score_learn(*checked.odd(columns)).max() > np.median(usual[np.isfinite(usual)])


def test_a_saved_model_goes_on(checked: Checked) -> None:
    model, columns = learnt(checked)
    file = io.BytesIO()
    np.savez(file, **save(model))  # type: ignore[arg-type]
    file.seek(0)
    twin = checked.make()
    with np.load(file, allow_pickle=False) as saved:
        restore(twin, dict(saved))
    odd = checked.odd(columns)
    np.testing.assert_array_equal(model.score_learn(*odd), twin.score_learn(*odd))
    assert same(model, twin)


def test_another_version_is_refused(checked: Checked) -> None:
    model, _ = learnt(checked)
    with pytest.raises(SchemaError, match="other/7"):
        restore(checked.make(), save(model) | {"schema": np.array("other/7")})
    with pytest.raises(SchemaError, match="nothing"):
        restore(checked.make(), {})


def test_nothing_gives_nothing(checked: Checked) -> None:
    model, columns = learnt(checked)
    empty = tuple(column[:0] for column in columns)
    assert len(model.score(*empty)) == len(model.score_learn(*empty)) == 0


def test_memory_is_bounded_by_what_is_known(checked: Checked) -> None:
    model, columns = learnt(checked)
    before = sum(array.nbytes for array in model.arrays().values())
    for _ in range(5):
        model.score_learn(*columns)
    assert sum(array.nbytes for array in model.arrays().values()) == before
