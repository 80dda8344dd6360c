"""Nobody is helped or harmed by a flood of junk that is aimed at somebody else."""

from __future__ import annotations

import random

import msgspec
import pytest

from detector.engine.engine import Engine, Settings
from tests.unit.detector import made as m

SETTINGS = Settings(shards=2, recent_ids=1 << 16, follows_logged=1 << 16)
FLOOD = 20_000


def flagged(made: m.Made) -> set[tuple[str, str]]:
    """(kind, subject) of all flags; of groups only the kind, as their ids are of their members."""
    engine = Engine(SETTINGS)
    out = set()
    for _, line in engine.push(made.batch()) + engine.finish():
        flag = msgspec.json.decode(line)
        subject = flag["subject"]
        out.add((flag["kind"], "" if subject["type"] == "group" else subject["id"]))
    return out


def flood(made: m.Made, kind: str) -> None:
    """Junk on one account within some hours of the day before the campaigns."""
    chance = random.Random(5)
    for n in range(FLOOD):
        at, actor = 5 * m.DAY + chance.uniform(0, 600), f"junk{chance.randrange(400)}"
        who = {"ip": f"j{n % 90}", "device": f"jd{n % 50}"}
        if kind == "subscription":
            made.follow(at, actor, "victim", chance.choice(("subscribe", "unsubscribe")), **who)
        elif kind == "click":
            made.click(at, actor, "victim", **who)
        else:
            content = f"victim-{chance.randrange(5)}"
            made.add(kind, at, actor=actor, content=content, author="victim", text=f"junk {n % 20}", **who)


@pytest.mark.parametrize("kind", ["subscription", "click", "repost", "comment"])
def test_a_flood_aimed_at_one_account_costs_the_others_nothing(kind: str) -> None:
    quiet = flagged(m.world())
    made = m.world()
    flood(made, kind)
    about_others = {one for one in flagged(made) if "victim" not in one[1]}
    assert len(quiet) >= 3
    assert quiet <= about_others
    accused = {subject for _, subject in about_others - quiet}
    assert accused <= {""}, "nobody else is accused because of it"
