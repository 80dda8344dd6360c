"""Events to try things on: one of each type, and hypothesis strategies for all that is allowed."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from detector.events.schema import YEAR_2000, YEAR_2100

TS = 1_767_225_600_000

SAMPLES: dict[str, dict[str, Any]] = {
    "subscription": {"id": "e1", "ts": TS, "actor": "u1", "target": "c1", "action": "subscribe"},
    "click": {"id": "e2", "ts": TS, "actor": "u1", "content": "p1", "author": "c1", "dwell_ms": 5},
    "repost": {"id": "e3", "ts": TS, "actor": "u1", "content": "p1", "author": "c1"},
    "comment": {"id": "e4", "ts": TS, "actor": "u1", "content": "p1", "author": "c1", "text": "well said"},
    "post": {"id": "e5", "ts": TS, "actor": "c1", "content": "p1", "text": "news", "links": ["x.y/1"]},
    "account": {"id": "e6", "ts": TS, "actor": "c1", "action": "register", "entity": "h1", "name": "N"},
    "exposure": {"id": "e7", "ts": TS, "content": "p1", "author": "c1", "count": 7},
}


def sample(kind: str, **changes: Any) -> dict[str, Any]:
    """A valid event; a field that is changed to `...` is left out."""
    event = {"type": kind, **SAMPLES[kind], **changes}
    return {name: value for name, value in event.items() if value is not ...}


def raw(kind: str, **changes: Any) -> bytes:
    return msgspec.json.encode(sample(kind, **changes))


_characters = st.characters(codec="utf-8", exclude_characters="\0")


def _string(least: int, most: int) -> st.SearchStrategy[str]:
    short = st.text(_characters, min_size=least, max_size=min(most, 20))
    long = st.integers(least, most).map(lambda n: ("é€x" * n)[:n])
    return short | long


def _event(
    kind: str, required: dict[str, Any], optional: dict[str, Any]
) -> st.SearchStrategy[dict[str, Any]]:
    common = {
        "ip": st.none() | _string(0, 100),
        "device": st.none() | _string(0, 100),
        "source": st.none() | st.sampled_from(["feed", "qr", "other", "elsewhere", ""]),
        "actor_created": st.none() | st.integers(0, YEAR_2100 - 1),
        "unknown": st.none() | st.integers() | st.lists(st.text(_characters, max_size=3), max_size=3),
    }
    always = {
        "type": st.just(kind),
        "id": _string(1, 128),
        "ts": st.integers(YEAR_2000, YEAR_2100 - 1),
        **required,
    }
    return st.fixed_dictionaries(
        always, optional={k: v for k, v in (common | optional).items() if k not in always}
    )


_account = _string(1, 256)
_content = _string(1, 400)
_items = st.none() | st.lists(_string(0, 60), max_size=32)
_text = st.text(st.characters(codec="utf-8"), max_size=200)
_lists = {"links": _items, "media": _items}

events: st.SearchStrategy[dict[str, Any]] = st.one_of(
    _event(
        "subscription",
        {"actor": _account, "target": _content, "action": st.sampled_from(["subscribe", "unsubscribe"])},
        {},
    ),
    _event(
        "click",
        {"content": _content, "author": _content, "device": _string(1, 30)},
        {"actor": st.none() | _account, "dwell_ms": st.none() | st.integers(0, 2**63 - 1)},
    ),
    _event(
        "repost",
        {"actor": _account, "content": _content, "author": _content},
        {"text": st.none() | _text, **_lists},
    ),
    _event(
        "comment",
        {"actor": _account, "content": _content, "author": _content, "text": _text.filter(bool)},
        _lists,
    ),
    _event(
        "post",
        {"actor": _account, "content": _content, "text": _text.filter(bool)},
        {
            "original": st.none() | st.booleans(),
            "credit": st.none() | _string(0, 300),
            "topic": st.none() | _string(0, 300),
            **_lists,
        },
    ),
    _event(
        "account",
        {"actor": _account, "action": st.sampled_from(["register", "login", "rename", "transfer", "close"])},
        {"entity": st.none() | _string(0, 300), "name": st.none() | _string(0, 300)},
    ),
    _event(
        "exposure",
        {"content": _content, "author": _content, "count": st.integers(1, 2**63 - 1)},
        {"actor": st.none() | _account},
    ),
)
