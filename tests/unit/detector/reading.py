"""A small platform on which people read: clicks, what comes of them, exposures; and what is bought."""

from __future__ import annotations

import random

from tests.unit.detector.made import DAY, Made, bought, known

DAYS, AUTHORS, PEOPLE = 8, 20, 2000


def people_read(made: Made, *, days: int = DAYS, seed: int = 1, shown: bool = True) -> None:
    """Every author publishes once a day; some dozens read it, of whom some share, talk or follow."""
    chance = random.Random(seed)
    for person in range(PEOPLE):
        made.add("account", 0.0, action="login", **known(f"u{person}"))
    for day in range(days):
        for author in range(AUTHORS):
            content, at = f"p{author}-{day}", day * DAY + 300 + chance.uniform(0, 400)
            read(made, content, f"a{author}", at, chance.randrange(18, 40), chance, shown=shown)


def read(
    made: Made,
    content: str,
    author: str,
    at: float,
    readers: int,
    chance: random.Random,
    *,
    hours: float = 6.0,
    shown: bool = True,
    zeal: float = 1.0,
) -> None:
    """Honest readers of a content: they come, thin out, react.

    Args:
        zeal: factor on how often they share, talk and follow.
    """
    moments = sorted(at + min(chance.expovariate(2.5 / hours) * 60, hours * 60) for _ in range(readers))
    for n, moment in enumerate(moments):
        click_and_react(made, content, author, moment, known(f"u{chance.randrange(PEOPLE)}"), chance, zeal)
        if shown and n % 10 == 9:
            count = chance.randrange(70, 160)
            made.add("exposure", moment + 0.5, content=content, author=author, count=count)


def click_and_react(
    made: Made,
    content: str,
    author: str,
    moment: float,
    who: dict[str, object],
    chance: random.Random,
    zeal: float = 1.0,
) -> None:
    """One reader, and what comes of it."""
    on: dict[str, object] = {"content": content, "author": author, **who}
    made.add("click", moment, dwell_ms=int(chance.lognormvariate(9.5, 1)), **on)
    if chance.random() < 0.12 * zeal:
        made.add("repost", moment + chance.uniform(0.2, 3), **on)
    if chance.random() < 0.1 * zeal:
        made.add("comment", moment + chance.uniform(0.5, 4), text=f"I say {chance.random()}", **on)
    if chance.random() < 0.04 * zeal:
        made.follow(moment + chance.uniform(0.2, 3), target=author, **who)


def hired(n: int, name: str = "h") -> list[dict[str, object]]:
    """Accounts with a history, from homes and devices of their own."""
    return [known(f"{name}{k}") for k in range(n)]


def have_lived(made: Made, crew: list[dict[str, object]], *, seed: int = 7) -> None:
    """Some life of their own in the days before, as any account has."""
    chance = random.Random(seed)
    for who in crew:
        for _ in range(8):
            author, day = chance.randrange(14, AUTHORS), chance.randrange(5)
            moment = day * DAY + 720 + chance.uniform(0, 500)
            click_and_react(made, f"p{author}-{day}", f"a{author}", moment, who, chance)


def farm(made: Made, content: str, author: str, at: float, *, accounts: int = 25, clicks: int = 200) -> None:
    """Few devices, many clicks."""
    for n in range(clicks):
        who = known(f"f{n % accounts}") | {"device": f"phone{n % 4}", "ip": f"line{n % 2}"}
        made.add("click", at + n, content=content, author=author, dwell_ms=9000 + n, **who)


def distributed(made: Made, content: str, author: str, at: float, crew: list[dict[str, object]]) -> None:
    """Every account once, from a device of its own, reading as long as people do; nothing follows."""
    chance = random.Random(11)
    for who in crew:
        made.add(
            "click", at + chance.uniform(0, 240), content=content, author=author,
            dwell_ms=int(chance.lognormvariate(9.5, 1)), **who
        )  # fmt: skip


def flood(made: Made, kind: str, content: str, author: str, at: float, crew: list[dict[str, object]]) -> None:
    """Reposts or comments by accounts most of which have not read the content."""
    chance = random.Random(12)
    for n, who in enumerate(crew):
        moment = at + chance.uniform(0, 50)
        if n % 4 == 0:
            made.add("click", moment - 1, content=content, author=author, dwell_ms=3000, **who)
        more = {"text": f"so good {chance.random()}"} if kind == "comment" else {}
        made.add(kind, moment, content=content, author=author, **more, **who)


def sold(made: Made, day: int = 7) -> None:
    """Ordinary reading, and on one day clicks, reposts and comments that are bought for three authors."""
    people_read(made)
    crew, new = [bought(f"m-{k}") for k in range(90)], [bought(f"n-{k}") for k in range(90)]
    farm(made, f"p3-{day}", "a3", day * DAY + 500)
    flood(made, "repost", f"p8-{day}", "a8", day * DAY + 520, new)
    flood(made, "comment", f"p13-{day}", "a13", day * DAY + 520, crew)
