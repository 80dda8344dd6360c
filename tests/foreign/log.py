"""The events of a world, column by column, until they are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.foreign.draw import mix, unit
from tests.foreign.people import People
from tests.foreign.plan import Plan

SUBSCRIPTION, CLICK, REPOST, COMMENT, POST, ACCOUNT, EXPOSURE = range(7)
NAMES = ("subscription", "click", "repost", "comment", "post", "account", "exposure")
SUBSCRIBE, UNSUBSCRIBE = 0, 1
REGISTER, LOGIN, RENAME, TRANSFER, CLOSE = range(5)
SOURCES = ("feed", "search", "share", "profile", "recommend", "card", "qr", "push", "autofollow")
FEED, SEARCH, SHARE, PROFILE, RECOMMEND, CARD, QR, PUSH, AUTOFOLLOW = range(9)
# Ordinary roads to each type of event, in the order of SOURCES.
_ROADS = np.array(
    [
        [15, 20, 10, 35, 15, 3, 2, 0, 0],
        [50, 12, 15, 8, 10, 2, 1, 2, 0],
        [60, 5, 15, 15, 5, 0, 0, 0, 0],
        [60, 6, 12, 15, 5, 0, 0, 2, 0],
        [30, 0, 0, 70, 0, 0, 0, 0, 0],
        [40, 20, 10, 10, 0, 5, 10, 5, 0],
        [1, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    dtype=np.float64,
)
_COLUMNS = (
    "ts",
    "kind",
    "actor",
    "obj",
    "action",
    "ip",
    "device",
    "source",
    "dwell",
    "text",
    "extra",
    "fake",
    "base",
)


class Log:
    """Rows in the order they were thought of; their identifiers say nothing about it."""

    def __init__(self, plan: Plan, people: People, rng: np.random.Generator) -> None:
        self.plan, self.people, self.rng = plan, people, rng
        self.rows = 0
        self.texts: list[str] = []
        self.extras: list[dict[str, Any]] = []
        self.authors = np.zeros(1024, dtype=np.int64)
        self.contents = 0
        self.fakes = 0
        self._chunks: list[dict[str, np.ndarray]] = []
        roads = _ROADS * rng.lognormal(0, 0.5, _ROADS.shape)
        self._roads = np.cumsum(roads / roads.sum(1, keepdims=True), axis=1)

    def add(
        self,
        kind: int,
        ts: np.ndarray | int,
        actor: np.ndarray | int,
        obj: np.ndarray | int = -1,
        *,
        action: np.ndarray | int = 0,
        ip: np.ndarray | int | None = None,
        device: np.ndarray | int | None = None,
        source: np.ndarray | int | None = None,
        dwell: np.ndarray | int | None = None,
        text: Sequence[str] | None = None,
        extra: Sequence[dict[str, Any]] | None = None,
        fake: bool = False,
        base: bool = False,
    ) -> np.ndarray:
        """Events of one type; what isn't given is as ordinary as anybody's. Returns their row numbers."""
        ts, actor, obj = np.broadcast_arrays(np.atleast_1d(ts), np.atleast_1d(actor), np.atleast_1d(obj))
        n = len(ts)
        usual_ip, usual_device = self.people.place(actor, ts)
        if dwell is None:
            dwell = self.dwell(actor, obj) if kind == CLICK else -1
        columns: dict[str, Any] = {
            "ts": ts,
            "kind": kind,
            "actor": actor,
            "obj": obj,
            "action": action,
            "ip": usual_ip if ip is None else ip,
            "device": usual_device if device is None else device,
            "source": self.roads(kind, n) if source is None else source,
            "dwell": dwell,
            "text": -1 if text is None else np.arange(len(self.texts), len(self.texts) + n),
            "extra": -1 if extra is None else np.arange(len(self.extras), len(self.extras) + n),
            "fake": fake,
            "base": base,
        }
        if text is not None:
            self.texts.extend(text)
        if extra is not None:
            self.extras.extend(extra)
        self._chunks.append(
            {k: np.broadcast_to(np.asarray(v, dtype=np.int64), n) for k, v in columns.items()}
        )
        rows = np.arange(self.rows, self.rows + n)
        self.rows += n
        self.fakes += n if fake else 0
        return rows

    def publish(self, authors: np.ndarray) -> np.ndarray:
        """Numbers of new contents of these authors."""
        numbers = np.arange(self.contents, self.contents + len(authors))
        self.contents += len(authors)
        while self.contents > len(self.authors):
            self.authors = np.concatenate([self.authors, np.zeros_like(self.authors)])
        self.authors[numbers] = authors
        return numbers

    def roads(self, kind: int, n: int) -> np.ndarray:
        """Ordinary sources of `n` events."""
        return np.minimum(np.searchsorted(self._roads[kind], self.rng.random(n)), len(SOURCES) - 1)

    def dwell(self, actor: np.ndarray, obj: np.ndarray) -> np.ndarray:
        """Reading times, ms: by the reader, by what is read, and chance."""
        reader = np.exp(unit(actor, 31) - 0.5)
        length = np.exp(1.6 * (unit(obj, 32) - 0.5))
        return (self.plan.dwell * reader * length * self.rng.lognormal(0, 0.8, len(actor))).astype(
            np.int64
        ) + 400

    def columns(self) -> dict[str, np.ndarray]:
        """All rows, in the order of their numbers."""
        return {k: np.concatenate([chunk[k] for chunk in self._chunks]) for k in _COLUMNS}

    def event_id(self, row: int) -> str:
        """The identifier of a row."""
        return f"{int(mix(np.array([row]), self.plan.seed * 7 + 41)[0]):016x}"

    def account_id(self, account: int) -> str:
        """The identifier of an account."""
        return f"{int(mix(np.array([account]), self.plan.seed * 7 + 42)[0]):016x}"[: self.plan.id_length]

    def content_id(self, content: int) -> str:
        """The identifier of a content."""
        return f"{int(mix(np.array([content]), self.plan.seed * 7 + 43)[0]):016x}"

    def entity_id(self, owner: int) -> str:
        """The identifier of a person or company."""
        return f"{int(mix(np.array([owner]), self.plan.seed * 7 + 44)[0]):016x}"

    def account_ids(self, accounts: Sequence[int] | np.ndarray) -> list[str]:
        """Of several, sorted."""
        return sorted(self.account_id(int(a)) for a in accounts)
