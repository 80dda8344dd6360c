"""What every learning model is to those who use it, and how one is saved.

`score` never changes a model, `score_learn` scores what comes before it learns it. The checks of
`tests/contract/test_models.py` hold for every model by itself.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

Arrays = dict[str, np.ndarray]


class SchemaError(ValueError):
    """A saved model is of another kind or version."""


class Model(Protocol):
    """Scores columns of numbers, all of shape (n,); the greater a score, the more unusual.

    Attributes:
        schema: name and version of what `arrays` gives.
    """

    schema: str

    def score(self, *columns: np.ndarray) -> np.ndarray:
        """Of each row as if it came next. Changes nothing."""
        ...

    def score_learn(self, *columns: np.ndarray) -> np.ndarray:
        """Of the rows as they come, each learnt after its score."""
        ...

    def arrays(self) -> Arrays:
        """All that it has learnt."""
        ...

    def load(self, arrays: Arrays) -> None:
        """Takes up what another one of the same settings has learnt."""
        ...


def save(model: Model) -> Arrays:
    """What the model has learnt, with its schema, for `numpy.savez`.

    >>> from models.volume import Volume
    >>> sorted(save(Volume()))
    ['first', 'schema', 'state']
    """
    return {"schema": np.array(model.schema), **model.arrays()}


def restore(model: Model, saved: Arrays) -> None:
    """Takes up a saved model.

    Raises:
        SchemaError: it is of another kind or version.
    """
    found = str(saved["schema"]) if "schema" in saved else "nothing"
    if found != model.schema:
        raise SchemaError(f"saved is {found}, but {model.schema} is wanted")
    model.load({name: array for name, array in saved.items() if name != "schema"})
