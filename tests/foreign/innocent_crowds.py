"""Honest crowds that come at once."""

from __future__ import annotations

import numpy as np

from tests.foreign import log as ev
from tests.foreign.stage import DAY, HOUR, MINUTE, Stage, jitter


def viral(s: Stage, n: int) -> None:
    """A post goes round: hands pass it on, readers answer, some stay."""
    start = s.when(18 * HOUR, 0)
    author = s.author(0.2, 60)
    circle = int(s.people.circle[author])
    (content,) = s.post(author, start, [s.writer.post(circle)])
    who = s.life.cascade(
        int(content),
        start,
        int(s.rng.integers(15, 60)),
        float(s.rng.uniform(0.85, 1.15)),
        circle=circle if s.rng.random() < 0.6 else -1,
        most=n,
        clicks=float(s.rng.uniform(2, 8)),
        follows=float(s.rng.uniform(0.1, 0.5)),
        hours=float(s.rng.uniform(0.3, 2)),
    )
    s.innocent(
        "viral_post", start, start + 2 * DAY, subjects=[s.aid(author)], who=who, contents=s.cids([content])
    )


def celebrity(s: Stage, n: int) -> None:
    """Somebody famous elsewhere joins; people look the account up from the first minute on."""
    start = s.when(DAY, 0)
    who = s.people.newcomers(1, start)
    star = int(who[0])
    s.register(who, np.array([start]))
    fans = s.people.crowd(n, start + 2 * HOUR, out=who)
    s.rng.shuffle(fans)
    ts = start + 5 * MINUTE + jitter(s.rng, len(fans), 90)
    # Some registered because of it.
    new = s.settle(np.sort(start + 3 * MINUTE + jitter(s.rng, n // 8, 120)), 1.5)
    circle = int(s.people.circle[star])
    contents = s.post(
        np.repeat(who, 3),
        start + np.array([4 * MINUTE, HOUR, 7 * HOUR]),
        [s.writer.post(circle) for _ in "123"],
    )
    s.life.cascade(int(contents[0]), start + 4 * MINUTE, 20, 0.7, most=n // 4, clicks=3, follows=0.1)
    s.read_first(fans, ts, contents[0], 0.6, False)
    s.follow(fans, ts, star)
    s.follow(new, s.people.joined[new] + jitter(s.rng, len(new), 3), star)
    s.innocent(
        "celebrity_joins",
        start,
        start + 3 * DAY,
        subjects=[s.aid(star)],
        who=[*fans, *new],
        contents=s.cids(contents),
    )


def giveaway(s: Stage, n: int) -> None:
    """To win, follow, and answer with the sentence given."""
    start = s.when(DAY, 0)
    host = s.author(0.5, 30)
    circle = int(s.people.circle[host])
    phrase = s.writer.long(circle, 40)
    (content,) = s.post(host, start, [s.writer.sentence(circle) + phrase])
    who = s.people.crowd(n, start + HOUR, circle, 6, np.array([host]))
    s.rng.shuffle(who)
    ts = start + jitter(s.rng, len(who), float(s.rng.uniform(20, 150)))
    s.read_first(who, ts, content, 0.85, False)
    share = s.rng.random() < 0.5
    kind, texts = (ev.REPOST if share else ev.COMMENT), [phrase] * len(who)
    rows = s.log.add(kind, ts, who, content, text=texts)
    some = s.rng.random(len(who)) < 0.8
    s.follow(who[some], ts[some] + 15_000 + jitter(s.rng, int(some.sum()), 0.5), host)
    s.innocent(
        "giveaway",
        start,
        start + 2 * DAY,
        subjects=[s.aid(host)],
        who=who,
        contents=[*s.cids([content]), *([] if share else [s.log.event_id(int(r)) for r in rows])],
    )


def school(s: Stage, n: int) -> None:
    """In the hall everybody is asked to follow the school, over its own line."""
    start = s.when(2 * HOUR, 0)
    target = s.author(0.1, 5)
    who = s.people.crowd(n * 2 // 3, start, int(s.people.circle[target]), 5, np.array([target]))
    new = s.settle(np.sort(start - jitter(s.rng, n // 3, 15)), 1.0)
    who = np.concatenate([who, new])
    ts = start + s.spread(len(who), 0, s.rng.uniform(10, 60) * MINUTE)
    s.follow(
        who,
        ts,
        target,
        ip=int(s.people.office_address(np.array([start % 9973]), np.array([0], dtype=np.uint64))[0]),
        source=ev.QR,
    )
    s.innocent("school", start - 2 * HOUR, start + DAY, subjects=[s.aid(target)], who=who)


def slot(s: Stage, n: int) -> None:
    """The platform shows one author to everybody for some hours."""
    start = s.when(8 * HOUR, 0)
    length = s.rng.uniform(2, 8) * HOUR
    author = s.author(0.3, 20)
    contents = s.posts(author, start - 2 * DAY, start)[-2:]
    who = s.people.crowd(n, start + HOUR, out=np.array([author]))
    s.rng.shuffle(who)
    ts = s.spread(len(who), start, length)
    what = s.rng.choice(contents, len(who))
    s.log.add(ev.CLICK, ts, who, what, source=ev.RECOMMEND)
    # People who didn't look for it answer less than those who did, but they do.
    low = float(s.rng.uniform(0.3, 0.7))
    for kind, share, worded in ((ev.REPOST, s.plan.repost, 0.4), (ev.COMMENT, s.plan.comment, 1.0)):
        some = s.rng.random(len(who)) < share * low
        when = ts[some] + jitter(s.rng, int(some.sum()), 1)
        s.log.add(kind, when, who[some], what[some], text=s.life.words(who[some], worded))
    some = s.rng.random(len(who)) < 0.12
    s.follow(who[some], ts[some] + jitter(s.rng, int(some.sum()), 0.5), author, source=ev.RECOMMEND)
    s.innocent(
        "recommendation_slot",
        start,
        int(start + length),
        subjects=[s.aid(author)],
        who=who,
        contents=s.cids(contents),
    )


def purge(s: Stage, n: int) -> None:
    """The platform removes accounts: many targets lose followers in the same hours."""
    start = s.when(6 * HOUR)
    removed = s.rng.permutation(s.plan.people)[:n]
    removed = removed[s.people.fame[removed] == 0]
    removed = np.setdiff1d(removed, s.hired)
    each = 1 + s.rng.poisson(5, len(removed))
    who = np.repeat(removed, each)
    fame = s.people.fame[s.people.public]
    targets = s.rng.choice(s.people.public, len(who), p=fame / fame.sum())
    ts = np.repeat(s.spread(len(removed), start, s.rng.uniform(0.5, 4) * HOUR), each) + s.rng.integers(
        0, 2000, len(who)
    )
    s.log.add(ev.SUBSCRIPTION, ts, who, targets, action=ev.UNSUBSCRIBE)
    s.people.gone[removed] = np.maximum(ts.max(), start) + MINUTE
    s.innocent(
        "platform_purge",
        start,
        start + 6 * HOUR,
        subjects=[s.aid(t) for t in np.unique(targets)],
        who=removed,
    )


def scandal(s: Stage, n: int) -> None:
    """Something comes out, and followers leave, telling why."""
    start = s.when(DAY, 0)
    author = s.author(1, 80)
    circle = int(s.people.circle[author])
    (content,) = s.post(author, start, [s.writer.post(circle)])
    who = s.people.crowd(n, start + HOUR, circle, 10, np.array([author]))
    s.rng.shuffle(who)
    ts = start + jitter(s.rng, len(who), float(s.rng.uniform(60, 300)))
    s.read_first(who, ts, content, 0.5, False)
    some = s.rng.random(len(who)) < 0.3
    s.log.add(ev.COMMENT, ts[some], who[some], content, text=s.life.words(who[some], 1))
    s.log.add(ev.SUBSCRIPTION, ts + 40_000, who, author, action=ev.UNSUBSCRIBE)
    s.innocent(
        "scandal", start, start + 2 * DAY, subjects=[s.aid(author)], who=who, contents=s.cids([content])
    )


def starters(s: Stage, n: int) -> None:
    """Newcomers are shown a list at the end of registration, and follow all of it in one minute."""
    fame = s.people.fame[s.people.public]
    best = s.people.public[np.argsort(-fame)]
    for _ in range(int(s.rng.integers(1, 3))):
        listed = s.rng.choice(best[: max(60, len(best) // 4)], 30, replace=False)
        joined = np.sort(s.rng.uniform(s.plan.start, s.plan.end - HOUR, n)).astype(np.int64)
        who = s.settle(joined, 2.0)
        times = s.rng.integers(20, 31, len(who))
        of = np.repeat(np.arange(len(who)), times)
        ts = joined[of] + 20_000 + s.rng.integers(0, 50_000, len(of))
        pick = np.concatenate([s.rng.permutation(30)[:k] for k in times])
        s.follow(who[of], ts, listed[pick], source=ev.RECOMMEND)
        s.innocent("starter_list", s.plan.start, s.plan.end, subjects=[s.aid(x) for x in listed], who=who)


def invitations(s: Stage, n: int) -> None:
    """Friends register by somebody's invitation and follow the one who invited them."""
    for _ in range(int(s.rng.integers(2, 6))):
        host = s.resident() if s.rng.random() < 0.6 else s.author(0.05, 3)
        count = int(s.rng.integers(8, max(10, min(60, n // 4))))
        start = s.when(10 * HOUR, 0)
        who = s.settle(np.sort(start + jitter(s.rng, count, float(s.rng.uniform(30, 200)))), 2.0)
        ts = s.people.joined[who] + 15_000 + jitter(s.rng, len(who), 1)
        s.follow(who, ts, host, source=ev.CARD)
        s.innocent("invitations", start, start + 2 * DAY, subjects=[s.aid(host)], who=who)


def first_day(s: Stage, n: int) -> None:
    """A company's or a class's first day here: all register from one line and follow each other."""
    for count in (int(s.rng.integers(25, 60)), min(150, max(30, n // 2))):
        start = s.when(3 * HOUR, 0)
        ts = s.spread(count, start, s.rng.uniform(0.5, 2) * HOUR)
        ip = int(
            s.people.office_address(np.array([start % 9967 + 10_000]), np.array([0], dtype=np.uint64))[0]
        )
        who = s.settle(ts, 2.0, ip=ip)
        s.people.org[who] = int(s.people.org.max())
        leader = int(who[0])
        late = s.people.joined[who[1:]] + 30_000 + jitter(s.rng, count - 1, 4)
        s.follow(who[1:], np.maximum(late, ts[0] + MINUTE), leader, ip=ip)
        each = s.rng.poisson(4, count)
        fan = np.repeat(who, each)
        friend = s.rng.choice(who, len(fan))
        ok = fan != friend
        at = ts[-1] + jitter(s.rng, len(fan), 20)
        s.log.add(ev.SUBSCRIPTION, at[ok], fan[ok], friend[ok], ip=ip)
        s.innocent("first_day_of_company", start, start + DAY, subjects=[s.aid(leader)], who=who)


def beginners(s: Stage, n: int) -> None:
    """A new account's first day: friends find it."""
    for _ in range(int(s.rng.integers(3, 9))):
        start = s.when(DAY, 0)
        joined = np.array([start])
        who = s.settle(joined, 4.0)
        circle = int(s.people.circle[who[0]])
        friends = s.people.crowd(int(s.rng.integers(8, max(10, n // 4))), start + HOUR, circle, 30, who)
        ts = start + 10 * MINUTE + jitter(s.rng, len(friends), float(s.rng.uniform(60, 240)))
        s.rng.shuffle(friends)
        (content,) = s.post(who, start + 8 * MINUTE, [s.writer.post(circle)])
        s.read_first(friends, ts, content, 0.4, False)
        s.follow(friends, ts, int(who[0]))
        s.innocent(
            "first_day_of_account",
            start,
            start + 2 * DAY,
            subjects=[s.aid(who[0])],
            who=friends,
            contents=s.cids([content]),
        )
