"""Honest people who say the same."""

from __future__ import annotations

import numpy as np

from tests.foreign import log as ev
from tests.foreign.stage import DAY, HOUR, MINUTE, Stage, jitter


def agencies(s: Stage, n: int) -> None:
    """Dozens of media run an agency's text and say whose it is."""
    media = s.rng.choice(
        s.people.public, min(len(s.people.public) // 2, int(s.rng.integers(20, 60))), replace=False
    )
    agency, media = int(media[0]), media[1:]
    for _ in range(int(s.rng.integers(2, 7))):
        start = s.when(10 * HOUR, 0)
        text = s.writer.long(int(s.people.circle[agency]), 150)
        (first,) = s.post(agency, start, [text], original=True)
        some = s.rng.permutation(media)[: max(12, int(len(media) * s.rng.uniform(0.5, 1)))]
        ts = start + 3 * MINUTE + jitter(s.rng, len(some), 45)
        texts = [text if s.rng.random() < 0.6 else s.writer.edited(text, 0.05) for _ in some]
        contents = s.post(some, ts, texts, credit=s.aid(agency))
        s.attention(contents, ts, 5)
        s.innocent(
            "agency_text",
            start,
            start + DAY,
            subjects=[s.aid(m) for m in some],
            who=[agency, *some],
            contents=s.cids([first, *contents]),
        )


def fans(s: Stage, n: int) -> None:
    """A club passes its idol on within minutes, every time; its members live here otherwise, too."""
    idol = s.author(2, 60)
    circle = int(s.people.circle[idol])
    start = s.plan.start + 12 * HOUR
    who = s.people.crowd(int(s.rng.integers(20, 61)), start, circle, 60, np.array([idol]))
    contents, ts = s.life.shelf.of(idol, start, s.plan.end - 2 * HOUR)
    if len(contents) < 8:
        ts = np.sort(s.rng.uniform(start, s.plan.end - 3 * HOUR, 12)).astype(np.int64)
        contents = s.post(idol, ts, [s.writer.post(circle) for _ in ts])
    keep = np.sort(s.rng.permutation(len(contents))[:25])
    for content, moment in zip(contents[keep], ts[keep], strict=True):
        here = who[s.rng.random(len(who)) < 0.9]
        when = int(moment) + 40_000 + s.spread(len(here), 0, s.rng.uniform(4, 15) * MINUTE)
        here = s.rng.permutation(here)
        s.read_first(here, when, int(content), 0.8, False)
        s.log.add(ev.REPOST, when, here, int(content), text=s.life.words(here, 0.4))
        some = s.rng.random(len(here)) < 0.4
        s.log.add(ev.COMMENT, when[some] + MINUTE, here[some], int(content), text=s.life.words(here[some], 1))
    s.innocent(
        "fan_club", start, s.plan.end, subjects=[s.aid(idol)], who=who, contents=s.cids(contents[keep])
    )


def trend(s: Stage, n: int) -> None:
    """A new tag that people take up from one another, each in own words."""
    start = s.when(20 * HOUR, 0)
    circle = int(s.rng.integers(0, s.plan.circles))
    tag = s.writer.coin(circle) + s.writer.coin(circle)
    when = start + jitter(s.rng, 8, 20)
    whole, made = [], []
    while len(when) and sum(map(len, whole)) < n:
        when = when[when < s.plan.end - HOUR]
        if not len(when):
            break
        who = s.people.crowd(len(when), int(np.median(when)), circle, 5)
        s.rng.shuffle(who)
        when = when[: len(who)]
        joint = "" if s.writer.language(circle) == "zh" else " "
        texts = [f"{s.writer.post(int(c))}{joint}#{tag}#" for c in s.people.circle[who]]
        contents = s.post(who, when, texts, topic=tag)
        s.attention(contents, when, 2.0, circle)
        whole.append(who)
        made.append(contents)
        when = np.repeat(when, s.rng.poisson(1.3, len(when)))
        when = when + jitter(s.rng, len(when), 45)
    contents = np.concatenate(made)
    # The best of it is passed on by others.
    for content in s.rng.choice(contents, min(6, len(contents)), replace=False):
        s.life.cascade(int(content), start + 3 * HOUR, 8, 0.6, circle=circle, most=60, clicks=3)
    s.innocent(
        "honest_trend",
        start,
        start + 2 * DAY,
        subjects=[tag],
        who=np.unique(np.concatenate(whole)),
        contents=s.cids(contents),
    )


def slogan(s: Stage, n: int) -> None:
    """For a good cause, everybody says the same sentence once."""
    start = s.when(30 * HOUR, 0)
    circle = int(s.rng.integers(0, s.plan.circles))
    text = s.writer.long(circle, 35)
    host = s.author(0.3, 50)
    (first,) = s.post(host, start, [text])
    who = s.people.crowd(n, start + 3 * HOUR, out=np.array([host]))
    s.rng.shuffle(who)
    ts = start + jitter(s.rng, len(who), float(s.rng.uniform(180, 500)))
    texts = [text if s.rng.random() < 0.75 else text + s.writer.comment(circle) for _ in who]
    third = len(who) // 3
    # Most have opened what they answer or pass on, and others read it and say nothing.
    s.read_first(who[third:], ts[third:], first, float(s.rng.uniform(0.5, 0.8)), False)
    s.life.crowd_reads(int(first), np.sort(s.rng.choice(ts, len(who) // 3)), -1, 0.1, 0.2)
    contents = s.post(who[:third], ts[:third], texts[:third])
    s.log.add(ev.REPOST, ts[third : 2 * third], who[third : 2 * third], first, text=texts[third : 2 * third])
    rows = s.log.add(ev.COMMENT, ts[2 * third :], who[2 * third :], first, text=texts[2 * third :])
    s.innocent(
        "charity_slogan",
        start,
        start + 3 * DAY,
        subjects=[s.aid(host)],
        who=who,
        contents=[*s.cids([first, *contents]), *(s.log.event_id(int(r)) for r in rows)],
    )


def scheduled(s: Stage, n: int) -> None:
    """Programs publish at the full minute, many at the full hour."""
    who = s.rng.choice(s.people.public, min(len(s.people.public) // 2, 60), replace=False)
    each = s.rng.integers(1, 5, len(who))
    whom = np.repeat(who, each)
    day = s.rng.integers(0, s.plan.days, len(whom))
    minute = np.where(s.rng.random(len(whom)) < 0.6, 0, s.rng.choice([5, 15, 30, 45], len(whom)))
    ts = s.plan.start + day * DAY + s.rng.integers(6, 22, len(whom)) * HOUR + minute * MINUTE
    contents = s.post(whom, ts, [s.writer.post(int(c)) for c in s.people.circle[whom]])
    s.attention(contents, ts, 2)
    s.innocent("scheduled_posts", s.plan.start, s.plan.end, who=who, contents=s.cids(contents))


def bulletins(s: Stage, n: int) -> None:
    """Stations of one service fill the same form for their towns, at the same hours."""
    for _ in range(int(s.rng.integers(1, 4))):
        circle = int(s.rng.integers(0, s.plan.circles))
        count = int(s.rng.integers(10, 35))
        who = s.rng.choice(s.people.writers, count, replace=False)
        towns = [s.writer.coin(circle) for _ in who]
        a, b = s.writer.clause(circle), s.writer.sentence(circle)
        hours = s.rng.choice(np.arange(5, 22), int(s.rng.integers(1, 4)), replace=False)
        whom, ts, texts = [], [], []
        for day in range(s.plan.days):
            for hour in hours.tolist():
                for w, town in zip(who.tolist(), towns, strict=True):
                    x, y, z = s.rng.integers(-9, 38, 3).tolist()
                    whom.append(w)
                    ts.append(s.plan.start + day * DAY + hour * HOUR + int(s.rng.integers(0, 90_000)))
                    end = s.writer.clause(circle) if x < 0 else ""
                    texts.append(f"{town} {day + 1}: {a} {x}/{y}, {b}{z}.{abs(y)} {end}")
        if len(whom) > n * 4:
            whom, ts, texts = whom[: n * 4], ts[: n * 4], texts[: n * 4]
        contents = s.post(np.array(whom), np.array(ts), texts)
        s.attention(contents, np.array(ts), 0.7)
        s.innocent("bulletins", s.plan.start, s.plan.end, who=who, contents=s.cids(contents))


def poem(s: Stage, n: int) -> None:
    """On a feast people quote the same verses; some name the poet."""
    for _ in range(2):
        start = s.when(DAY, 0)
        circle = int(s.rng.integers(0, s.plan.circles))
        text = s.writer.long(circle, 70)
        who = s.people.crowd(int(s.rng.integers(15, max(20, n // 4))), start + 2 * HOUR, circle, 4)
        s.rng.shuffle(who)
        ts = start + jitter(s.rng, len(who), 150)
        texts = [text if s.rng.random() < 0.6 else f"{text} {s.writer.comment(circle)}" for _ in who]
        named = s.rng.random(len(who)) < 0.4
        contents = np.concatenate(
            [
                s.post(
                    who[named],
                    ts[named],
                    [t for t, k in zip(texts, named, strict=True) if k],
                    credit=s.writer.coin(circle),
                ),
                s.post(who[~named], ts[~named], [t for t, k in zip(texts, named, strict=True) if not k]),
            ]
        )
        s.innocent("quoted_poem", start, start + 2 * DAY, who=who, contents=s.cids(contents))


def greetings(s: Stage, n: int) -> None:
    """Good morning, happy new year: everybody, in two words."""
    start = s.when(DAY, 0)
    who = s.people.crowd(n, start + HOUR)
    s.rng.shuffle(who)
    ts = start + jitter(s.rng, len(who), 120)
    circles = s.people.circle[who]
    said = {int(c): s.writer.greeting(int(c)) for c in np.unique(circles)}
    half = len(who) // 2
    contents = s.post(who[:half], ts[:half], [said[int(c)] for c in circles[:half]])
    host = s.author(0.5, 60)
    (first,) = s.post(host, start - MINUTE, [said.get(int(s.people.circle[host]), "🎉")])
    s.read_first(who[half:], ts[half:], first, float(s.rng.uniform(0.4, 0.7)), False)
    rows = s.log.add(ev.COMMENT, ts[half:], who[half:], first, text=[said[int(c)] for c in circles[half:]])
    s.innocent(
        "greetings",
        start,
        start + 2 * DAY,
        subjects=[s.aid(host)],
        who=who,
        contents=[*s.cids([first, *contents]), *(s.log.event_id(int(r)) for r in rows)],
    )


def media_house(s: Stage, n: int) -> None:
    """Ten accounts of one house pass one another on, and say so."""
    house = s.rng.choice(s.people.public, 10, replace=False)
    s.people.owner[house] = int(house[0])
    name = s.aid(house[0])
    made = []
    for _ in range(int(s.rng.integers(15, 40))):
        start = s.when(HOUR, 0)
        who = s.rng.permutation(house)
        circle = int(s.people.circle[who[0]])
        text = s.writer.long(circle, 80)
        (content,) = s.post(who[0], start, [text], original=True)
        others = who[1 : 1 + int(s.rng.integers(4, 10))]
        ts = start + MINUTE + s.spread(len(others), 0, 20 * MINUTE)
        s.log.add(
            ev.REPOST, ts, others, content, text=[f"{name}: {s.writer.comment(circle)}" for _ in others]
        )
        if s.rng.random() < 0.3:
            again = s.post(others[:3], ts[:3] + MINUTE, [text] * len(others[:3]), credit=name)
            made.extend(again.tolist())
        s.attention(np.array([content]), np.array([start]), 12)
        made.append(int(content))
    s.innocent(
        "media_house",
        s.plan.start,
        s.plan.end,
        subjects=[s.aid(h) for h in house],
        who=house,
        contents=s.cids(made),
    )
