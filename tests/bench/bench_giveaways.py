"""Which field of a single event of the simulator gives a bot away, for which campaign?

For each attack and each type of its events: the ROC-AUC of a decision tree that sees one field of single raw
events, and of gradient boosting that sees all of them; bots of half of the campaigns of this name and half of
the honest accounts teach it, the others try it. 0.5 says nothing. Honest events are of the same type and,
where there is one, of the same action. What is the attack itself is no give-away: that a copy claims to be
original, that a pushed topic has a topic. Innocents that use one source (a starter list) or have none
(a purge) leave some in `source`.

Run with `pytest -m bench -s tests/bench/bench_giveaways.py`, or as a script: number of events, seeds.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from detector.simulate import SimulateConfig, generate, stream
from tests.bench.bench_simulator import features, places

pytestmark = pytest.mark.bench
HONEST = 6_000
# Columns of `features`, by the field that they say something about.
GROUPS = {
    "hour": [0],
    "millisecond": [1, 2],
    "ip": [3, 4, 5, 6],
    "source": [7],
    "dwell": [9],
    "text": [10, 11],
    "attached": [12, 13, 14, 15, 16, 17, 18],
    "presence": [19, 20],
}


class Seen:
    """Single events of some worlds, as columns.

    Attributes:
        columns: (events, columns of `features`, then `order` and `ids`).
        kind: type and action of each, as text.
        name: the attack's name, empty for honest ones.
        group: campaign or account, so that nothing is learnt by heart.
        actor: the account, for ids: one account serves several campaigns.
    """

    def __init__(self, count: int, seeds: Sequence[int]) -> None:
        parts = [self._world(count, seed) for seed in seeds]
        self.columns, self.kind, self.name, self.group, self.actor = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )

    @staticmethod
    def _world(count: int, seed: int) -> tuple[np.ndarray, ...]:
        made = generate(SimulateConfig(seed=seed, events=count, fake_share=0.04, rounds=6))
        label, actor = made.traffic["label"], made.traffic["actor"]
        campaigns = [c.name for c in made.world.labels.campaigns]
        rng = np.random.default_rng(seed)
        order = places(made.traffic["ts"])
        chosen = np.flatnonzero((label >= 0) | (rng.random(len(label)) < 40 * HONEST / len(label)))
        wanted = set(chosen.tolist())
        events = [msgspec.json.decode(line) for k, (_, _, line) in enumerate(stream(made)) if k in wanted]
        seen = features(events)
        kind = [f"{e['type']} {e.get('action', '')}".strip() for e in events]
        name = [campaigns[k] if k >= 0 else "" for k in label[chosen].tolist()]
        # Accounts and campaigns of different worlds are different ones.
        group = np.where(label[chosen] >= 0, label[chosen], actor[chosen]) + seed * 10_000_000
        columns = np.column_stack([seen["fields"], order[chosen], seen["ids"]])
        return columns, np.array(kind), np.array(name), group, actor[chosen] + seed * 10_000_000

    def groups(self) -> dict[str, list[int]]:
        """Columns by field."""
        first = self.columns.shape[1] - 6 - 8
        return {**GROUPS, "order": list(range(first, first + 6)), "ids": list(range(first + 6, first + 14))}


def split(group: np.ndarray, fake: np.ndarray) -> np.ndarray:
    """Two halves of the groups, of fakes and of the others alike."""
    half = np.zeros(len(group), dtype=bool)
    for part in (fake, ~fake):
        half[part] = np.searchsorted(np.unique(group[part]), group[part]) % 2 == 1
    return half


def auc(columns: np.ndarray, fake: np.ndarray, half: np.ndarray, *, deep: bool = False) -> float:
    """Taught on one half, tried on the other, and the other way round; the mean, nan with too little."""
    found = []
    for train, test in ((half, ~half), (~half, half)):
        if min(fake[train].sum(), fake[test].sum()) < 15:
            return float("nan")
        model = (
            HistGradientBoostingClassifier(max_iter=30, random_state=0)
            if deep
            else DecisionTreeClassifier(min_samples_leaf=15, max_leaf_nodes=24, class_weight="balanced")
        )
        model.fit(columns[train], fake[train])
        found.append(roc_auc_score(fake[test], model.predict_proba(columns[test])[:, 1]))
    return float(np.mean(found))


def table(count: int, seeds: Sequence[int]) -> dict[tuple[str, str], dict[str, float]]:
    """AUC by (attack, type) and field; prints a line each as it goes."""
    seen = Seen(count, seeds)
    groups = seen.groups()
    print(f"\n{'attack':<24}{'type':<24}{'fakes':>6}" + "".join(f"{g[:8]:>9}" for g in (*groups, "all")))
    out: dict[tuple[str, str], dict[str, float]] = {}
    rng = np.random.default_rng(0)
    for name in sorted(set(seen.name.tolist()) - {""}):
        for kind in sorted(set(seen.kind[seen.name == name].tolist())):
            fakes = np.flatnonzero((seen.name == name) & (seen.kind == kind))
            honest = np.flatnonzero((seen.name == "") & (seen.kind == kind))
            if len(fakes) < 60 or len(honest) < 60:
                continue
            honest = rng.permutation(honest)[:HONEST]
            rows = np.concatenate([fakes, honest])
            fake = seen.name[rows] == name
            half, by_actor = split(seen.group[rows], fake), split(seen.actor[rows], fake)
            line = {
                g: auc(seen.columns[np.ix_(rows, c)], fake, by_actor if g == "ids" else half)
                for g, c in groups.items()
            }
            plain = [k for g, c in groups.items() if g != "ids" for k in c]
            line["all"] = auc(seen.columns[np.ix_(rows, plain)], fake, half, deep=True)
            out[name, kind] = line
            print(f"{name:<24}{kind:<24}{len(fakes):>6}" + "".join(f"{v:>9.2f}" for v in line.values()))
    return out


def test_ids_and_order_tell_nothing_and_no_field_tells_much() -> None:
    figures = table(500_000, (21, 22))
    for field, most in (("ids", 0.05), ("order", 0.08), ("millisecond", 0.08)):
        known = [line[field] for line in figures.values() if not np.isnan(line[field])]
        assert abs(np.mean(known) - 0.5) < most, field


if __name__ == "__main__":
    table(int(sys.argv[1]), [int(s) for s in sys.argv[2:]])
