"""Does a single event of the simulator give a bot away? And how fast is it?

A gradient boosting classifier sees single raw events, trained on one half and tried on the other: its ROC-AUC
by event type says how much one event tells. Ids alone, and the order in the file alone, must tell nothing
(0.5). Fresh accounts are fresh, so `actor_created` is looked at apart.

Run with `pytest -m bench -s tests/bench/bench_simulator.py`, or as a script: number of events, seed.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from detector.simulate import SimulateConfig, generate, stream
from detector.simulate.writer import write_events

pytestmark = pytest.mark.bench
HOUR = 3_600_000.0


def places(ts: np.ndarray) -> np.ndarray:
    """What the order says: how far an event stands from its place by time, the steps to its neighbours.

    When a campaign takes place is no property of the order, so the place in the whole file is left out.
    """
    rank = np.empty(len(ts), dtype=float)
    rank[np.argsort(ts, kind="stable")] = np.arange(len(ts))
    step = np.diff(ts, prepend=ts[0])
    place = np.arange(len(ts))
    return np.column_stack([place - rank, step, np.append(step[1:], 0), place % 2, place % 97, place % 1_000])


def features(events: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Groups of columns: what an event says by itself, its ids, its age.

    How many share an address or device is no single event's property, and is left out; texts are seen as
    length and share of letters outside the usual.
    """
    sources = {s: k for k, s in enumerate(sorted({e.get("source", "") for e in events}))}
    actions = {a: k for k, a in enumerate(sorted({e.get("action", "") for e in events}))}
    plain, ids, age = [], [], []
    for e in events:
        ip = [int(p) for p in e["ip"].split(".")] if "ip" in e else [-1] * 4
        text = e.get("text", "")
        plain.append(
            [
                e["ts"] / HOUR % 24,
                e["ts"] % 1_000,
                e["ts"] % 60_000,
                *ip,
                sources[e.get("source", "")],
                actions[e.get("action", "")],
                e.get("dwell_ms", -1),
                len(text),
                sum(ord(c) > 0x2000 for c in text) / max(1, len(text)),
                len(e.get("links", ())),
                len(e.get("media", ())),
                "topic" in e,
                "credit" in e,
                "original" in e,
                "entity" in e,
                len(e.get("name", "")),
                "actor_created" in e,
                "device" in e,
            ]
        )
        # Whom or what a campaign is about is no property of ids: those of the event and of who acts are seen.
        names = (e["id"], e.get("actor", ""))
        ids.append([ord(c) for n in names for c in n[:4].ljust(4)])
        age.append([(e["ts"] - e["actor_created"]) / HOUR if "actor_created" in e else -1.0])
    return {
        "fields": np.array(plain, dtype=float),
        "ids": np.array(ids, dtype=float),
        "age": np.array(age, dtype=float),
    }


def auc(columns: np.ndarray, fake: np.ndarray, group: np.ndarray) -> float:
    """Of a classifier trained on the even groups, on the odd ones; and the other way round; the mean."""
    out = []
    for fold in (0, 1):
        train, test = group % 2 == fold, group % 2 != fold
        if fake[train].sum() < 20 or fake[test].sum() < 20:
            return float("nan")
        model = HistGradientBoostingClassifier(max_iter=40, random_state=0)
        model.fit(columns[train], fake[train])
        out.append(roc_auc_score(fake[test], model.predict_proba(columns[test])[:, 1]))
    return float(np.mean(out))


def leaks(count: int, seed: int) -> dict[str, dict[str, float]]:
    """AUC by event type and group of columns.

    The halves are by campaign for bots and by account for the others, so that nothing is learnt by heart; for
    ids by account, because one account serves several campaigns.
    """
    made = generate(SimulateConfig(seed=seed, events=count, fake_share=0.04, rounds=6))
    label = made.traffic["label"]
    actor = made.traffic["actor"]
    rng = np.random.default_rng(0)
    decode = msgspec.json.decode
    events = [decode(line) for _, _, line in stream(made)]
    kinds = np.array([e["type"] for e in events])
    order = places(made.traffic["ts"])
    out: dict[str, dict[str, float]] = {}
    for kind, _ in sorted(Counter(kinds.tolist()).items()):
        mine = np.flatnonzero(kinds == kind)
        fakes = mine[label[mine] >= 0]
        if len(fakes) < 100:
            continue
        honest = mine[label[mine] < 0]
        honest = rng.choice(honest, size=min(len(honest), 20_000), replace=False)
        chosen = np.sort(np.concatenate([fakes, honest]))
        group = np.where(label[chosen] >= 0, label[chosen], actor[chosen])
        columns = features([events[k] for k in chosen.tolist()])
        columns["order"] = order[chosen]
        fake = label[chosen] >= 0
        out[kind] = {
            name: auc(value, fake, actor[chosen] if name == "ids" else group)
            for name, value in columns.items()
        }
        out[kind]["fakes"] = float(len(fakes))
    return out


def report(count: int, seed: int) -> dict[str, dict[str, float]]:
    """Print the table."""
    figures = leaks(count, seed)
    names = ("fields", "ids", "order", "age")
    print(f"\n{'type':<14}" + "".join(f"{name:>10}" for name in (*names, "fakes")))
    for kind, row in figures.items():
        print(f"{kind:<14}" + "".join(f"{row[n]:>10.3f}" for n in names) + f"{int(row['fakes']):>10}")
    return figures


def test_single_events_give_no_bot_away() -> None:
    figures = report(600_000, 11)
    for kind, row in figures.items():
        assert abs(row["ids"] - 0.5) < 0.05, kind
        assert abs(row["order"] - 0.5) < 0.05, kind


def test_a_million_events_in_a_minute(tmp_path: Path) -> None:
    begun = time.perf_counter()
    made = generate(SimulateConfig(seed=12))
    with (tmp_path / "events.jsonl").open("wb") as file:
        write_events(made, file)
    passed = time.perf_counter() - begun
    print(f"\na million events in {passed:.1f} s")
    assert passed < 60


if __name__ == "__main__":
    report(int(sys.argv[1]), int(sys.argv[2]))
