"""A tenth of the same tweets as posts with a topic, by people at random: no flag may come of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from random import Random

from detector.engine.engine import Engine, Settings
from detector.events.decode import Decoder
from tests.bench.real.data import FOLDER
from tests.bench.report import Row
from tests.contract.examples import words

SHARE, PEOPLE, BATCH = 0.1, 40_000, 10_000
_MINUTES = 5


def events() -> Iterator[bytes]:
    """Posts in order of time."""
    random = Random(1)
    made = []
    for path in sorted((FOLDER / "nab" / "data" / "realTweets").glob("*.csv")):
        company = path.stem.removeprefix("Twitter_volume_")
        with path.open() as file:
            for moment, count in list(csv.reader(file))[1:]:
                ts = int(datetime.fromisoformat(f"{moment}+00:00").timestamp() * 1000)
                some = float(count) * SHARE
                for _ in range(int(some) + (random.random() < some % 1)):
                    made.append((ts + random.randrange(60_000 * _MINUTES), random.randrange(PEOPLE), company))
    for number, (ts, person, company) in enumerate(sorted(made)):
        text = f"{words(random, 6, 18)} ${company}"
        yield json.dumps(
            {
                "id": f"n{number}", "ts": ts, "type": "post", "actor": f"t{person}", "content": f"c{number}",
                "text": text, "topic": company, "device": f"d{person}", "ip": f"i{person % 29_989}",
            }
        ).encode()  # fmt: skip


def rows() -> list[Row]:
    engine, decoder = Engine(Settings()), Decoder()
    lines = list(events())
    flags = []
    for at in range(0, len(lines), BATCH):
        flags += engine.push(decoder.decode(lines[at : at + BATCH]).batch)
    flags += engine.finish()
    return [
        Row(
            "flags on NAB realTweets, as posts with a topic",
            "",
            *(0, 0, "flags", float(len(flags))),
            f"{len(lines):,} posts, a tenth of the tweets, by {PEOPLE:,} people at random",
            small=True,
        )
    ]
