"""Records that are no events, of many kinds, made from good ones; and good ones in unusual clothes.

As a script, ``python -m tests.e2e.malformed EVENTS OUT N`` writes EVENTS with N such lines among them to OUT.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

Event = dict[str, Any]
Headers = tuple[tuple[str, bytes], ...]
REQUIRED = {
    "subscription": "target",
    "click": "content",
    "repost": "author",
    "comment": "text",
    "post": "content",
    "account": "action",
    "exposure": "count",
}


def _line(event: Event, **changes: Any) -> bytes:
    """The event as JSON; a field that is changed to `...` is left out."""
    changed = {name: value for name, value in {**event, **changes}.items() if value is not ...}
    return json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode()


def _with(event: Event, tail: bytes) -> bytes:
    """The event with more members."""
    return _line(event)[:-1] + b"," + tail + b"}"


def _swap(event: Event, new: bytes) -> bytes:
    """The event with other bytes in the place of its id."""
    return _line(event, id="@@").replace(b"@@", new)


def _click(event: Event, **changes: Any) -> bytes:
    return _line(
        {"id": event["id"], "ts": event["ts"], "type": "click", "content": "p", "author": "c"}, **changes
    )


def _post(event: Event, **changes: Any) -> bytes:
    post = {"id": event["id"], "ts": event["ts"], "type": "post", "actor": "u", "content": "p", "text": "t"}
    return _line(post, **changes)


def _exposure(event: Event, **changes: Any) -> bytes:
    one = {
        "id": event["id"],
        "ts": event["ts"],
        "type": "exposure",
        "content": "p",
        "author": "c",
        "count": 1,
    }
    return _line(one, **changes)


def _account(event: Event, action: str) -> bytes:
    return _line({"id": event["id"], "ts": event["ts"], "type": "account", "actor": "u", "action": action})


def _envelope(event: Event, **changes: Any) -> bytes:
    return _line({"specversion": "1.0", "id": event["id"], "type": event["type"], "data": event}, **changes)


def _foreign(event: Event) -> bytes:
    return _account(event, "login") if event["type"] != "account" else _click(event, actor="u")


@dataclass(frozen=True)
class Kind:
    """A way to break an event.

    Attributes:
        name: of the kind.
        reason: the code that it earns.
        make: breaks an event.
        of: type of what it makes, None: that of the event; on Kafka it must go to the topic of that type.
    """

    name: str
    reason: str
    make: Callable[[Event], bytes]
    of: str | None = None


KINDS: tuple[Kind, ...] = (
    Kind("plain words", "not_json", lambda e: b"GET /index.html HTTP/1.1"),
    Kind("cut short", "not_json", lambda e: _line(e)[: -len(_line(e)) // 3].decode(errors="ignore").encode()),
    Kind("something behind", "not_json", lambda e: _line(e) + b" }"),
    Kind("two in one", "not_json", lambda e: _line(e) * 2),
    Kind("single quotes", "not_json", lambda e: _line(e).replace(b'"', b"'")),
    Kind("not a number", "not_json", lambda e: _with(e, b'"dwell_ms":NaN')),
    Kind("half a surrogate pair", "not_json", lambda e: _swap(e, b"\\ud83d")),
    Kind("surrogates the wrong way round", "not_json", lambda e: _swap(e, b"\\ude00\\ud83d")),
    Kind("a raw NUL", "not_json", lambda e: _swap(e, b"a\0b")),
    Kind("zeros", "not_json", lambda e: bytes(64)),
    Kind("Latin-1", "not_utf8", lambda e: _swap(e, "café".encode("latin-1"))),
    Kind("UTF-16", "not_utf8", lambda e: b"\xff\xfe" + _line(e).decode().encode("utf-16-le")),
    Kind("a surrogate in UTF-8", "not_utf8", lambda e: _swap(e, b"\xed\xa0\x80")),
    Kind("an overlong slash", "not_utf8", lambda e: _swap(e, b"\xc0\xaf")),
    Kind("a byte order mark alone", "empty", lambda e: b"\xef\xbb\xbf"),
    Kind("a list", "not_an_object", lambda e: b"[" + _line(e) + b"]"),
    Kind("a string", "not_an_object", lambda e: json.dumps(_line(e).decode()).encode()),
    Kind("null", "not_an_object", lambda e: b"null"),
    Kind("lists in lists", "too_deep", lambda e: _with(e, b'"x":' + b"[" * 20_000 + b"]" * 20_000)),
    Kind("objects in objects", "too_deep", lambda e: b'{"id":' * 20_000),
    Kind("no such type", "unknown_type", lambda e: _line(e, type="like")),
    Kind("type of another kind", "wrong_type", lambda e: _line(e, type=7)),
    Kind("no id", "missing_field", lambda e: _line(e, id=...)),
    Kind("no time", "missing_field", lambda e: _line(e, ts=...)),
    Kind("no required field", "missing_field", lambda e: _line(e, **{REQUIRED[e["type"]]: ...})),
    Kind("id is a number", "wrong_type", lambda e: _line(e, id=12)),
    Kind("id is null", "wrong_type", lambda e: _line(e, id=None)),
    Kind("id is an object", "wrong_type", lambda e: _line(e, id={"a": 1})),
    Kind("time is a fraction", "wrong_type", lambda e: _line(e, ts=e["ts"] + 0.5)),
    Kind("time is true", "wrong_type", lambda e: _line(e, ts=True)),
    Kind("time in seconds", "time_out_of_range", lambda e: _line(e, ts=e["ts"] // 1000)),
    Kind("time in nanoseconds", "time_out_of_range", lambda e: _line(e, ts=e["ts"] * 1_000_000)),
    Kind("time without end", "time_out_of_range", lambda e: _with(e, b'"ts":' + b"9" * 30)),
    Kind("time far ahead", "time_ahead", lambda e: _line(e, ts=4_090_000_000_000)),
    Kind("time in words", "bad_time", lambda e: _line(e, ts="a while ago")),
    Kind("time without a zone", "bad_time", lambda e: _line(e, ts="2026-01-01T00:00:00")),
    Kind("an empty id", "empty_field", lambda e: _line(e, id="")),
    Kind("a long id", "too_long", lambda e: _line(e, id="x" * 129)),
    Kind("a long actor", "too_long", lambda e: _click(e, actor="ß" * 257), "click"),
    Kind("a long text", "too_long", lambda e: _post(e, text="字" * 22_000), "post"),
    Kind("a huge text", "too_long", lambda e: _post(e, text="x" * 200_000), "post"),
    Kind("an id with a NUL", "nul_character", lambda e: _swap(e, b"a\\u0000b")),
    Kind("a link with a NUL", "nul_character", lambda e: _post(e, links=["a\0b"]), "post"),
    Kind("many links", "too_many", lambda e: _post(e, links=["l"] * 33), "post"),
    Kind("links that are no list", "wrong_type", lambda e: _post(e, links="l"), "post"),
    Kind("nothing said", "no_text", lambda e: _post(e, text=""), "post"),
    Kind("nobody", "no_actor", lambda e: _click(e), "click"),
    Kind("shown to nobody", "out_of_range", lambda e: _exposure(e, count=0), "exposure"),
    Kind("shown too often", "out_of_range", lambda e: _exposure(e, count=1 << 63), "exposure"),
    Kind("no such action", "unknown_action", lambda e: _account(e, "buy"), "account"),
    Kind("another type's action", "unknown_action", lambda e: _account(e, "subscribe"), "account"),
    Kind("envelope 0.3", "bad_envelope", lambda e: _envelope(e, specversion="0.3")),
    Kind("envelope without id", "bad_envelope", lambda e: _envelope(e, id=...)),
    Kind("envelope with words", "bad_envelope", lambda e: _envelope(e, data="words")),
    Kind("envelope of noise", "bad_envelope", lambda e: _envelope(e, data=..., data_base64="%%%")),
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """A record to send, and what must become of it.

    Attributes:
        type: of the topic.
        value: None for a record without one.
        headers: as on Kafka.
        reason: the code that it earns, None when it is an event.
    """

    type: str
    value: bytes | None
    headers: Headers = ()
    reason: str | None = None


def broken(events: Sequence[Event], n: int, random: Random) -> Iterator[Record]:
    """`n` records that are no events, kind after kind."""
    for kind, _ in zip(cycle(KINDS), range(n), strict=False):
        event = random.choice(events)
        value = kind.make(event).replace(b"\n", b" ")
        yield Record(kind.of or event["type"], value, (), kind.reason)


def broken_on_kafka(events: Sequence[Event], n: int, random: Random) -> Iterator[Record]:
    """`n` more, such as can only come from Kafka: without value, of another topic's type, with headers."""
    ways: tuple[Callable[[Event], tuple[bytes | None, Headers, str]], ...] = (
        lambda e: (None, (), "tombstone"),
        lambda e: (b"", (), "empty"),
        lambda e: (b" \n ", (), "empty"),
        lambda e: (_foreign(e), (), "type_mismatch"),
        lambda e: (_line(e), (("ce_specversion", b"1.0"), ("ce_type", b"click")), "bad_envelope"),
        lambda e: (_line(e), (("ce_id", b"\xff"),), "bad_envelope"),
        lambda e: (b"[1]", (("content-type", b"application/cloudevents+json"),), "not_an_object"),
        lambda e: (None, binary(e)[1], "tombstone"),
    )
    for way, _ in zip(cycle(ways), range(n), strict=False):
        event = random.choice(events)
        value, headers, reason = way(event)
        yield Record(event["type"], value, headers, reason)


def binary(event: Event) -> tuple[bytes, Headers]:
    """The event as a CloudEvent in Kafka's binary mode."""
    data = {name: value for name, value in event.items() if name not in ("id", "type")}
    return _line(data), (
        ("ce_specversion", b"1.0"),
        ("ce_id", event["id"].encode()),
        ("ce_source", b"/app"),
        ("ce_type", b"com.example." + event["type"].encode()),
        ("content-type", b"application/json"),
    )


def disguised(event: Event, number: int) -> tuple[bytes, Headers]:
    """The same event in another form, one after another of several; some need headers."""
    data = {name: value for name, value in event.items() if name not in ("id", "type")}
    way = number % 6
    if way == 0:
        return b"\xef\xbb\xbf" + _line(event), ()
    if way == 1:
        return _with(event, b'"unknown":{"a":[1,2,[3]],"b":1e999}').replace(b"1e999", b"1.5"), ()
    if way == 2:
        return _envelope(event, source="/app", data=data), ()
    if way == 3:
        packed = base64.b64encode(_line(data)).decode()
        return _envelope(event, data=..., data_base64=packed, type="com.example." + event["type"]), ()
    if way == 4:
        return json.dumps(event, indent=1).replace("\n", "\r").encode(), ()
    return binary(event)


def mixed(lines: Sequence[bytes], n: int, seed: int) -> list[Record]:
    """Good lines in their order with `n` broken ones between them; a tenth of the good is disguised."""
    random = Random(seed)
    events: list[Event] = [json.loads(line) for line in lines]
    places = sorted(random.randrange(len(lines) + 1) for _ in range(n))
    bad = iter(broken(events, n, random))
    out: list[Record] = []
    at = 0
    for k, (line, event) in enumerate(zip(lines, events, strict=True)):
        while at < n and places[at] <= k:
            out.append(next(bad))
            at += 1
        value, headers = disguised(event, k // 10) if k % 10 == 0 else (line, ())
        if headers:
            value, headers = line, ()
        out.append(Record(event["type"], value, headers))
    out.extend(bad)
    return out


if __name__ == "__main__":
    source, target, count = sys.argv[1:]
    records = mixed(Path(source).read_bytes().splitlines(), int(count), 1)
    Path(target).write_bytes(b"".join((one.value or b"") + b"\n" for one in records))
