"""The contents' stage: texts, links and images that many accounts publish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.cases.findings import Finding
from detector.engine.contents_kernel import run
from detector.engine.rows import Batch
from detector.suspicions import batch_posting
from detector.suspicions.batch_posting import BatchPosting
from models.state import Blobs, Table
from models.text import usual as u
from models.text.clusters import FLAGGED, LEARNED, LIVE, WATCHED, Clusters
from models.text.profile import PROFILE, begun, gather, profile

_HOUR = 3_600_000
_WINDOWS = len(u.WINDOWS_MS)
_NEVER = 1 << 62
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
    """

    schema = "contents/1"

    def __init__(self, tick_ms: int, params: BatchPosting = BatchPosting()) -> None:  # noqa: B008 (frozen)
        self.tick_ms, self.params = tick_ms, params
        self._clusters = Clusters(params.capacity)
        self._usual = Table("usual", np.dtype("f8"), u.LENGTH)
        self._usual.used = u.LENGTH
        self._norms = np.zeros(1, u.NORMS)
        self._arrays = self._clusters.arrays()
        self._watched = np.zeros(0, np.int64)
        self._due = _NEVER  # no watched cluster settles in an earlier tick
        self._ready = np.empty(1 << 16, np.int64)

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        """Works through whole ticks; returns what became known in them, in order."""
        findings: list[Finding] = []
        params = self.params
        names = self._clusters.names
        heap = batch.heap[: len(batch.heap) & ~7]
        views = (heap, heap.view(np.uint16), heap.view(np.uint32), heap.view(np.uint64))
        at = 0
        while at < len(batch):
            self._settle(int(batch.rows["ts"][at]) // self.tick_ms - 1, findings)
            at, ready = run(
                batch.rows,
                at,
                views,
                self._due,
                self.tick_ms,
                params.horizon_hours * _HOUR,
                params.agreement,
                params.min_length,
                params.min_accounts,
                params.growth,
                self._arrays,
                self._clusters.counts,
                (names.table.rows, names.table.dirty, names.position),
                self._usual.rows,
                self._ready,
            )
            if ready:
                tick = int(batch.rows["ts"][at - 1]) // self.tick_ms
                self._judge(np.unique(self._ready[:ready]), tick, False, findings)
        self._settle(upto, findings)
        if len(batch):
            self._usual.dirty[:] = 1
        return findings

    def _settle(self, upto: int, findings: list[Finding]) -> None:
        """Judges the clusters that have settled in ticks up to `upto`, in the order of these ticks."""
        while self._due <= upto:
            rows = self._clusters.clusters.rows
            self._watched = self._watched[(rows["state"][self._watched] & WATCHED) != 0]
            ticks = self._settled_at(self._watched)
            self._due = int(ticks.min(initial=_NEVER))
            if self._due <= upto:
                chosen = self._watched[ticks == self._due]
                rows["state"][chosen] &= ~np.uint8(WATCHED)
                self._judge(np.sort(chosen), self._due, True, findings)

    def _judge(self, chosen: np.ndarray, tick: int, settled: bool, findings: list[Finding]) -> None:
        """Judges clusters at the end of a tick, names the suspect, watches or learns from the others."""
        rows = self._clusters.clusters.rows
        usual, params = self._usual.rows, self.params
        chosen = chosen[(rows["state"][chosen] & LIVE) != 0]
        if not len(chosen):
            return
        now = (tick + 1) * self.tick_ms
        norms = self._norms[0]
        u.norms(usual, norms)
        table = np.zeros(len(chosen) * _WINDOWS, PROFILE)
        profile(self._arrays, chosen, norms, table)
        verdict = batch_posting.judge(table, usual, norms, params, settled)
        total = np.where(table["accounts"] >= params.min_accounts, verdict["total"], 0.0)
        # Similarity alone: of a text that has not lived before (a burst is no verdict), within an hour (in a
        # day a turn of phrase brings as many together), small, and over.
        alone = verdict["others"] < params.least_others
        common = rows["accounts"][table["cluster"]] > params.commonplace
        total[alone] -= params.alone_decades
        total[alone & (common | (table["window"] > 0) | (verdict["lived"] > 0) | (not settled))] = 0.0
        hours = (now - usual[u.FIRST_TS]) / _HOUR
        warm = params.warmup_decades * max(0.0, 1.0 - hours / params.warmup_hours)
        self._clusters.clusters.dirty[chosen] = 1
        watched = []
        for j, c in enumerate(chosen.tolist()):
            here = slice(j * _WINDOWS, (j + 1) * _WINDOWS)
            i = here.start + int(np.argmax(total[here]))
            row = rows[c]
            if total[i] >= params.threshold + warm:
                if not row["state"] & FLAGGED:
                    row["state"] |= FLAGGED
                    start = int(table["start"][i])
                    if not verdict["lived"][i]:
                        start = min(start, begun(self._arrays, c, u.WINDOWS_MS[int(table["window"][i])] // 2))
                    row["since"] = start
                more = 1 if settled else max(1.0, row["named"] * params.growth)
                if row["accounts"] >= row["named"] + more:
                    row["named"] = row["accounts"]
                    findings.append(self._finding(c, table[i], verdict[i], now))
            elif (settled or row["accounts"] > params.commonplace) and not row["state"] & (LEARNED | FLAGGED):
                row["state"] |= LEARNED
                batch_posting.learn(table[here], verdict[here], usual, params.threshold - 1.0)
                self._usual.dirty[:] = 1
            if not settled and not row["state"] & WATCHED:
                row["state"] |= WATCHED
                watched.append(c)
        if watched:
            self._watched = np.concatenate((self._watched, np.array(watched, np.int64)))
        if not settled:
            self._wait(chosen)
            self._due = min(self._due, int(self._settled_at(chosen).min()))

    def _settled_at(self, clusters: np.ndarray) -> np.ndarray:
        """The ticks in which clusters have settled, on a grid of a quarter of the least time it takes."""
        rows = self._clusters.clusters.rows[clusters]
        grid = max(1, self.params.settle_minutes * 60_000 // 4 // self.tick_ms)
        ticks: np.ndarray = (
            -(-((rows["fresh"] + rows["quiet"] * np.int64(1000)) // self.tick_ms) // grid) * grid
        )
        return ticks

    def _wait(self, clusters: np.ndarray) -> None:
        """Sets how long clusters have to be quiet: as long as, at their rate, is unlikely if they go on."""
        rows = self._clusters.clusters.rows
        span = (rows["fresh"][clusters] - rows["first"][clusters]) / 1000
        pause = span / rows["accounts"][clusters] * -np.log(self.params.pause_chance)
        least = self.params.settle_minutes * 60
        rows["quiet"][clusters] = np.clip(pause, least, max(least, u.WINDOWS_MS[-1] // 1000))

    def _finding(self, c: int, row: np.ndarray, verdict: np.ndarray, now: int) -> Finding:
        cluster = self._clusters.clusters.rows[c]
        since = int(cluster["since"])
        slots = np.empty(min(len(self._clusters.members.rows), 1 << 17), np.int64)
        slots = slots[: gather(self._arrays, c, since, False, slots)]
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
        return *self._clusters.tables(), self._usual

    def blobs(self) -> Sequence[Blobs]:
        return ()

    def scalars(self) -> dict[str, Any]:
        return self._clusters.scalars()

    def restore(self, scalars: dict[str, Any]) -> None:
        self._clusters.restore(scalars)

    def rebuild(self) -> None:
        """Makes the chains and the list of watched clusters from the tables."""
        self._clusters.rebuild()
        table = self._clusters.clusters
        self._watched = np.flatnonzero(table.rows["state"][: table.used] & WATCHED)
        self._due = -_NEVER if len(self._watched) else _NEVER
