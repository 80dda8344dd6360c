"""Rows as JSON events, the same fields in the same order for everybody; files plain, .gz or .zst."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import msgspec
import numpy as np
import zstandard

from detector.outfile import output
from detector.simulate.generate import Made
from detector.simulate.traffic import ACTIONS, SOURCES, TYPES, length, take

_PIECE = 50_000


def events(made: Made) -> Iterator[tuple[int, str, bytes]]:
    """Each event in the file's order, as (ts, type, JSON).

    The choice of optional fields comes from a generator of its own, so reading part of it changes nothing.
    """
    rng = np.random.default_rng((made.world.config.seed, 7))
    for first in range(0, length(made.traffic), _PIECE):
        yield from _encode(made, rng, first)


def _encode(made: Made, rng: np.random.Generator, first: int) -> Iterator[tuple[int, str, bytes]]:
    world, config = made.world, made.world.config
    people, contents, places = world.people, world.contents, world.places
    part = take(made.traffic, np.arange(first, min(first + _PIECE, length(made.traffic))))
    count = length(part)
    event_ids = made.event_ids[first : first + count]
    u = rng.random((count, 4))
    has_ip = ((u[:, 0] < config.ip_share) & (part["ip"] >= 0)).tolist()
    has_device = ((u[:, 1] < config.device_share) & (part["device"] >= 0)).tolist()
    has_created = ((u[:, 2] < config.created_share) & (part["actor"] >= 0)).tolist()
    has_source = ((u[:, 3] < config.source_share) & (part["source"] >= 0)).tolist()
    quote = msgspec.json.Encoder().encode
    names = [
        part[c].tolist()
        for c in (
            "ts",
            "type",
            "actor",
            "content",
            "target",
            "action",
            "text",
            "ip",
            "device",
            "source",
            "dwell",
        )
    ]
    counts, extras = part["count"].tolist(), part["extra"].tolist()
    ids, created = people.ids, people.created.tolist()
    authors = contents.author.tolist()
    for k, (ts, kind, actor, content, target, action, text, ip, device, source, dwell) in enumerate(
        zip(*names, strict=True)
    ):
        name = TYPES[kind]
        line = [f'{{"id":"{event_ids[k]}","ts":{ts},"type":"{name}"']
        if actor >= 0:
            line.append(f',"actor":"{ids[actor]}"')
            if has_created[k]:
                line.append(f',"actor_created":{created[actor]}')
        if has_ip[k]:
            line.append(f',"ip":"{places.addresses[ip]}"')
        if has_device[k]:
            line.append(f',"device":"{places.devices[device]}"')
        if has_source[k]:
            line.append(f',"source":"{SOURCES[source]}"')
        if target >= 0:
            line.append(f',"target":"{ids[target]}"')
        if action >= 0:
            line.append(f',"action":"{ACTIONS[action]}"')
        if content >= 0:
            line.append(f',"content":"{contents.ids[content]}"')
            if kind != 4:
                line.append(f',"author":"{ids[authors[content]]}"')
        if dwell >= 0 and kind == 1:
            line.append(f',"dwell_ms":{dwell}')
        if text >= 0:
            line.append(f',"text":{quote(contents.texts[text]).decode()}')
        if counts[k] >= 0:
            line.append(f',"count":{counts[k]}')
        if extras[k] >= 0:
            extra = quote(contents.extras[extras[k]]).decode()
            line.append("," + extra[1:-1])
        line.append("}")
        yield ts, name, "".join(line).encode()


@contextmanager
def open_for_writing(path: str | Path) -> Iterator[IO[bytes]]:
    """A binary file for writing, see `outfile.output`; compressed where the name ends with .gz or .zst.

    The same content gives the same bytes each time.
    """
    name = str(path)
    with output(path) as raw:
        if name.endswith(".gz"):
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=5, mtime=0) as packed:
                yield cast(IO[bytes], packed)
        elif name.endswith(".zst"):
            with zstandard.ZstdCompressor(level=5).stream_writer(raw, closefd=False) as packed:
                yield cast(IO[bytes], packed)
        else:
            yield raw


def write_events(made: Made, out: IO[bytes]) -> None:
    """Write all events, one a line."""
    lines: list[bytes] = []
    for _, _, line in events(made):
        lines.append(line)
        if len(lines) >= 20_000:
            out.write(b"\n".join(lines) + b"\n")
            lines = []
    if lines:
        out.write(b"\n".join(lines) + b"\n")
