"""Star-months of GitHub: months whose stars were mostly bought, against all others."""

from __future__ import annotations

import csv
import gzip

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from models.growth import Growth
from tests.bench.real.data import FOLDER
from tests.bench.report import Row

LATE = "2024"


def read() -> list[tuple[str, str, int, bool]]:
    """(month, repository, stars, whether most are bought), by month."""
    with gzip.open(FOLDER / "star-months" / "months.csv.gz", "rt") as file:
        return sorted(
            (one["month"], one["repo"], stars, bought >= 50 and 2 * bought >= stars)
            for one in csv.DictReader(file)
            for stars, bought in [(int(one["stars"]), int(one["stars_clustered"]))]
        )


def scored() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(month, score, label) of every month of a repository but its first."""
    model, known = Growth(), dict[str, int]()
    months, scores, labels = [], [], []
    data = read()
    names = np.array([one[0] for one in data])
    for month in np.unique(names):
        begin, end = np.searchsorted(names, month), np.searchsorted(names, month, side="right")
        part = data[begin:end]
        new = [one[1] not in known for one in part]
        keys = np.array([known.setdefault(one[1], len(known)) for one in part])
        found = model.score_learn(keys, np.array([one[2] for one in part]))
        for one, score, first in zip(part, found.tolist(), new, strict=True):
            if not first:
                months.append(month)
                scores.append(score)
                labels.append(one[3])
    return np.array(months), np.nan_to_num(np.array(scores), neginf=-99.0), np.array(labels)


def rows() -> list[Row]:
    months, scores, labels = scored()
    out = []
    for name, chosen, area, precision in (
        ("all", months >= "", (0.94, 0.968), (0.45, 0.585)),
        (f"from {LATE} on", months >= LATE, (0.935, 0.956), (0.55, 0.685)),
    ):
        what = f"star-months without first months, {name}"
        said = f"{chosen.sum():,} months, {labels[chosen].sum():,} bought; labels in view"
        out += [
            Row(
                f"{what}: ROC-AUC", "EWMA-Poisson z of all: 0.8535",
                *area, "", float(roc_auc_score(labels[chosen], scores[chosen])), said,
            ),
            Row(
                f"{what}: average precision", "EWMA-Poisson z of all: 0.169",
                *precision, "", float(average_precision_score(labels[chosen], scores[chosen])), said,
            ),
        ]  # fmt: skip
    return out
