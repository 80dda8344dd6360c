"""The engagement stage: click_inflation, repost_inflation and comment_inflation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from detector.cases.findings import Finding
from detector.engine import engagement_looks as looks
from detector.engine import engagement_state as layout
from detector.engine.engagement_counts import CHANNELS, SHARES
from detector.engine.engagement_evidence import Evidence
from detector.engine.engagement_kernel import run
from detector.engine.engagement_log import ENTRY, MOST
from detector.engine.engagement_shares import MOMENTS, PRIOR_WEIGHT
from detector.engine.engagement_walk import retrace, trail
from detector.engine.rows import Batch
from detector.suspicions import click_inflation, comment_inflation, repost_inflation
from detector.suspicions.engagement import crowds
from detector.suspicions.inflation import CLICKS, COMMENTS, REPOSTS, Inflation
from models import activity
from models.names import Recent
from models.pool import Pool
from models.state import Blobs, Table
from models.tally import tally

_NEVER_DUE = 1 << 62
_KINDS = (click_inflation.KIND, repost_inflation.KIND, comment_inflation.KIND)
_JUDGES = (click_inflation.findings, repost_inflation.findings, comment_inflation.findings)


class Look(NamedTuple):
    """When to look again at a content about which there was a finding: tick, row of the content, since when
    (ms), and how long the wait was (ticks)."""

    due: int
    row: int
    since: int
    wait: int


class Engagement:
    """A row a content and author, the log of what was done on contents, and what is usual in the population.

    Args:
        tick_ms: of the grid.
        settings: thresholds of the suspicions about clicks, reposts and comments.
        contents, authors, habits: rows at most; of more, those that have been quiet longest give way. An
            author has habits once something was learnt of a content.
        log: clicks, reposts, comments, exposures and new followers kept, a power of two.
    """

    schema = "engagement/4"

    def __init__(
        self,
        tick_ms: int,
        settings: tuple[Inflation, Inflation, Inflation] = (CLICKS, REPOSTS, COMMENTS),
        *,
        contents: int = 1 << 17,
        authors: int = 1 << 18,
        habits: int = 1 << 15,
        log: int = 1 << 18,
    ) -> None:
        self.tick_ms, self.settings = tick_ms, settings
        self.names = Recent(8 * log)
        self._contents = Pool("contents", layout.CONTENT, contents)
        self._authors = Pool("authors", layout.AUTHOR, authors)
        self._habits = Pool("habits", layout.HABITS, habits)
        self._no_habits = np.zeros(1, layout.HABITS)
        self._everybody = Table("everybody", layout.AUTHOR, 1)
        self._log = Table("log", ENTRY, log)
        self._trail = trail(log)
        self._moments = Table("moments", np.dtype(("f8", (len(SHARES) * MOMENTS,))), len(CHANNELS))
        self._lag = Table("lag", np.dtype(("f8", (3,))), 1)
        self._activity = Table("activity", activity.ACTIVITY, activity.HOURS)
        self._levels = np.zeros((2, activity.HOURS))
        self._everybody.used, self._moments.used, self._lag.used = 1, len(CHANNELS), 1
        self._activity.used = activity.HOURS
        self._counters = np.zeros(layout.COUNTERS, np.int64)
        self._tally, self._found = tally(1 << 16), np.empty(MOST, np.int64)
        # Of contents about which there was a finding, by key and channel.
        self._looks: dict[tuple[int, int], Look] = {}

    def step(self, upto: int, batch: Batch) -> list[Finding]:
        """What became suspect in the ticks up to `upto`."""
        n = len(batch)
        for pool in self._pools():
            pool.reserve(n)
        touched, candidates = np.empty(n, np.int64), np.empty(3 * n + 2, layout.CANDIDATE)
        words = batch.heap[: len(batch.heap) // 8 * 8].view(np.uint64)
        least = np.array([each.least for each in self.settings], np.int64)
        gates = np.array(
            [
                (each.volume, each.gate_share, min(each.inauthentic, each.alone, each.often_alone))
                for each in self.settings
            ]
        )
        findings: list[Finding] = []
        state = self.state()
        at = 0
        while True:
            due = min((look.due for look in self._looks.values()), default=_NEVER_DUE)
            if at < n and int(batch.rows["ts"][at]) // self.tick_ms <= due:
                at, end, found = run(
                    state, batch.rows, batch.heap, words, at, due, self.tick_ms,
                    least, gates, touched, candidates,
                )  # fmt: skip
                if found:
                    findings += self._judge(candidates[:found].copy(), int(end))
            elif due <= upto:
                findings += self._look_again(state, due)
            else:
                break
        self._log.used = min(int(self._counters[layout.WRITTEN]), len(self._log.rows))
        return findings

    def _judge(self, candidates: np.ndarray, end: int, again: bool = False) -> list[Finding]:
        findings: list[Finding] = []
        for channel, (judge, settings) in enumerate(zip(_JUDGES, self.settings, strict=True)):
            chosen = candidates[candidates["channel"] == channel]
            if not len(chosen):
                continue
            evidence = self.evidence(chosen, end)
            findings += crowds(_KINDS[channel], channel, evidence, settings)
            for i, finding in judge(evidence, settings):
                findings.append(finding)
                row, key, since = (int(chosen[i][name]) for name in ("row", "key", "since"))
                if not again:
                    before = self._looks.get((key, channel))
                    # At least a tick later, however long ticks are: or it would be looked at for ever.
                    wait = max(settings.settle_ms // self.tick_ms, 1)
                    first = min(since, before.since) if before else since
                    self._looks[key, channel] = Look(end // self.tick_ms + wait, row, first, wait)
                looks.hold(self.state(), row, channel, (end + settings.hold_ms) // 60_000)
        return findings

    def _look_again(self, state: layout.State, due: int) -> list[Finding]:
        """Looks once more at contents of findings that have grown since, so that none is left half told.

        Ever later, for a day: what is bought may come slowly, too.
        """
        keys = sorted(key for key, look in self._looks.items() if look.due == due)
        candidates = np.zeros(len(keys), layout.CANDIDATE)
        end, n = (due + 1) * self.tick_ms, 0
        for key in keys:
            _, row, since, wait = self._looks.pop(key)
            if end - since < looks.DAY_MS:
                self._looks[key] = Look(due + 2 * wait, row, since, 2 * wait)
            n += looks.look_again(state, row, np.uint64(key[0]), key[1], since, end, candidates[n])
        return self._judge(candidates[:n], end, again=True)

    def evidence(self, candidates: np.ndarray, end: int) -> Evidence:
        """The columns that a suspicion is handed."""
        return Evidence(end, candidates, self.state(), self.names)

    def state(self) -> layout.State:
        """The arrays, for the kernels."""
        contents, authors, habits = self._pools()
        return layout.State(
            contents.table.rows, contents.table.dirty, contents.index.slots, contents.counters,
            authors.table.rows, authors.table.dirty, authors.index.slots, authors.counters,
            habits.table.rows, habits.table.dirty, habits.index.slots, habits.counters, self._no_habits,
            self._everybody.rows, self._everybody.dirty,
            self._activity.rows, self._activity.dirty, self._levels,
            self._log.rows, self._log.dirty, self._trail,
            self.names.table.rows, self.names.table.dirty, self.names.position,
            self._moments.rows, self._moments.dirty, self._lag.rows, self._lag.dirty,
            self._counters, self._tally, self._found,
        )  # fmt: skip

    def tables(self) -> Sequence[Table]:
        for pool in self._pools():
            pool.sync()
        self.names.table.used = min(int(self.names.position[0]), len(self.names.table.rows))
        return (
            *(pool.table for pool in self._pools()), self._everybody, self._activity, self._log,
            self.names.table, self._moments, self._lag,
        )  # fmt: skip

    def _pools(self) -> tuple[Pool, Pool, Pool]:
        return self._contents, self._authors, self._habits

    def blobs(self) -> Sequence[Blobs]:
        return ()

    def scalars(self) -> dict[str, Any]:
        return {
            "counters": self._counters.tolist(),
            "names": int(self.names.position[0]),
            "hands": [int(pool.counters[1]) for pool in self._pools()],
            "looks": [[*key, *look] for key, look in self._looks.items()],
        }

    def restore(self, scalars: dict[str, Any]) -> None:
        self._counters[:] = scalars["counters"]
        self._counters[layout.LEVELS_OF] = 0
        self.names.position[0] = scalars["names"]
        for pool, hand in zip(self._pools(), scalars["hands"], strict=True):
            pool.counters[1] = hand
        self._looks = {(key, channel): Look(*look) for key, channel, *look in scalars["looks"]}

    def rebuild(self) -> None:
        for pool in self._pools():
            pool.rebuild()
        retrace(self._log.rows, self._trail)

    @property
    def warming_up(self) -> bool:
        """Whether what is usual is still taken more from the prior than from the stream."""
        return bool(self._moments.rows[0, 0] < PRIOR_WEIGHT)

    @property
    def nbytes(self) -> int:
        """Bytes of state in use."""
        return sum(table.nbytes for table in self.tables()) + sum(pool.index.nbytes for pool in self._pools())


def warm() -> None:
    """Compiles the kernels that only a finding calls."""
    stage = Engagement(60_000, contents=2, authors=2, habits=2, log=2)
    candidate = np.zeros(1, layout.CANDIDATE)[0]
    looks.hold(stage.state(), 0, 0, 0)
    looks.look_again(stage.state(), 0, np.uint64(1), 0, 0, 0, candidate)
    stage.evidence(np.zeros(1, layout.CANDIDATE), 0).crowd(0)
