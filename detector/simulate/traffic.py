"""Rows of traffic: columns that grow piece by piece, before they are written as events."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = ("subscription", "click", "repost", "comment", "post", "account", "exposure")
SUBSCRIPTION, CLICK, REPOST, COMMENT, POST, ACCOUNT, EXPOSURE = range(7)

SOURCES = ("feed", "recommend", "search", "profile", "share", "card", "qr", "autofollow")
FEED, RECOMMEND, SEARCH, PROFILE, SHARE, CARD, QR, AUTOFOLLOW = range(8)

ACTIONS = ("subscribe", "unsubscribe", "register", "login", "rename", "transfer", "close")
SUBSCRIBE, UNSUBSCRIBE, REGISTER, LOGIN, RENAME, TRANSFER, CLOSE = range(7)

PLAIN = -1

# Column -> dtype; a column not given holds -1 (absent).
COLUMNS: dict[str, type] = {
    "ts": np.int64,
    "type": np.int8,
    "actor": np.int32,
    "content": np.int32,
    "target": np.int32,
    "action": np.int8,
    "text": np.int32,
    "ip": np.int32,
    "device": np.int32,
    "source": np.int8,
    "dwell": np.int32,
    "count": np.int32,
    "extra": np.int32,
    "label": np.int32,
}

Rows = dict[str, NDArray[Any]]
Ints = NDArray[np.integer]


def rows(size: int, **columns: Any) -> Rows:
    """A piece of `size` rows; scalars are spread, absent columns hold -1."""
    out: Rows = {}
    for name, dtype in COLUMNS.items():
        value = columns.pop(name, -1)
        out[name] = np.ascontiguousarray(np.broadcast_to(np.asarray(value), (size,)).astype(dtype))
    if columns:
        raise KeyError(f"no such column: {sorted(columns)}")
    return out


def take(piece: Rows, which: NDArray[Any]) -> Rows:
    """The rows that an index or a mask chooses."""
    return {name: column[which] for name, column in piece.items()}


def length(piece: Rows) -> int:
    """Number of rows."""
    return len(piece["ts"])


def concat(pieces: list[Rows]) -> Rows:
    """Pieces one after another."""
    if not pieces:
        return rows(0)
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in COLUMNS}


class Traffic:
    """All pieces of a world so far."""

    def __init__(self) -> None:
        self._pieces: list[Rows] = []
        self.total = 0

    def add(self, piece: Rows) -> None:
        """Take a piece in."""
        self._pieces.append(piece)
        self.total += length(piece)

    def mark(self) -> int:
        """A place to go back to; valid until the next `all`."""
        return len(self._pieces)

    def since(self, mark: int) -> list[Rows]:
        """The pieces taken in since a mark."""
        return self._pieces[mark:]

    def fake_since(self, mark: int) -> int:
        """Rows of campaigns since a mark."""
        return sum(int((piece["label"] >= 0).sum()) for piece in self.since(mark))

    def rewind(self, mark: int) -> None:
        """Forget all rows since a mark."""
        self.total -= sum(length(piece) for piece in self._pieces[mark:])
        del self._pieces[mark:]

    def all(self) -> Rows:
        """Everything, in no order; joins the pieces."""
        self._pieces = [concat(self._pieces)]
        return self._pieces[0]

    def replace(self, piece: Rows) -> None:
        """Put `piece` in place of everything."""
        self._pieces = [piece]
        self.total = length(piece)
