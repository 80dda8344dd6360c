"""A world as files."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from tests.foreign import log as ev
from tests.foreign.draw import mix, unit
from tests.foreign.world import World

_ACTIONS = ("register", "login", "rename", "transfer", "close")


def hexes(values: np.ndarray, salt: int, length: int = 16) -> list[str]:
    """Each number scrambled, in hexadecimal."""
    return [f"{v:016x}"[:length] for v in mix(values, salt).tolist()]


def address(value: int) -> str:
    """Dotted."""
    return f"{value >> 24 & 255}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"


def records(world: World) -> Iterator[dict[str, Any]]:
    """Events in time order."""
    plan, log, columns = world.plan, world.log, world.columns
    seed = plan.seed * 7
    ids = hexes(columns["row"], seed + 41)
    accounts = hexes(np.arange(log.people.total), seed + 42, plan.id_length)
    contents = hexes(np.arange(log.contents), seed + 43)
    devices = hexes(columns["device"], seed + 45)
    ips = hexes(columns["ip"], seed + 46) if plan.hashed_ip else [address(v) for v in columns["ip"].tolist()]
    owners = log.authors[: log.contents].tolist()
    joined = log.people.joined.tolist()
    # Which account owns a content does not change with the hands it is in.
    gap = unit(columns["row"], 47).tolist() if plan.missing else [1.0] * len(ids)
    shown = iter(world.exposures.tolist())
    pending = next(shown, None)
    number = 0
    rows = zip(
        *(
            columns[k].tolist()
            for k in ("ts", "kind", "actor", "obj", "action", "source", "dwell", "text", "extra")
        ),
        strict=True,
    )
    for k, (ts, kind, actor, obj, action, source, dwell, text, extra) in enumerate(rows):
        while pending is not None and pending[0] <= ts:
            yield _exposure(world, number, pending, contents, accounts, owners)
            number += 1
            pending = next(shown, None)
        record: dict[str, Any] = {"id": ids[k], "ts": ts, "type": ev.NAMES[kind]}
        if actor >= 0:
            record["actor"] = accounts[actor]
            if plan.has_created:
                record["actor_created"] = joined[actor]
        lost = gap[k] < plan.missing
        if plan.has_ip and not (lost and (plan.has_device or actor >= 0)):
            record["ip"] = ips[k]
        if plan.has_device and not (lost and actor >= 0):
            record["device"] = devices[k]
        if plan.has_source and kind != ev.ACCOUNT:
            record["source"] = ev.SOURCES[source]
        if kind == ev.SUBSCRIPTION:
            record["target"] = accounts[obj]
            record["action"] = "unsubscribe" if action else "subscribe"
        elif kind == ev.ACCOUNT:
            record["action"] = _ACTIONS[action]
        elif kind == ev.POST:
            record["content"] = contents[obj]
        else:
            record["content"], record["author"] = contents[obj], accounts[owners[obj]]
        if kind == ev.CLICK and plan.has_dwell:
            record["dwell_ms"] = dwell
        if text >= 0 and (kind != ev.REPOST or log.texts[text]):
            record["text"] = log.texts[text]
        if extra >= 0:
            for name, value in log.extras[extra].items():
                if name == "entity":
                    if plan.has_entity:
                        record["entity"] = log.entity_id(value)
                elif name != "content":
                    record[name] = value
        yield record
    while pending is not None:
        yield _exposure(world, number, pending, contents, accounts, owners)
        number += 1
        pending = next(shown, None)


def _exposure(
    world: World, number: int, row: list[int], contents: list[str], accounts: list[str], owners: list[int]
) -> dict[str, Any]:
    ts, content, count = row
    return {
        "id": hexes(np.array([number]), world.plan.seed * 7 + 48)[0],
        "ts": ts,
        "type": "exposure",
        "content": contents[content],
        "author": accounts[owners[content]],
        "count": count,
    }


def lines(world: World) -> bytes:
    """The events file."""
    return msgspec.json.Encoder().encode_lines(list(records(world)))


def write(world: World, out: Path, labels: Path) -> None:
    """Both files; events are packed when the name ends with .gz."""
    data = lines(world)
    out.write_bytes(gzip.compress(data, 1, mtime=0) if out.name.endswith(".gz") else data)
    labels.write_bytes(msgspec.json.format(msgspec.json.encode(world.labels), indent=1))
