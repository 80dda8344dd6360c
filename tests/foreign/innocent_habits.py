"""Honest oddities of single people, lines and nights."""

from __future__ import annotations

import numpy as np

from tests.foreign import log as ev
from tests.foreign.attack_accounts import hand_over
from tests.foreign.stage import DAY, HOUR, MINUTE, Stage, jitter


def five(s: Stage, n: int) -> None:
    """One person's accounts: one home, the same devices, the same taste, each other's readers."""
    for _ in range(int(s.rng.integers(4, 15))):
        own = np.array([s.resident() for _ in range(int(s.rng.integers(3, 6)))])
        main = own[0]
        for field in (s.people.home, s.people.owner, s.people.circle, s.people.phase, s.people.carrier):
            field[own] = field[main]
        # All from the main one's phone and desk; the liking is the same, within a sitting.
        start = s.plan.start + s.rng.uniform(0, max(HOUR, s.plan.days * DAY - 3 * DAY), 8).astype(np.int64)
        for moment in start.tolist():
            author = int(s.rng.choice(s.people.public))
            content = int(s.posts(author, moment - DAY, moment)[-1])
            some = own[s.rng.random(len(own)) < 0.8]
            ts = moment + np.cumsum(s.rng.integers(40_000, 6 * MINUTE, len(some)))
            ip, device = s.people.place(np.full(len(some), main), np.full(len(some), moment))
            s.log.add(ev.CLICK, ts, some, content, ip=ip, device=device)
            s.log.add(
                ev.REPOST, ts + 20_000, some, content, ip=ip, device=device, text=s.life.words(some, 0.4)
            )
            if s.rng.random() < 0.3:
                s.follow(some, ts + 30_000, author, ip=ip, device=device)
        s.innocent(
            "five_accounts",
            s.plan.start,
            s.plan.end,
            who=own,
            subjects=[s.log.entity_id(int(s.people.owner[main]))],
        )


def carrier(s: Stage, n: int) -> None:
    """Thousands behind a handful of a carrier's addresses; the world is full of them, this names a few."""
    phones = np.flatnonzero(s.people.carrier == int(np.argmin(s.people.pools)))[:3000]
    s.innocent("carrier_nat", s.plan.start, s.plan.end, who=phones)


def approved(s: Stage, n: int) -> None:
    """Accounts change hands with consent."""
    for _ in range(int(s.rng.integers(1, 4))):
        hand_over(s, approved=True)


def new_phone(s: Stage, n: int) -> None:
    """Same person, new devices, moved house, or on a journey."""
    for _ in range(int(s.rng.integers(3, 8))):
        account = s.resident()
        moment = s.when(2 * DAY, 0.3 * s.plan.days * DAY)
        heir = s.people.newcomers(1, int(s.people.joined[account]))
        for field in (s.people.circle, s.people.second, s.people.owner, s.people.activity, s.people.phase):
            field[heir] = field[account]
        if s.rng.random() < 0.4:
            s.people.phase[heir] += s.rng.uniform(-7, 7)
        s.people.gone[account] = moment
        s.heirs[int(heir[0])] = account
        after = np.repeat(heir, 10)
        s.life.sittings(after, np.full(10, moment), np.full(10, s.plan.end))
        who = np.array([account])
        before = np.repeat(who, 8)
        s.life.sittings(before, np.full(8, s.plan.start), np.full(8, moment))
        s.log.add(ev.ACCOUNT, moment + MINUTE, heir, action=ev.LOGIN, extra=s.life.logins(heir))
        s.innocent("moved_or_new_phone", moment, s.plan.end, subjects=[s.aid(account)], who=who)


def farewells(s: Stage, n: int) -> None:
    """People close their accounts; others rename themselves to something of their own."""
    for _ in range(int(s.rng.integers(6, 20))):
        account = s.resident()
        moment = s.when(DAY, 0)
        s.people.gone[account] = moment
        name = s.writer.name(int(s.people.circle[account]))
        s.log.add(
            ev.ACCOUNT,
            moment,
            account,
            action=ev.CLOSE,
            extra=[{"name": name, "entity": int(s.people.owner[account])}],
        )
        other = s.resident()
        name = s.writer.name(int(s.people.circle[other]))
        s.log.add(ev.ACCOUNT, moment + HOUR, other, action=ev.RENAME, extra=[{"name": name}])
        s.innocent(
            "closed_or_renamed",
            moment,
            s.plan.end,
            who=[account, other],
            subjects=[s.aid(account), s.aid(other)],
        )


def history(s: Stage, n: int) -> None:
    """Imported logins of people who are still about, some after a long pause."""
    if not s.plan.has_past:
        return
    who = np.flatnonzero(
        (s.done[: s.plan.people] >= 4) & (s.people.joined[: s.plan.people] < s.plan.start - 300 * DAY)
    )
    who = s.rng.permutation(who)[:n]
    each = s.rng.integers(1, 6, len(who))
    of = np.repeat(who, each)
    last = s.plan.start - (s.rng.random(len(who)) * 140 * DAY).astype(np.int64) - HOUR
    # No pause of half a year, in the past either.
    ts = np.repeat(last, each) - (s.rng.random(len(of)) * 140 * DAY).astype(np.int64)
    s.log.add(
        ev.ACCOUNT,
        np.concatenate([ts, last]),
        np.concatenate([of, who]),
        action=ev.LOGIN,
        extra=s.life.logins(np.concatenate([of, who])),
    )
    quiet = s.people.newcomers(max(3, n // 20), s.plan.start - 400 * DAY)
    seen = s.plan.start - (s.rng.uniform(60, 150, len(quiet)) * DAY).astype(np.int64)
    s.log.add(ev.ACCOUNT, seen, quiet, action=ev.LOGIN, extra=s.life.logins(quiet))
    s.innocent(
        "long_pause", s.plan.start - 250 * DAY, s.plan.end, who=quiet, subjects=[s.aid(q) for q in quiet]
    )


def arrivals(s: Stage, n: int) -> None:
    """People register every day."""
    joined = np.sort(s.rng.uniform(s.plan.start, s.plan.end - HOUR, n)).astype(np.int64)
    who = s.settle(joined, 3.0)
    fame = s.people.fame[s.people.public]
    each = s.rng.poisson(4, len(who))
    fan = np.repeat(who, each)
    ts = s.people.joined[fan] + 30_000 + jitter(s.rng, len(fan), 6)
    s.log.add(ev.SUBSCRIPTION, ts, fan, s.rng.choice(s.people.public, len(fan), p=fame / fame.sum()))
    s.innocent("newcomers", s.plan.start, s.plan.end, who=who)


def outage(s: Stage) -> tuple[int, int]:
    """A night in which nobody got in, and the morning after it; returns when."""
    day = int(s.rng.integers(1, s.plan.days))
    start = s.plan.start + day * DAY - int(s.rng.integers(0, 4)) * HOUR
    end = start + int(s.rng.uniform(2, 6) * HOUR)
    s.innocent("quiet_night", start, end + 6 * HOUR)
    s.innocent("first_day_of_service", s.plan.start, s.plan.start + DAY)
    return start, end
