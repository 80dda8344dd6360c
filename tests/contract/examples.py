"""The examples of rule packs: lists of series, written out as events.

A series is one event many times:

    - repeat: 40                    # times, 1 by default
      start: 3d 10:00               # of the first, after the example's beginning; 00:00 by default
      every: 2m                     # pause between two, each moved by a part of it; 0s by default
      event: {type: subscription, action: subscribe, actor: "new{n}", target: shop, device: "d{n%7}"}

In every text `{n}` is the number of the event within the series (from 0), `{n%7}` and `{n/7}` what is left of
it and how often 7 goes into it, `{n~7}` one of 0 .. 6, as if by chance. `created: 30d` says that the actor
was registered so long before the event. A moment like "00:30" stands in quotation marks: YAML takes it for a
number.

`{background: {days: 4, people: 300}}` is ordinary life: people who read, share, comment on and follow some
authors each, by day and by night.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any
from zlib import crc32

START = 1_767_225_600_000
Series = dict[str, Any]
_UNITS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_NUMBER = re.compile(r"\{n(?:([%/~])(\d+))?\}")


def milliseconds(text: str) -> int:
    """A length of time or a moment.

    >>> milliseconds("3d 10:30"), milliseconds("90s"), milliseconds("1h")
    (297000000, 90000, 3600000)
    """
    total = 0
    for part in text.split():
        if ":" in part:
            hours, minutes = part.split(":")
            total += int(hours) * _UNITS["h"] + int(minutes) * _UNITS["m"]
        else:
            total += int(float(part[:-1]) * _UNITS[part[-1]])
    return total


def events(series: Sequence[Series]) -> list[bytes]:
    """All events as JSON, in order of time."""
    made: list[dict[str, Any]] = []
    for number, one in enumerate(series):
        if "background" in one:
            made += _background(number, **one["background"])
        else:
            made += _repeated(number, **one)
    made.sort(key=lambda event: (event["ts"], event["id"]))
    return [json.dumps(event, ensure_ascii=False).encode() for event in made]


def _repeated(
    number: int, event: dict[str, Any], repeat: int = 1, start: str = "00:00", every: str = "0s"
) -> Iterator[dict[str, Any]]:
    first, pause = START + milliseconds(start), milliseconds(every)
    for n in range(repeat):
        ts = first + n * pause + (_chance(number, n) % pause if pause else 0)
        made = {key: _written(value, number, n) for key, value in event.items()}
        made |= {"id": f"s{number}-{n}", "ts": ts}
        if "created" in made:
            made["actor_created"] = ts - milliseconds(made.pop("created"))
        yield made


def _chance(*what: object) -> int:
    return crc32(repr(what).encode())


def _written(value: Any, number: int, n: int) -> Any:
    if isinstance(value, list):
        return [_written(one, number, n) for one in value]
    if not isinstance(value, str):
        return value

    def put(match: re.Match[str]) -> str:
        if match[1] is None:
            return str(n)
        by = int(match[2])
        return str({"%": n % by, "/": n // by, "~": _chance(number, n, match.start()) % by}[match[1]])

    return _NUMBER.sub(put, value)


_SYLLABLES = tuple(re.findall("..", "bakomirutenosavidapelounkaristomefagihulan"))


def words(random: Random, least: int, most: int) -> str:
    """Of a language of its own, large enough that texts do not resemble one another."""
    lengths = [random.randrange(1, 4) for _ in range(random.randrange(least, most))]
    return " ".join("".join(random.choices(_SYLLABLES, k=length)) for length in lengths)


def _background(number: int, days: int, people: int, authors: int = 40) -> Iterator[dict[str, Any]]:
    """Each reads a circle of authors; of what is read some is shared, commented on, and leads to a follow."""
    random = Random(number)
    circles = [random.sample(range(authors), 6) for _ in range(people)]
    ids = iter(range(1 << 30))

    def event(kind: str, ts: int, **fields: object) -> dict[str, Any]:
        return {"id": f"b{number}-{next(ids)}", "ts": ts, "type": kind, **fields}

    def soon(ts: int) -> int:
        return ts + random.randrange(9_000, 90_000)

    for day in range(days):
        begin = START + day * _UNITS["d"]
        for author in range(authors):
            for post in range(2):
                ts = begin + (8 + 5 * post) * _UNITS["h"] + random.randrange(_UNITS["h"])
                content, text = f"p{author}-{day}-{post}", words(random, 8, 25)
                yield event("post", ts, actor=f"author{author}", content=content, text=text)
        for person, circle in enumerate(circles):
            who: dict[str, object] = {"actor": f"person{person}", "device": f"dev{person}"}
            who["ip"] = f"ip{person % (people * 2 // 3)}"
            who["actor_created"] = START - (1 + _chance(person) % 900) * _UNITS["d"]
            for _ in range(random.randrange(2, 12)):
                ts = begin + int(random.betavariate(4, 2) * _UNITS["d"])
                author = random.choice(circle)
                on = {"content": f"p{author}-{day}-{random.randrange(2)}", "author": f"author{author}"}
                yield event("click", ts, source="feed", dwell_ms=random.randrange(900, 90_000), **on, **who)
                if random.random() < 0.08:
                    yield event("repost", soon(ts), **on, **who)
                if random.random() < 0.05:
                    yield event("comment", soon(ts), text=words(random, 2, 9), **on, **who)
                if random.random() < 0.06:
                    follow = {"action": "subscribe", "target": f"author{author}", "source": "profile"}
                    yield event("subscription", soon(ts), **follow, **who)
