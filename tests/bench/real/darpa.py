"""DARPA 1998 as a stream of edges: the online edge score against the labelled attacks."""

from __future__ import annotations

import io
import zipfile
from time import process_time

import numpy as np
from sklearn.metrics import roc_auc_score

from models.edges import EdgeScore
from tests.bench.real.data import FOLDER
from tests.bench.report import Row

NUMBERINGS = 5


def read() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(source, destination, rank of the minute from 1, whether it is an attack) of every edge."""
    with zipfile.ZipFile(FOLDER / "darpa" / "darpa_original.zip") as archive:
        raw = archive.read("darpa_original.csv")
    columns = np.loadtxt(io.BytesIO(raw), dtype="S17", delimiter=",").T
    _, codes = np.unique(columns[:2], return_inverse=True)
    source, destination = codes.reshape(2, -1).astype(np.int64)
    _, minute = np.unique(columns[2], return_inverse=True)
    return source, destination, minute.astype(np.int64) + 1, columns[3] != b"-"


def rows() -> list[Row]:
    source, destination, minute, attack = read()
    nodes = int(max(source.max(), destination.max())) + 1
    EdgeScore(nodes).score_learn(source[:9], destination[:9], minute[:9])
    areas, costs = [], []
    for seed in range(NUMBERINGS):
        number = np.random.default_rng(seed).permutation(nodes)
        model, begin = EdgeScore(nodes), process_time()
        scores = model.score_learn(number[source], number[destination], minute)
        costs.append((process_time() - begin) / len(scores) * 1e6)
        areas.append(roc_auc_score(attack, scores))
    return [
        Row(
            "DARPA edges, online ROC-AUC",
            "MIDAS-F on random numberings: 0.9858",
            *(0.99, 0.99, "", float(np.median(areas))),
            f"median of {NUMBERINGS} random numberings, {min(areas):.4f} .. {max(areas):.4f}; "
            f"{len(scores):,} edges, {attack.mean():.1%} attacks",
        ),
        Row(
            "DARPA, processor time an edge",
            "",
            *(0.2, 0.1, "µs", float(np.median(costs))),
            "score and learning, exact tables",
            small=True,
        ),
    ]
