"""The contents' stage: texts, links and images that many accounts publish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.cases.findings import Finding
from detector.engine import contents_claims as claims
from detector.engine import contents_floods as floods
from detector.engine import contents_judge as kernel
from detector.engine.contents_kernel import run
from detector.engine.rows import Batch
from detector.suspicions import batch_posting, comment_flood, copied_original
from detector.suspicions.batch_posting import BatchPosting
from detector.suspicions.comment_flood import CommentFlood
from detector.suspicions.copied_original import CopiedOriginal
from models.state import Blobs, Table
from models.text import usual as u
from models.text.clusters import Clusters
from models.text.layout import COMMENTED, MEMBERS, WATCHED
from models.text.profile import gather

_HOUR = 3_600_000
POSTING, COPYING, FLOODING = BatchPosting(), CopiedOriginal(), CommentFlood()
# Clusters judged in one tick at most.
_MOST = 1 << 16
# Ids that a finding names at most, and event ids that it shows.
NAMED, SAMPLES = 10_000, 10


class Contents:
    """Gathers near-duplicate texts, and equal links and images, and judges the clusters that grow.

    A cluster is judged at the end of the tick in which it has grown enough, and again when it has settled.
    Similarity alone is believed only then, and of small clusters: the beginning of a phrase that thousands
    will repeat looks like a campaign while it grows.

    Args:
        tick_ms: of the grid.
        params: settings of batch posting.
        copying: of copied originals; flooding: of floods of comments.
    """

    schema = "contents/4"

    def __init__(
        self,
        tick_ms: int,
        params: BatchPosting = POSTING,
        copying: CopiedOriginal = COPYING,
        flooding: CommentFlood = FLOODING,
    ) -> None:
        self.tick_ms, self.params, self.copying = tick_ms, params, copying
        self._clusters = Clusters(params.capacity)
        self._usual = Table("usual", np.dtype("f8"), u.LENGTH)
        self._usual.used = u.LENGTH
        self._rules = kernel.rules(params, tick_ms)
        # Those that have been judged and have yet to settle.
        self._watched = np.empty(2 * len(self._clusters.clusters.rows), np.uint32)
        self._numbers = np.array([kernel.NEVER, 0])
        self._ready = np.empty(_MOST, np.int64)
        self._suspects = kernel.suspects(_MOST)
        self._claims = Table("claims", claims.CLAIM, claims.WAITING)
        self._claims.used = claims.WAITING
        self._claimed = np.zeros(2, np.int64)
        self._copying = claims.rules(copying)
        self._copies = claims.copies(256)
        self._authors = Table("authors", floods.AUTHOR, floods.AUTHORS)
        self._authors.used = floods.AUTHORS
        self._flooding = floods.rules(flooding)
        self._flooded = np.zeros(floods.READY + 1, np.int64)
        self._floods = floods.floods(floods.READY)

    def tune(self, params: BatchPosting, copying: CopiedOriginal, flooding: CommentFlood) -> None:
        """Other thresholds, from the next step on."""
        self.params, self._rules = params, kernel.rules(params, self.tick_ms)
        self.copying, self._copying = copying, claims.rules(copying)
        self._flooding = floods.rules(flooding)

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        """Works through whole ticks; returns what became known in them, in order."""
        findings: list[Finding] = []
        rows, heap = np.ascontiguousarray(batch.rows), np.ascontiguousarray(batch.heap)
        at = 0
        while True:
            at, suspects, tick, copies, flooded = run(
                rows,
                at,
                heap.ctypes.data,
                upto,
                self._rules,
                self._usual.rows.ctypes.data,
                self._clusters.state,
                self._watched,
                self._numbers,
                self._ready,
                (self._claims.rows, self._claims.dirty, self._claimed, self._copying),
                (self._authors.rows, self._authors.dirty, self._flooding, self._flooded),
                self._suspects,
                self._copies,
                self._floods,
            )
            now = (tick + 1) * self.tick_ms
            findings += [self._copy(row) for row in self._copies[:copies]]
            findings += [self._flood(row, now) for row in self._floods[:flooded]]
            if not suspects and not copies and not flooded:
                break
            for c, row, verdict in zip(*(found[:suspects] for found in self._suspects), strict=True):
                findings.append(self._finding(int(c), row, verdict, now))
        self._usual.dirty[:] = 1
        return sorted(findings, key=lambda finding: (finding.ts, finding.kind, finding.subject))

    def _finding(self, c: int, row: np.ndarray, verdict: np.ndarray, now: int) -> Finding:
        cluster = self._clusters.clusters.rows[c]
        since = int(cluster["since"])
        slots = np.empty(min(len(self._clusters.members.rows), 1 << 17), np.int64)
        slots = slots[: gather(self._clusters.state, c, since, False, slots)]
        members = self._clusters.members.rows[slots]
        events, actors, contents = self._names(members[: 2 * NAMED])
        return Finding(
            kind="batch_posting",
            subject_type="group",
            subject=f"g-{int(cluster['seed']):016x}",
            ts=now,
            start=since,
            end=int(row["end"]),
            observed=float(row["accounts"]),
            expected=round(float(verdict["expected"]), 3),
            signals=batch_posting.signals(row, verdict),
            participants=sorted(set(actors))[:NAMED],
            participants_total=len(np.unique(members["actor"])),
            contents=sorted(set(contents))[:NAMED],
            contents_total=len(np.unique(members["event"])),
            samples=events[: -SAMPLES - 1 : -1],
            trace=contents[-1] if contents else None,
            since=int(row["start"]),
        )

    def _flood(self, row: np.ndarray, now: int) -> Finding:
        slots = np.empty(floods.MOST, np.int64)
        found = []
        for c in row["clusters"][: int(row["forms"])].tolist():
            n = floods.gather_about(self._clusters.state, c, int(row["about"]), int(row["since"]), slots)[0]
            found.append(slots[:n].copy())
        members = self._clusters.members.rows[np.unique(np.concatenate(found))]
        members = members[np.argsort(members["seq"], kind="stable")[::-1]]
        events, actors, _ = self._names(members[: 2 * NAMED])
        under = self._strings(members, "content_length")
        # One content stands for all of the author's: that with most of them.
        subject = max(sorted(set(under)), key=under.count)
        return Finding(
            kind="comment_inflation",
            subject_type="content",
            subject=subject,
            ts=now,
            start=int(members["ts"].min()),
            end=int(members["ts"].max()),
            observed=float(row["comments"]),
            expected=round(float(row["elsewhere"] * row["of"]), 3),
            signals=comment_flood.signals(row),
            participants=sorted(set(actors))[:NAMED],
            participants_total=len(np.unique(members["actor"])),
            contents=sorted(set(events))[:NAMED],
            contents_total=len(np.unique(members["event"])),
            samples=events[: -SAMPLES - 1 : -1],
            since=int(row["since"]),
        )

    def _copy(self, row: np.ndarray) -> Finding:
        members = self._clusters.members.rows[[int(row["slot"]), int(row["source"])]]
        events, actors, contents = self._names(members)
        ts, source = members["ts"].tolist()
        return Finding(
            kind="copied_original",
            subject_type="account",
            subject=actors[0],
            ts=(int(row["due"]) // self.tick_ms + 1) * self.tick_ms,
            start=ts,
            end=ts,
            observed=float(row["nearest"]),
            expected=float(row["strangers"]),
            signals=copied_original.signals(row, (ts - source) / _HOUR, self.copying.again_decades),
            participants=actors[:1],
            participants_total=1,
            contents=contents[:1],
            contents_total=1,
            samples=events,
            trace=contents[1],
            since=source,
        )

    def _names(self, members: np.ndarray) -> tuple[list[str], list[str], list[str]]:
        """(event ids, actors, contents) of members, newest first, as far back as strings are kept.

        A comment's content is the comment itself.
        """
        events, actors, contents = (
            self._strings(members, field) for field in ("id_length", "actor_length", "content_length")
        )
        own = (members[: len(events)]["flags"] & COMMENTED == 0).tolist()
        return (
            events,
            actors,
            [c if post else event for c, post, event in zip(contents, own, events, strict=True)],
        )

    def _strings(self, members: np.ndarray, field: str) -> list[str]:
        """One of the strings kept of each member, newest first, as far back as they are kept."""
        names = self._clusters.names
        members = members[int(names.position[0]) - members["names_at"] <= len(names.table.rows)]
        at = members["names_at"]
        for before in ("id_length", "actor_length", "content_length"):
            if before == field:
                break
            at = at + (members[before].astype(np.int64) + 7 >> 3)
        return names.get_many(at, members[field])

    def tables(self) -> Sequence[Table]:
        return *self._clusters.tables(), self._usual, self._claims, self._authors

    def blobs(self) -> Sequence[Blobs]:
        return ()

    def scalars(self) -> dict[str, Any]:
        return {**self._clusters.scalars(), "claimed": self._claimed.tolist()}

    def restore(self, scalars: dict[str, Any]) -> None:
        self._clusters.restore(scalars)
        self._claimed[:] = scalars["claimed"]

    def rebuild(self) -> None:
        """Makes the chains and the list of watched clusters from the tables."""
        self._clusters.rebuild()
        table = self._clusters.clusters
        watched = np.flatnonzero(table.rows["state"][: table.used] & WATCHED)
        self._watched[: len(watched)] = watched
        self._numbers[:] = -kernel.NEVER if len(watched) else kernel.NEVER, len(watched)

    @property
    def warming_up(self) -> bool:
        """Whether so little has been seen that more evidence is asked for."""
        first, members = self._usual.rows[u.FIRST_TS], self._clusters.members.rows
        last = members["ts"][int(self._clusters.counts[MEMBERS]) & (len(members) - 1)]
        return bool(last - first < self.params.warmup_hours * _HOUR)

    @property
    def nbytes(self) -> int:
        """Bytes of state in use."""
        return self._clusters.nbytes + self._usual.nbytes + 4 * int(self._numbers[kernel.WATCHING])
