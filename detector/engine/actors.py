# mypy: allow-untyped-defs, allow-untyped-calls
"""The actors' stage: counts every event id once, and tells each event what its actor did before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit

from detector.engine import rushes
from detector.engine.rows import (
    ACCOUNT,
    CLICK,
    CLOSE,
    COMMENT,
    ECHO,
    EVENT,
    HAS_CREATED,
    POST,
    REGISTER,
    REPOST,
    SUBSCRIBE,
    SUBSCRIPTION,
    Batch,
)
from models.bare import bare
from models.duplicates import RecentIds, seen
from models.index import Index, add, slot_of
from models.prefetch import prefetch
from models.state import Blobs, Table

# Marks of a row.
FIRST_SEEN = 1  # no event of this actor before
TOUCHED = 2  # the actor had clicked, reposted or commented on something of the subject before
NEW_DEVICE = 4  # another device than in the actor's event before
NEW_IP = 8
RETURNED = 16  # nothing from the actor for 30 days before
NEWCOMER = 32  # registered within a day before
SPREE = 64  # follows one account after another, as those do who take over a list
# Of an account that had account events or published: its first event of the day (UTC), or one of its first
# when it is new. So the accounts' stage knows of every day on which an account was used, and how it began.
# And the first event of all on a day that is no account event: the platform is in use.
WATCHED = 128
FIRST_ACTS = 16
BLINK = 256  # a follow within a blink of a click on somebody else's content
SERIAL = 512  # the actor had come with a crowd to another account before, see detector.engine.rushes
LED = (
    1024  # a follow: as TOUCHED, of the account or of one that the actor followed before in the same session
)

# Follows of one actor belong together when none is this long after the last one. On the bought stars an hour
# finds as many accounts that share targets as a month does; accounts that are rented out serve several
# customers hours apart.
SESSION_MINUTES = 48 * 60
NEWCOMER_MINUTES = 24 * 60
# So many follows within so long are a spree.
SPREE_FOLLOWS, SPREE_MINUTES = 4, 30
# Nobody reads one thing and chooses another within so long; it takes a fifth of a second to press a key.
BLINK_MS = 1000
# Events ahead that memory is asked for.
AHEAD = 12
RETURN_MINUTES = 30 * 24 * 60

ACTOR = np.dtype(
    [
        ("key", "u8"),
        ("first", "u4"),  # minutes since 1970
        ("last", "u4"),
        ("events", "u4"),
        ("followed_at", "u4"),
        ("created", "u4"),  # minute of the registration, 0 while it is not known
        ("spree_at", "u4"),  # minute in which the running spree, or what may become one, began
        ("followed", "u8", (4,)),  # the last targets of this session
        ("touched", "u2", (8,)),  # the last subjects clicked, reposted, commented: upper bits of their hashes
        ("device", "u2"),
        ("ip", "u2"),
        ("clicked_at", "u4"),  # lower half of the last click's ms, and the upper bits of whose content it was
        ("clicked", "u2"),
        ("followed_next", "u1"),
        ("touched_next", "u1"),
        ("spree", "u1"),  # follows in it
        ("public", "u1"),  # had account events or published, and was not closed since
        ("rushes", "u1"),  # crowds that it came to an account with
        ("spare", "u1"),
    ]
)
assert ACTOR.itemsize == 96


class Actors:
    """One row an actor, and the ids seen lately.

    Args:
        tick_ms: of the grid; unused here, for the stages' common form.
        capacity: actors at most.
        recent_ids: ids that are surely remembered, see `RecentIds`.

    Attributes:
        duplicates: events dropped so far because their id was known.
    """

    schema = "actors/5"

    def __init__(self, tick_ms: int, capacity: int = 1 << 25, recent_ids: int = 1 << 20) -> None:
        self.tick_ms = tick_ms
        self.duplicates = 0
        self._actors = Table("actors", ACTOR, capacity)
        self._index = Index(self._actors)
        self._ids = RecentIds(recent_ids)
        self._rushes = rushes.table()
        self._day = np.zeros(1, np.int64)  # the last on which there was more than account events

    def step(self, upto: int, batch: Batch) -> Batch:
        """The rows without duplicates, with `items`, `seen`, `prior` and `marks` filled in, and echoes.

        A follow names the targets that its actor followed in the same session before it. So that they learn
        of it too, each is sent an echo: the same event with that target as its subject and the new one as its
        item.
        """
        if not len(batch):
            return batch
        self._index.reserve(len(batch))
        keep = np.ones(len(batch), np.bool_)
        echoes, targets = np.empty(4 * len(batch), np.int64), np.empty(4 * len(batch), np.uint64)
        self._actors.used, echoed = _step(
            batch.rows,
            keep,
            echoes,
            targets,
            self._actors.rows,
            self._actors.dirty,
            self._index.slots,
            self._actors.used,
            self._ids.table.rows,
            self._ids.table.dirty,
            self._ids.position,
            self._ids.limit,
            self._rushes.rows,
            self._rushes.dirty,
            self._day,
        )
        kept = int(np.count_nonzero(keep))
        self.duplicates += len(batch) - kept
        if kept == len(batch) and not echoed:
            return batch
        rows = np.empty(kept + echoed, EVENT)
        _with_echoes(batch.rows, keep, echoes[:echoed], targets, rows)
        return Batch(rows, batch.heap)

    def tables(self) -> Sequence[Table]:
        return self._actors, self._ids.table, self._rushes

    def blobs(self) -> Sequence[Blobs]:
        return ()

    def scalars(self) -> dict[str, Any]:
        return {
            "recent_ids": self._ids.position.tolist(),
            "duplicates": self.duplicates,
            "day": int(self._day[0]),
        }

    def restore(self, scalars: dict[str, Any]) -> None:
        self._ids.position[:] = scalars["recent_ids"]
        self.duplicates = scalars["duplicates"]
        self._day[0] = scalars["day"]

    def rebuild(self) -> None:
        self._index.rebuild()

    @property
    def nbytes(self) -> int:
        """Bytes of state in use."""
        return self._actors.nbytes + self._index.nbytes + self._ids.table.nbytes + self._rushes.nbytes


@njit(cache=True)
def _with_echoes(rows, keep, echoes, targets, out):
    """Copies the rows that are kept, each with its echoes right behind it, so that the order holds."""
    n = echo = 0
    for i in range(len(rows)):
        if not keep[i]:
            continue
        out[n] = rows[i]
        n += 1
        while echo < len(echoes) and echoes[echo] == i:
            out[n] = rows[i]
            row = out[n]
            row.subject = targets[echo]
            row.flags |= ECHO
            row.items[:] = 0
            row.items[0] = np.uint32(rows[i].subject >> np.uint64(32))
            n += 1
            echo += 1


@njit(cache=True)
def _step(
    rows, keep, echoes, echo_targets, actors, dirty, slots, used, ids, ids_dirty, ids_position, ids_limit,
    crowds, crowds_dirty, day,
):  # fmt: skip
    n = len(rows)
    rows, actors, dirty, slots = bare(rows), bare(actors), bare(dirty), bare(slots)
    ids, ids_dirty, crowds, crowds_dirty = bare(ids), bare(ids_dirty), bare(crowds), bare(crowds_dirty)
    keys = actors["key"]
    half = len(ids) >> 1
    echoed = 0
    for i in range(n):
        if i + 2 * AHEAD < n:
            far = rows[i + 2 * AHEAD]
            prefetch(slots, slot_of(slots, far.actor))
            at = slot_of(ids[:half], far.id)
            prefetch(ids, at)
            prefetch(ids, half + at)
            prefetch(ids_dirty, at + ids_position[0] * half)
        if i + AHEAD < n:
            at = np.int64(slots[slot_of(slots, rows[i + AHEAD].actor)] & np.uint64(0xFFFFFFFF)) - 1
            prefetch(actors, at)
            prefetch(dirty, at)
        row = rows[i]
        if seen(ids, ids_dirty, ids_position, ids_limit, row.id):
            keep[i] = False
            continue
        if row.actor == 0:
            continue
        minute = np.uint32(row.ts // 60000)
        before = used
        at, used = add(slots, keys, used, row.actor)
        actor = actors[at]
        dirty[at] = 1
        marks = 0
        if used > before:
            actor.first = minute
            marks |= FIRST_SEEN
        elif minute > actor.last + RETURN_MINUTES:
            marks |= RETURNED
        device = np.uint16(row.device >> np.uint64(48))
        ip = np.uint16(row.ip >> np.uint64(48))
        if device != 0:
            if actor.device != 0 and actor.device != device:
                marks |= NEW_DEVICE
            actor.device = device
        if ip != 0:
            if actor.ip != 0 and actor.ip != ip:
                marks |= NEW_IP
            actor.ip = ip
        if row.flags & HAS_CREATED:
            actor.created = row.created // 60000
        elif row.type == ACCOUNT and row.action == REGISTER:
            actor.created = minute
        elif actor.created != 0:
            row.created = np.int64(actor.created) * 60000
            row.flags |= HAS_CREATED
        if actor.created != 0 and minute < actor.created + NEWCOMER_MINUTES:
            marks |= NEWCOMER
        if row.type == ACCOUNT:
            actor.public = row.action != CLOSE
        elif row.type == POST:
            actor.public = 1
        begins = marks & NEWCOMER and actor.events < FIRST_ACTS
        if actor.public and (begins or minute // 1440 > actor.last // 1440):
            marks |= WATCHED
        if row.type != ACCOUNT and minute // 1440 > day[0]:
            day[0] = minute // 1440
            marks |= WATCHED
        row.seen = minute - actor.first if minute > actor.first else 0
        row.prior = min(actor.events, 65535)
        print_ = np.uint16(row.subject >> np.uint64(48))
        kind = row.type
        if kind != POST:
            for k in range(8):
                if actor.touched[k] == print_:
                    marks |= TOUCHED
        if kind in (CLICK, REPOST, COMMENT):
            if kind == CLICK:
                actor.clicked_at = np.uint32(row.ts & 0xFFFFFFFF)
                actor.clicked = print_
            if marks & TOUCHED == 0:
                actor.touched[actor.touched_next & 7] = print_
                actor.touched_next = (actor.touched_next + 1) & 7
                if actor.rushes > 0:
                    marks |= SERIAL
                if kind != CLICK and marks & NEWCOMER == 0:
                    rushes.come(crowds, crowds_dirty, actors, dirty, row.subject, at, minute)
        elif kind == SUBSCRIPTION and row.action == SUBSCRIBE:
            if minute > actor.followed_at + SESSION_MINUTES:
                for k in range(4):
                    actor.followed[k] = 0
            if minute > actor.spree_at + SPREE_MINUTES:
                actor.spree_at = minute
                actor.spree = 0
            actor.spree = min(actor.spree + 1, 255)
            if actor.spree >= SPREE_FOLLOWS:
                marks |= SPREE
            since = (row.ts - np.int64(actor.clicked_at)) & 0xFFFFFFFF
            if since < BLINK_MS and actor.clicked != 0 and actor.clicked != print_:
                marks |= BLINK
            if marks & TOUCHED:
                marks |= LED
            known = False
            for k in range(4):
                known |= actor.followed[k] == row.subject
            for k in range(4):
                target = actor.followed[k]
                row.items[k] = 0
                if target != 0 and target != row.subject:
                    row.items[k] = np.uint32(target >> np.uint64(32))
                    for j in range(8):
                        if actor.touched[j] == np.uint16(target >> np.uint64(48)):
                            marks |= LED
                    if not known:
                        echoes[echoed] = i
                        echo_targets[echoed] = target
                        echoed += 1
            if not known:
                actor.followed[actor.followed_next] = row.subject
                actor.followed_next = (actor.followed_next + 1) & 3
                if actor.rushes > 0:
                    marks |= SERIAL
                if marks & (TOUCHED | SPREE | NEWCOMER) == 0:
                    rushes.come(crowds, crowds_dirty, actors, dirty, row.subject, at, minute)
            actor.followed_at = minute
        row.marks = marks
        actor.last = max(actor.last, minute)
        actor.events += 1
    return used, echoed
