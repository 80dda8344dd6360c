"""Labelled synthetic traffic of a whole platform: ordinary life, attacks hidden in it, innocents beside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec

from detector.simulate.config import SimulateConfig
from detector.simulate.generate import Made, generate
from detector.simulate.labels_json import labels_of
from detector.simulate.writer import events, open_for_writing, write_events

__all__ = ["Made", "SimulateConfig", "generate", "labels_of", "simulate", "stream"]


def simulate(config: SimulateConfig, out: str | Path, labels: str | Path | None = None) -> dict[str, Any]:
    """Write a world's events to `out` and its labels to `labels`.

    Args:
        out: .jsonl, .jsonl.gz, .jsonl.zst, or `-`.
        labels: a JSON file; None = only returned.

    Returns:
        The labels, see `labels_json.labels_of`.

    Raises:
        ValueError: the parameters ask for more than fits.
        OSError: a file can't be written.
    """
    # Both are opened at once: a name that cannot be written is better known before the work.
    with open_for_writing(out) as file, open_for_writing(labels) if labels else nullcontext() as beside:
        made = generate(config)
        write_events(made, file)
        value = labels_of(made)
        if beside is not None:
            beside.write(msgspec.json.format(msgspec.json.encode(value), indent=1))
    return value


def stream(made: Made) -> Iterator[tuple[int, str, bytes]]:
    """The events of a world in the file's order, as (ts in ms, type, JSON), to be sent at any pace."""
    return events(made)
