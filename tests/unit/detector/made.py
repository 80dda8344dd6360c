"""Small streams made by hand: ordinary days, and what the suspicions are after."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np

from detector.engine.rows import Batch
from detector.events.decode import Decoder

START = 1_767_225_600_000  # a midnight
DAY = 1440


class Made:
    """Events by minute; the ids are numbered."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def add(self, kind: str, minute: float, **fields: object) -> None:
        ts = START + int(minute * 60_000)
        self.events.append({"id": f"e{len(self.events)}", "ts": ts, "type": kind, **fields})

    def follow(
        self, minute: float, actor: str, target: str, action: str = "subscribe", **fields: object
    ) -> None:
        self.add("subscription", minute, actor=actor, target=target, action=action, **fields)

    def click(self, minute: float, actor: str, author: str, **fields: object) -> None:
        self.add("click", minute, actor=actor, content=f"p-{author}", author=author, **fields)

    def records(self) -> list[bytes]:
        return [json.dumps(event).encode() for event in self.events]

    def batch(self) -> Batch:
        """The events as rows, sorted by (ts, id hash)."""
        decoded = Decoder().decode(self.records())
        assert not decoded.invalid, decoded.invalid
        rows = decoded.batch.rows
        return decoded.batch.take(np.lexsort((rows["id"], rows["ts"])))


def known(person: str) -> dict[str, object]:
    """Address, device and age of somebody who has been there for long."""
    return {"actor": person, "ip": f"ip-{person}", "device": f"d-{person}", "actor_created": START - 10**11}


def ordinary(
    made: Made, days: int = 8, subjects: int = 12, people: int = 80, a_day: int = 7, seed: int = 1
) -> None:
    """People who have been there for long click what an account shows and follow it some minutes later."""
    chance = random.Random(seed)
    for person in range(people):
        made.add("account", 0.0, action="login", **known(f"u{person}"))
    for day in range(days):
        for subject in range(subjects):
            for _ in range(a_day):
                who, at = known(f"u{chance.randrange(people)}"), day * DAY + chance.uniform(10, DAY - 60)
                made.click(at, author=f"s{subject}", dwell_ms=4000, **who)
                made.follow(at + chance.uniform(1, 30), target=f"s{subject}", **who)
            who, at = known(f"u{chance.randrange(people)}"), day * DAY + chance.uniform(10, DAY - 60)
            made.add("repost", at, content=f"c{subject}-{day}", author=f"s{subject}", **who)
            text = " ".join(chance.choice("abcdefghijklmnop") * chance.randint(2, 7) for _ in range(12))
            made.add("comment", at + 5, content=f"c{subject}-{day}", author=f"s{subject}", text=text, **who)
            made.add("post", at + 9, content=f"n{subject}-{day}", text=text[::-1], **who)


def bought(person: str) -> dict[str, object]:
    """Somebody new with one of a few devices."""
    number = int(person.rsplit("-", 1)[1])
    where = {"ip": f"farm{number % 7}", "device": f"phone{number % 9}"}
    return {"actor": person, "actor_created": START - 10**8, **where}


def buy(made: Made, target: str, minute: float, n: int = 60, name: str = "b", other: str = "") -> None:
    """A burst of bought followers, a few seconds apart; they follow `other` as well."""
    for k in range(n):
        made.follow(minute + k / 4, target=target, **bought(f"{name}-{k}"))
        if other:
            made.follow(minute + k / 4 + 1, target=other, **bought(f"{name}-{k}"))


def withdraw(made: Made, target: str, minute: float, n: int = 60, name: str = "b") -> None:
    """Bought followers leave together."""
    for k in range(n):
        made.follow(minute + k / 4, target=target, action="unsubscribe", **bought(f"{name}-{k}"))


def ring(made: Made, minute: float, n: int = 12, contents: int = 8, name: str = "r") -> None:
    """Accounts with two devices repost the same contents within minutes, time and again."""
    for content in range(contents):
        for k in range(n):
            who = {**bought(f"{name}-{k}"), "device": f"tablet{k % 2}"}
            made.add(
                "repost", minute + 90 * content + k / 2, content=f"x{content}", author=f"a{content}", **who
            )


def copies(made: Made, minute: float, n: int = 40, name: str = "t") -> None:
    """One text with small changes, posted by many new accounts."""
    text = (
        "This remedy changed my life within a week and my neighbours will not believe it, order here today "
    )
    for k in range(n):
        made.add("post", minute + k / 5, content=f"m-{name}-{k}", text=text + "!" * (k % 4) + str(k % 3),
                 links=["https://example.org/remedy"], **bought(f"{name}-{k}"))  # fmt: skip


def talk(made: Made, days: int = 8, topics: int = 6, people: int = 80, seed: int = 2) -> None:
    """People write on topics, and others repost and comment it."""
    chance = random.Random(seed)
    for day in range(days):
        for topic in range(topics):
            for k in range(4):
                at, content = day * DAY + chance.uniform(10, DAY - 200), f"k{topic}-{day}-{k}"
                author = known(f"u{chance.randrange(people)}")
                text = f"{chance.random()} {chance.random()}"
                made.add("post", at, content=content, text=text, topic=f"t{topic}", **author)
                for _ in range(chance.randrange(5)):
                    who = known(f"u{chance.randrange(people)}")
                    later = at + chance.uniform(1, 100)
                    made.add("repost", later, content=content, author=author["actor"], **who)


def push(
    made: Made, minute: float, n: int = 24, topic: str = "t-pushed", name: str = "h", hours: float = 3.0
) -> None:
    """A closed circle posts on a topic and reposts one another."""
    for k in range(n):
        at = minute + 60 * hours * k / n
        made.add("post", at, content=f"{name}{k}", text=f"{k * 7919} {k * 104729} {name}", topic=topic,
                 **bought(f"{name}-{k}"))  # fmt: skip
        for step in (1, 3, 7):
            made.add("repost", at + 4 * step, content=f"{name}{k}", author=f"{name}-{k}",
                     **bought(f"{name}-{(k + step) % n}"))  # fmt: skip


def owners(made: Made) -> None:
    """People with names and owners, others who register and look round; then what is done to accounts."""
    for person in range(1000):
        name = f"Person {chr(0x4E00 + person)}"
        made.add(
            "account", 3 + person / 2, action="login", actor=f"v{person}", entity=f"e{person}", name=name
        )
    for n in range(120):
        at, who = 60 * n, {"actor": f"n{n}", "device": f"nd{n}", "ip": f"ni{n % 90}"}
        made.add("account", at, action="register", entity=f"ne{n}", **who)
        made.click(at + 4, author=f"s{n % 12}", **who)
    star = {"actor": "star", "name": "Evening Star Weekly"}
    for n in range(10):
        made.add("account", 700 * n, action="login", entity="e-star", device="sd", ip=f"si{n % 2}", **star)
    for n in range(8):
        made.add(
            "account",
            5 * DAY + 500 * n,
            action="login",
            entity="buyer",
            device="bd",
            ip=f"far{n % 3}",
            **star,
        )
    for n in range(18):
        who = {"actor": f"shop{n}", "device": f"pd{n}", "ip": f"pi{n}"}
        made.add("account", 4 * DAY + 200 * n, action="register", entity="firm", **who)
        made.click(4 * DAY + 200 * n + 5, author=f"s{n % 12}", **who)
    for n in range(30):
        who = {"actor": f"stock{n}", "device": f"farm{n % 2}", "name": f"Best offers {n}7"}
        made.add("account", 6 * DAY + 500 + 3 * n, action="register", entity=f"straw{n}", ip=f"li{n}", **who)
    made.add("account", 2 * DAY, action="close", actor="v77", entity="e77", name="Person \u4e4d")
    made.add(
        "account", 3 * DAY, action="register", actor="thief", entity="e-thief", name="Pers\u043en \u4e4d"
    )


def world() -> Made:
    """Eight ordinary days with one campaign of each kind in them."""
    made = Made()
    ordinary(made)
    buy(made, "s3", 5 * DAY + 600, other="s4")
    withdraw(made, "s3", 7 * DAY + 300)
    ring(made, 6 * DAY + 200)
    copies(made, 6 * DAY + 900)
    talk(made)
    push(made, 6 * DAY + 400)
    owners(made)
    return made
