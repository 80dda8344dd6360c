"""Copies hidden among real posts: found as well edited as unedited? `python -m tests.bench.bench_real_posts`.

Wants a folder of text files, one file a language, one real post a line, in the variable REAL_POSTS; skips
without it. Each post is published by one of many accounts at some moment of a week; now and then five other
accounts publish one and the same of them within an hour, each with so many of its characters changed: another
letter of the same file in its place, one left out, or one added. Nothing but the texts gives them away.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from detector.engine.engine import Engine, Settings
from detector.events.decode import Decoder

FOLDER = "REAL_POSTS"
START = 1_767_225_600_000
WEEK, HOUR = 7 * 86_400_000, 3_600_000
ACCOUNTS, LEAST = 5, 30
GROUPS = 60
SHARES = (0.0, 0.03, 0.06, 0.1, 0.15, 0.2)
BATCH = 5_000


@dataclass(frozen=True)
class Outcome:
    """What became of one run.

    Attributes:
        found: groups of which most posts are named, as a share.
        copies: of the copies, the share that is named.
        ordinary: of the ordinary posts, those that were copied left aside, the share that is named.
    """

    share: float
    found: float
    copies: float
    ordinary: float


def read(folder: Path) -> dict[str, list[str]]:
    """The posts by file."""
    return {
        path.stem: [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        for path in sorted(folder.glob("*.txt"))
    }


def edited(draw: random.Random, text: str, share: float, letters: str) -> str:
    """A text with a share of its characters changed, one of them at least unless the share is 0."""
    out = list(text)
    for at in draw.sample(range(len(out)), max(1, round(share * len(out))) if share else 0):
        way = draw.random()
        out[at] = draw.choice(letters) if way < 0.6 else "" if way < 0.8 else out[at] + draw.choice(letters)
    return "".join(out)


def outcome(posts: dict[str, list[str]], share: float, seed: int = 1) -> Outcome:
    """Hides groups of copies among the posts, and looks which posts are named."""
    draw = random.Random(seed)
    every = [(name, text) for name, texts in posts.items() for text in texts]
    draw.shuffle(every)
    letters = {name: "".join(texts[:200]) for name, texts in posts.items()}
    long = [k for k, (_, text) in enumerate(every) if len(text) >= LEAST]
    people = max(100, len(every) // 4)
    events = []

    def publish(content: str, ts: int, actor: int, text: str) -> None:
        event = {"id": f"e-{content}", "ts": ts, "type": "post", "actor": f"u{actor}", "content": content}
        events.append((ts, event | {"text": text, "ip": f"ip{actor % 7919}", "device": f"d{actor}"}))

    for k, (_, text) in enumerate(every):
        publish(f"p{k}", START + int(draw.random() * WEEK), draw.randrange(people), text)
    copied = draw.sample(long, GROUPS)
    for group, k in enumerate(copied):
        # Not in the service's first day, nor when the source itself is near.
        begin = START + int((0.2 + 0.75 * draw.random()) * WEEK)
        name, text = every[k]
        for number, actor in enumerate(draw.sample(range(people), ACCOUNTS)):
            copy = edited(draw, text, share, letters[name])
            publish(f"g{group}-{number}", begin + int(draw.random() * HOUR), actor, copy)
    events.sort(key=lambda pair: pair[0])
    lines = [msgspec.json.encode(event) for _, event in events]
    engine, decoder, flags = Engine(Settings()), Decoder(), {}
    for at in range(0, len(lines), BATCH):
        for _, flag in engine.push(decoder.decode(lines[at : at + BATCH], first_offset=at).batch):
            decoded = msgspec.json.decode(flag)
            flags[decoded["id"]] = decoded
    for _, flag in engine.finish():
        decoded = msgspec.json.decode(flag)
        flags[decoded["id"]] = decoded
    named = {content for flag in flags.values() for content in flag["contents"]}
    groups = [sum(f"g{group}-{n}" in named for n in range(ACCOUNTS)) for group in range(GROUPS)]
    return Outcome(
        share,
        found=sum(2 * n > ACCOUNTS for n in groups) / GROUPS,
        copies=sum(groups) / (GROUPS * ACCOUNTS),
        ordinary=sum(content.startswith("p") for content in named - {f"p{k}" for k in copied}) / len(every),
    )


def folder() -> Path | None:
    """Where the posts are, if anywhere."""
    path = Path(os.environ.get(FOLDER, ""))
    return path if os.environ.get(FOLDER) and any(path.glob("*.txt")) else None


@pytest.mark.bench
def test_real_posts() -> None:
    where = folder()
    if where is None:
        pytest.skip(f"no real posts: {FOLDER} has to name a folder of text files, one post a line")
    posts = read(where)
    plain = outcome(posts, 0.0)
    assert plain.ordinary <= 4e-4
    for share in (0.06, 0.1):
        small = outcome(posts, share)
        assert small.copies >= 0.9 * plain.copies
        assert small.ordinary <= 4e-4


def main() -> None:
    where = folder()
    if where is None:
        print(f"skipped: {FOLDER} has to name a folder of text files, one post a line")
        return
    posts = read(where)
    print(f"{sum(map(len, posts.values())):,} posts in {len(posts)} files; {GROUPS} groups of {ACCOUNTS}")
    print("changed   groups found   copies named   ordinary posts named")
    for share in SHARES:
        got = outcome(posts, share)
        print(f"{share:7.0%} {got.found:14.3f} {got.copies:14.3f} {got.ordinary:22.5%}")


if __name__ == "__main__":
    main()
