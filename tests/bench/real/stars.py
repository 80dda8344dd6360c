"""Bought GitHub stars through the whole engine: which of them lie in a flag on their target."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

from detector.engine.engine import Settings
from detector.replay import replay
from tests.bench.real.data import FOLDER
from tests.bench.report import Row


def covered(events: list[dict[str, Any]], flags: list[dict[str, Any]]) -> tuple[int, int]:
    """(events in the window of a flag on their target, those of them whose actor it names)."""
    of: dict[str, list[dict[str, Any]]] = {}
    for flag in flags:
        of.setdefault(flag["subject"]["id"], []).append(
            {**flag["window"], "named": set(flag["participants"])}
        )
    inside = named = 0
    for event in events:
        around = [one for one in of.get(event["target"], ()) if one["start"] <= event["ts"] <= one["end"]]
        inside += bool(around)
        named += any(event["actor"] in one["named"] for one in around)
    return inside, named


def rows() -> list[Row]:
    path = FOLDER / "stars" / "subscriptions.jsonl.gz"
    began = time.process_time()
    _, sent = replay([str(path)], Settings())
    took, flags = time.process_time() - began, [json.loads(flag) for flag in sent]
    with gzip.open(path) as file:
        events = [json.loads(line) for line in file]
    inside, named = covered(events, flags)
    return [
        Row(
            "bought stars that lie in a flag on their target",
            "",
            *(0.4, 0.5, "", inside / len(events)),
            f"{inside:,} of {len(events):,}, {named:,} of them by accounts that the flag names; "
            f"{len(flags)} flags, {took:.1f} s of CPU",
        )
    ]
