"""The contents' stage: texts, links and images that many accounts publish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.cases.findings import Finding
from detector.engine import contents_claims as claims
from detector.engine import contents_judge as kernel
from detector.engine.contents_kernel import run
from detector.engine.rows import Batch
from detector.suspicions import batch_posting, copied_original
from detector.suspicions.batch_posting import BatchPosting
from detector.suspicions.copied_original import CopiedOriginal
from models.state import Blobs, Table
from models.text import usual as u
from models.text.clusters import MEMBERS, WATCHED, Clusters
from models.text.profile import gather

_HOUR = 3_600_000
POSTING, COPYING = BatchPosting(), CopiedOriginal()
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
        copying: of copied originals.
    """

    schema = "contents/3"

    def __init__(
        self, tick_ms: int, params: BatchPosting = POSTING, copying: CopiedOriginal = COPYING
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

    def tune(self, params: BatchPosting, copying: CopiedOriginal) -> None:
        """Other thresholds, from the next step on."""
        self.params, self._rules = params, kernel.rules(params, self.tick_ms)
        self.copying, self._copying = copying, claims.rules(copying)

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        """Works through whole ticks; returns what became known in them, in order."""
        findings: list[Finding] = []
        rows, heap = np.ascontiguousarray(batch.rows), np.ascontiguousarray(batch.heap)
        at = 0
        while True:
            at, suspects, tick, copies = run(
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
                self._suspects,
                self._copies,
            )
            findings += [self._copy(row) for row in self._copies[:copies]]
            if not suspects and not copies:
                break
            now = (tick + 1) * self.tick_ms
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
        """(event ids, actors, contents) of members, newest first, as far back as strings are kept."""
        names = self._clusters.names
        members = members[int(names.position[0]) - members["names_at"] <= len(names.table.rows)]
        at = members["names_at"]
        parts = []
        for field in ("id_length", "actor_length", "content_length"):
            parts.append(names.get_many(at, members[field]))
            at = at + (members[field].astype(np.int64) + 7 >> 3)
        events, actors, contents = parts
        return events, actors, [content or event for content, event in zip(contents, events, strict=True)]

    def tables(self) -> Sequence[Table]:
        return *self._clusters.tables(), self._usual, self._claims

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
