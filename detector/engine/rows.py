# mypy: allow-untyped-defs, allow-untyped-calls
"""One event as one 128-byte row, with a heap for what has no fixed size.

A `Batch` is what the stages of the engine hand to one another, in a process or through Kafka.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from models.memory import move

TYPES = ("subscription", "click", "repost", "comment", "post", "account", "exposure")
SUBSCRIPTION, CLICK, REPOST, COMMENT, POST, ACCOUNT, EXPOSURE = range(len(TYPES))

ACTIONS = ("", "subscribe", "unsubscribe", "register", "login", "rename", "transfer", "close")
(NO_ACTION, SUBSCRIBE, UNSUBSCRIBE, REGISTER, LOGIN, RENAME, TRANSFER, CLOSE) = range(len(ACTIONS))

# Where an action came from; a source not in the list is `other`, none at all is "".
SOURCES = ("", "other", "feed", "search", "share", "profile", "recommend", "card", "qr", "autofollow")

# Flags of a row; the last two are set on its way: see detector.engine.spans and detector.engine.actors.
HAS_TEXT, HAS_CREATED, ORIGINAL, HAS_CREDIT, LATE, ECHO = 1, 2, 4, 8, 16, 32
# `value` of a click that has no dwell time.
NO_DWELL = -1

EVENT = np.dtype(
    [
        ("ts", "i8"),  # event time, ms; a late event's is moved to the start of the open tick
        ("id", "u8"),  # hashes (models.hashing.hash_bytes) of the strings in the heap; 0 when absent
        ("actor", "u8"),
        ("subject", "u8"),  # the account acted on: target, author; of a post or account event: the actor
        ("object", "u8"),  # the content; of a subscription: the target; of an account event: 0
        ("ip", "u8"),
        ("device", "u8"),
        ("aux", "u8"),  # a post's topic, an account event's entity
        ("created", "i8"),  # when the actor was registered, ms; 0 when absent (see HAS_CREATED)
        ("items", "u4", (4,)),  # from the actors' stage: what else was followed in the session, upper halves
        ("offset", "i8"),  # the record's offset in its source partition, or line number in a file
        ("heap_at", "u4"),
        ("heap_len", "u4"),  # a multiple of 8
        ("value", "i4"),  # a click's dwell in ms or NO_DWELL; an exposure's count
        ("late_by", "u4"),  # seconds by which a late event was moved
        ("seen", "u4"),  # from the actors' stage: minutes since the actor was first seen
        ("prior", "u2"),  # from the actors' stage: the actor's events before this one, at most 65,535
        ("marks", "u2"),  # from the actors' stage: see detector.engine.actors
        ("part", "u2"),  # number of the source partition
        ("type", "u1"),
        ("action", "u1"),
        ("source", "u1"),
        ("flags", "u1"),
        ("spare", "u2"),
    ]
)
assert EVENT.itemsize == 128
_BYTES = np.dtype((np.void, EVENT.itemsize))

# What stands in the heap for an event, in this order; every part begins where the last one ended, and the
# whole is padded with zeros to a multiple of 8.
#   HEAD (24 bytes): the byte lengths of the strings, the number of links and of media, and of signature words
#   signature: u4 each
#   link hashes, then media hashes: u8 each
#   the strings: id, actor, subject, object, aux, extra, items
# `extra` is a post's credit, or an account event's name; `items` are the links and media, joined by "\0".
# A string equal to the one it would repeat (subject = actor of a post, object = target of a subscription)
# is stored all the same: names are read for evidence alone.
HEAD = np.dtype(
    [
        ("id", "u2"),
        ("actor", "u2"),
        ("subject", "u2"),
        ("object", "u2"),
        ("aux", "u2"),
        ("extra", "u2"),
        ("items", "u4"),
        ("links", "u1"),
        ("media", "u1"),
        ("signature", "u2"),
        ("length", "u4"),  # characters of the normalised text
    ]
)
assert HEAD.itemsize == 24
assert HEAD.fields is not None
HEAD_AT = {name: int(field[1]) for name, field in HEAD.fields.items()}
"""Where each field of HEAD begins, in bytes."""
_ID, _ACTOR, _SUBJECT = HEAD_AT["id"], HEAD_AT["actor"], HEAD_AT["subject"]
_LINKS, _MEDIA, _SIGNATURE = HEAD_AT["links"], HEAD_AT["media"], HEAD_AT["signature"]
_HEAD, _ROW = HEAD.itemsize, EVENT.itemsize


@dataclass(slots=True)
class Batch:
    """Rows and their heap.

    Batches that were chosen from one another share its heap, so that only rows are copied.

    Attributes:
        rows: shape (n,), dtype EVENT.
        heap: bytes, uint8; row ``i`` owns ``heap[heap_at : heap_at + heap_len]``.
    """

    rows: np.ndarray
    heap: np.ndarray

    @classmethod
    def empty(cls) -> Batch:
        return cls(np.zeros(0, EVENT), np.zeros(0, np.uint8))

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, index: np.ndarray) -> Batch:
        """The rows at `index`, in its order, with the same heap."""
        rows = np.empty(len(index), EVENT)
        source = np.ascontiguousarray(self.rows)
        _choose(source.ctypes.data, index, rows.ctypes.data)
        return Batch(rows, self.heap)

    def compact(self) -> Batch:
        """The same rows with a heap of their own, in their order."""
        length, at = int(self.rows["heap_len"].sum(dtype=np.int64)), self.rows["heap_at"]
        if length == len(self.heap) and bool(np.all(at[1:] > at[:-1])):
            return self
        rows, heap = self.rows.copy(), np.empty(length, np.uint8)
        _gather(rows["heap_at"], rows["heap_len"], self.heap, heap)
        return Batch(rows, heap)

    @classmethod
    def concat(cls, batches: list[Batch]) -> Batch:
        """All rows, one batch's after another's."""
        batches = [batch for batch in batches if len(batch)]
        if not batches:
            return cls.empty()
        if len(batches) == 1:
            return batches[0]
        heap = batches[0].heap
        if all(batch.heap is heap for batch in batches):
            return cls(_joined(batches), heap)
        batches = [batch.compact() for batch in batches]
        rows = _joined(batches)
        at = n = 0
        for batch in batches:
            rows["heap_at"][n : n + len(batch)] += at
            n += len(batch)
            at += len(batch.heap)
        return cls(rows, np.concatenate([batch.heap for batch in batches]))

    def strings(self, i: int) -> dict[str, str]:
        """The strings of row `i`: id, actor, subject, object, aux, extra, items (joined by a NUL)."""
        at = int(self.rows["heap_at"][i])
        head = self.heap[at : at + HEAD.itemsize].view(HEAD)[0]
        at += HEAD.itemsize + 4 * int(head["signature"]) + 8 * (int(head["links"]) + int(head["media"]))
        out = {}
        for name in ("id", "actor", "subject", "object", "aux", "extra", "items"):
            end = at + int(head[name])
            out[name] = self.heap[at:end].tobytes().decode()
            at = end
        return out

    def pack(self) -> bytes:
        """The batch as bytes, for `unpack`."""
        return b"".join(self.pieces())

    def pieces(self) -> tuple[Any, ...]:
        """What `pack` joins: buffers of bytes, not copied."""
        own = self.compact()
        rows = np.ascontiguousarray(own.rows).view(np.uint8)
        return len(own).to_bytes(8, "little"), rows.data, np.ascontiguousarray(own.heap).data

    @classmethod
    def unpack(cls, data: Any) -> Batch:
        """A batch from `pack`'s bytes. Raises ValueError when they are cut short."""
        n = int.from_bytes(data[:8], "little")
        rows = np.frombuffer(data, EVENT, n, 8).copy()
        heap = np.frombuffer(data, np.uint8, -1, 8 + n * EVENT.itemsize).copy()
        if n and int((rows["heap_at"].astype(np.int64) + rows["heap_len"]).max()) > len(heap):
            raise ValueError("a packed batch is cut short")
        return cls(rows, heap)


@njit(inline="always")
def _u2(heap, at):
    return np.int64(heap[at]) | np.int64(heap[at + 1]) << 8


@njit(inline="always")
def strings_of(heap, head):
    """Of what the heap has from `head`: where its strings begin, and the bytes of id, actor, subject."""
    text = head + _HEAD + 4 * _u2(heap, head + _SIGNATURE)
    text += 8 * (np.int64(heap[head + _LINKS]) + np.int64(heap[head + _MEDIA]))
    return text, _u2(heap, head + _ID), _u2(heap, head + _ACTOR), _u2(heap, head + _SUBJECT)


def _joined(batches: list[Batch]) -> np.ndarray:
    # As plain bytes: numpy looks into every field of every array first, 20 times the time of the copying.
    return np.concatenate([batch.rows.view(_BYTES) for batch in batches]).view(EVENT)


@njit(cache=True)
def _choose(source, index, target):
    """Copies rows, chosen by `index`, from address to address."""
    for i in range(len(index)):
        move(source + _ROW * index[i], target + _ROW * i)


@njit(cache=True)
def _gather(at, length, source, target):
    """Copies each row's bytes of the heap to `target` and points the row there."""
    words_in = source.view(np.uint64)
    words_out = target.view(np.uint64)
    w = 0
    for i in range(len(at)):
        a = at[i] >> 3
        at[i] = w << 3
        for k in range(length[i] >> 3):
            words_out[w] = words_in[a + k]
            w += 1
