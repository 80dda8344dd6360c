"""The engine over files, without a broker: the same events, the same flags as on Kafka."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import msgspec
import numpy as np

from detector.engine.engine import Engine, Settings
from detector.engine.rows import TYPES
from detector.events.decode import Decoder, Invalid
from detector.events.files import Chunk, read


@dataclass(slots=True)
class Summary:
    """What a replay has done.

    Attributes:
        events: valid ones by type, duplicates included.
        invalid: lines refused, by reason.
        late, duplicates: events moved, and left out.
        flags: by kind.
        shadowed: flags that kinds in the shadow would have had, by kind.
        seconds: of the whole.
        first_seconds: until the first events were scored.
        state_bytes: in use at the end.
    """

    events: Counter[str] = field(default_factory=Counter)
    invalid: Counter[str] = field(default_factory=Counter)
    late: int = 0
    duplicates: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    shadowed: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    first_seconds: float = 0.0
    state_bytes: int = 0


# So many new objects before some are looked at.
_GARBAGE = 50_000


class _Head(msgspec.Struct):
    id: str
    ts: int
    kind: str
    revision: int


_head = msgspec.json.Decoder(_Head).decode


def replay(
    paths: Sequence[str],
    settings: Settings,
    *,
    batch: int = 10_000,
    latest: Callable[[], int] | None = None,
    on_invalid: Callable[[Chunk, list[Invalid]], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Summary, list[bytes]]:
    """Scores files of events.

    Args:
        paths: of `.jsonl`, `.jsonl.gz`, `.jsonl.zst`; `-` is the standard input. Several are merged by time.
        settings: of the engine.
        latest: gives the greatest `ts` that is taken, see `Decoder`.
        batch: lines taken at once; the flags do not depend on it.
        on_invalid: is told the chunk and its lines that are no events.
        on_progress: is told the bytes and the lines read so far.

    Returns:
        The summary, and the last revision of every flag, sorted by (ts, id).

    Raises:
        UnreadableFile: a file cannot be opened, or is damaged.
    """
    began = perf_counter()
    engine, decoder, summary = Engine(settings), Decoder(latest=latest), Summary()
    flags: dict[str, tuple[_Head, bytes]] = {}
    lines = 0
    # What stands now lives to the end; there is no use in looking through it for garbage again and again. And
    # what the engine makes has no cycles.
    gc.freeze()
    often = gc.get_threshold()
    gc.set_threshold(_GARBAGE, *often[1:])
    try:
        for chunk in read(paths, batch):
            decoded = decoder.decode(chunk.lines, first_offset=lines)
            lines += len(chunk.lines)
            for kind, n in enumerate(np.bincount(decoded.batch.rows["type"], minlength=len(TYPES)).tolist()):
                summary.events[TYPES[kind]] += n
            if decoded.invalid:
                summary.invalid.update(bad.reason for bad in decoded.invalid)
                if on_invalid:
                    on_invalid(chunk, decoded.invalid)
            _collect(flags, engine.push(decoded.batch))
            summary.first_seconds = summary.first_seconds or perf_counter() - began
            if on_progress:
                on_progress(chunk.bytes_read, lines)
        _collect(flags, engine.finish())
    finally:
        gc.set_threshold(*often)
        gc.unfreeze()
    summary.late, summary.duplicates = engine.late, engine.duplicates
    summary.state_bytes = engine.nbytes
    summary.shadowed.update(engine.shadowed)
    ordered = sorted(flags.values(), key=lambda flag: (flag[0].ts, flag[0].id))
    summary.flags.update(head.kind for head, _ in ordered)
    summary.seconds = perf_counter() - began
    return summary, [flag for _, flag in ordered]


def _collect(flags: dict[str, tuple[_Head, bytes]], sent: list[tuple[str, bytes]]) -> None:
    for _, flag in sent:
        head = _head(flag)
        flags[head.id] = (head, flag)
