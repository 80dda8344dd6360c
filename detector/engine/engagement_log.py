# mypy: allow-untyped-defs, allow-untyped-calls
"""The log of clicks, reposts, comments and exposures, with the names that evidence will need.

A ring of the last entries; those of one content are linked backwards, and so are the reposts, comments and
new followers of one author. Kernels walk it only for contents that are under suspicion and for samples of the
others, so every number in the evidence is an exact count.
"""

import numpy as np
from numba import njit

from detector.engine.rows import HAS_CREATED, strings_of
from models.names import Recent

ENTRY = np.dtype(
    [
        ("ts", "i8"),
        ("actor", "u8"),  # without one, the device or the address stands for it
        ("names", "i8"),  # byte in the ring of names at which id, actor, author and content begin
        ("back", "u4"),  # entries back to the one before of this content; 0 when there is none
        ("beside", "u4"),  # to the one before of this author's reposts, comments and new followers
        ("object", "u4"),  # upper half of the content's hash
        ("ip", "u4"),
        ("device", "u4"),
        ("created", "u4"),  # minute; 0 while it is not known
        ("seen", "u4"),  # minutes since the actor was first seen
        ("value", "i4"),  # dwell in ms, or count of exposures
        ("prior", "u2"),
        ("marks", "u2"),
        ("id_length", "u2"),
        ("actor_length", "u2"),
        ("author_length", "u2"),
        ("content_length", "u2"),
        ("type", "u1"),
        ("source", "u1"),
        ("spare", "u2"),
    ]
)
assert ENTRY.itemsize == 72, ENTRY.itemsize
# In this order they stand in the ring of names.
_PARTS = ("id", "actor", "author", "content")
# Entries examined at most, the latest ones.
MOST = 4096


@njit(inline="always")
def enter(log, dirty, links, sequence, names, names_dirty, position, event, heap, words, ends):
    """Writes an event to the log as entry `sequence`.

    Args:
        links: see `detector.engine.engagement_walk`.
        names, position: ring of 64-bit words, and how many were written.
        heap, words: the batch's heap as bytes and as 64-bit words.
        ends: sequence numbers + 1 of the last entries of the content's chain and the author's; 0: none.
    """
    text, id_length, actor_length, author_length = strings_of(heap, np.int64(event.heap_at))
    at = np.int64(event.heap_at)
    content_length = np.int64(heap[at + 6]) | np.int64(heap[at + 7]) << 8
    place = sequence & (len(log) - 1)
    dirty[place] = 1
    entry = log[place]
    entry.ts = event.ts
    actor = event.actor
    if actor == 0:
        actor = event.device if event.device != 0 else event.ip
    entry.actor = actor
    entry.names = position[0] * 8 + (text & 7)
    mask = len(names) - 1
    length = id_length + actor_length + author_length + content_length
    for k in range(text >> 3, (text + length + 7) >> 3):
        names[position[0] & mask] = words[k]
        names_dirty[position[0] & mask] = 1
        position[0] += 1
    back, beside = sequence + 1 - ends[0], sequence + 1 - ends[1]
    entry.back = back if ends[0] > 0 and back < len(log) else 0
    entry.beside = beside if ends[1] > 0 and beside < len(log) else 0
    link = links[place]
    link.ts, link.back, link.beside = entry.ts, entry.back, entry.beside
    entry.object = np.uint32(event.object >> np.uint64(32))
    entry.ip = np.uint32(event.ip >> np.uint64(32))
    entry.device = np.uint32(event.device >> np.uint64(32))
    entry.created = np.uint32(event.created // 60000) if event.flags & HAS_CREATED else np.uint32(0)
    entry.seen = event.seen
    entry.value = event.value
    entry.prior = event.prior
    entry.marks = event.marks
    entry.id_length = id_length
    entry.actor_length = actor_length
    entry.author_length = author_length
    entry.content_length = content_length
    entry.type = event.type
    entry.source = event.source


def names_of(ring: Recent, entries: np.ndarray, which: str) -> list[str]:
    """The id, actor, author or content of each entry; those left out that have been overwritten."""
    # As plain memory: slices of an array take longer than all the rest.
    letters = ring.table.rows.view(np.uint8).data
    at = entries["names"].astype(np.int64)
    known = int(ring.position[0]) - (at >> 3) <= len(ring.table.rows)
    for before in _PARTS[: _PARTS.index(which)]:
        at = at + entries[f"{before}_length"]
    lengths, size = entries[f"{which}_length"].tolist(), len(letters)
    out = []
    for begin, length, there in zip((at % size).tolist(), lengths, known.tolist(), strict=True):
        if there:
            end = begin + length
            if end <= size:
                out.append(str(letters[begin:end], "utf-8"))
            else:
                out.append((bytes(letters[begin:]) + bytes(letters[: end - size])).decode())
    return out
