"""Accounts made in bulk, over the cap, under other people's names, sold, or left alone."""

from __future__ import annotations

import numpy as np

from tests.foreign import log as ev
from tests.foreign.stage import DAY, HOUR, Stage


def bulk(s: Stage, n: int) -> None:
    """Registered in a row: few devices, one line, names from one list, or one owner behind them."""
    length = s.rng.uniform(0.4, 10) * HOUR
    start = s.when(length)
    ts = s.spread(n, start, length)
    who = s.people.newcomers(n, ts)
    few = max(1, int(n / s.rng.uniform(8, 25)))
    marks = {"owner", "device", "line", "names"}
    if not s.plan.has_entity:
        marks.discard("owner")
    if not s.plan.has_device:
        marks.discard("device")
    if not s.plan.has_ip:
        marks.discard("line")
    kept = s.rng.permutation(sorted(marks))[: max(2, int(s.rng.integers(2, 4)))]
    fields: dict[str, object] = {}
    subjects = []
    if "owner" in kept:
        owner = s.people.total * 3 + len(s.campaigns)
        s.people.owner[who] = owner
        subjects.append(s.log.entity_id(owner))
    if "device" in kept:
        fields["device"] = (s.people.total * 4 + s.rng.integers(0, few, n) + 1000 * len(s.campaigns)) * 8
    if "line" in kept:
        fields["ip"] = s.rng.choice(s.lines(few, start), n)
    names: list[str] = []
    if "names" in kept:
        stem = s.writer.coin(0) + s.writer.coin(0)
        names = [f"{stem}{int(k):04d}" for k in s.rng.choice(10_000, n, replace=False)]
    s.register(who, ts, fake=True, names=names, **fields)
    busy = np.repeat(who, s.rng.poisson(1.0, n))
    s.life.sittings(busy, s.people.joined[busy] + HOUR, np.full(len(busy), s.plan.end))
    s.campaign(
        "bulk_registration",
        ["bulk_registration"],
        int(ts[0]),
        int(ts[-1]),
        also=["entity_cap", "lockstep", "name_reuse"],
        subjects=subjects,
        who=who,
    )


def cap(s: Stage, n: int) -> None:
    """One owner, more accounts than allowed, made one by one over days."""
    if not s.plan.has_entity:
        return
    n = int(s.rng.integers(18, 45))
    start = s.plan.start + int(s.rng.uniform(0.1, 0.6) * s.plan.days * DAY)
    length = s.rng.uniform(0.25, 0.6) * (s.plan.end - start)
    ts = np.sort(s.rng.uniform(start, start + length, n)).astype(np.int64)
    who = s.people.newcomers(n, ts)
    owner = s.people.total * 3 + len(s.campaigns)
    s.people.owner[who] = owner
    s.register(who, ts, fake=True)
    busy = np.repeat(who, s.rng.poisson(2.0, n))
    s.life.sittings(busy, s.people.joined[busy] + HOUR, np.full(len(busy), s.plan.end))
    s.campaign(
        "entity_cap",
        ["entity_cap"],
        int(ts[15]),
        int(ts[-1]),
        also=["bulk_registration"],
        subjects=[s.log.entity_id(owner)],
        who=who,
        pace="slow",
    )


def name_again(s: Stage, n: int) -> None:
    """A closed account's name comes back on another account, as it was or imitated."""
    for _ in range(max(1, min(4, n // 50))):
        start = s.when(2 * DAY, DAY)
        old = s.resident()
        name = s.writer.name(int(s.people.circle[old]))
        closed = start
        s.people.gone[old] = closed
        s.log.add(ev.ACCOUNT, closed - 9 * HOUR, old, action=ev.LOGIN, extra=[{"name": name}])
        s.log.add(
            ev.ACCOUNT,
            closed,
            old,
            action=ev.CLOSE,
            extra=[{"name": name, "entity": int(s.people.owner[old])}],
        )
        ts = np.array([closed + int(s.rng.uniform(2, 44) * HOUR)])
        again = name if s.rng.random() < 0.4 else s.writer.lookalike(name)
        if s.rng.random() < 0.6:
            who = s.people.newcomers(1, ts)
            s.register(who, ts, fake=True, names=[again])
        else:
            who = np.array([s.resident()])
            s.log.add(ev.ACCOUNT, ts, who, action=ev.RENAME, extra=[{"name": again}], fake=True)
        s.campaign(
            "name_reuse",
            ["name_reuse"],
            int(ts[0]),
            int(ts[0]),
            subjects=[s.aid(int(who[0]))],
            who=who,
            size=1,
        )


def transfer(s: Stage, n: int) -> None:
    """Sold without a word: from one day on another owner, elsewhere, with other devices and hours."""
    for _ in range(max(1, min(4, n // 50))):
        hand_over(s, approved=False)


def hand_over(s: Stage, *, approved: bool) -> None:
    """An account changes hands, with the platform's consent or without."""
    account = s.resident()
    moment = s.when(2 * DAY, 0.35 * s.plan.days * DAY)
    who = np.array([account])
    # Enough life before, and a login that tells who is behind it.
    before = np.repeat(who, 14)
    s.life.sittings(before, np.full(14, s.plan.start), np.full(14, moment))
    days = np.arange((moment - s.plan.start) // DAY)
    logins = s.people.moments(np.repeat(who, len(days)), days)
    s.log.add(ev.ACCOUNT, logins, account, action=ev.LOGIN, extra=s.life.logins(np.repeat(who, len(days))))
    s.people.gone[account] = moment
    if approved:
        s.log.add(
            ev.ACCOUNT, moment, account, action=ev.TRANSFER, extra=[{"entity": int(s.people.owner[account])}]
        )
    heir = s.people.newcomers(1, int(s.people.joined[account]))
    owner = int(s.people.total * 5 + account)
    s.people.owner[heir] = owner
    since = moment + HOUR
    days = np.arange((since - s.plan.start) // DAY + 1, s.plan.days)
    logins = np.concatenate([[since], s.people.moments(np.repeat(heir, len(days)), days)])
    s.log.add(
        ev.ACCOUNT,
        logins,
        heir,
        action=ev.LOGIN,
        extra=s.life.logins(np.repeat(heir, len(logins))),
        fake=not approved,
    )
    if s.rng.random() < 0.5:
        name = s.writer.name(int(s.people.circle[heir[0]]))
        s.log.add(
            ev.ACCOUNT, since + 60_000, heir, action=ev.RENAME, extra=[{"name": name}], fake=not approved
        )
    after = np.repeat(heir, 18)
    s.life.sittings(after, np.full(18, since), np.full(18, s.plan.end))
    s.heirs[int(heir[0])] = account
    if approved:
        s.innocent("approved_transfer", moment, s.plan.end, subjects=[s.aid(account)], who=who)
    else:
        s.campaign(
            "account_transfer",
            ["account_transfer"],
            since,
            since + 2 * DAY,
            subjects=[s.aid(account)],
            who=who,
            size=1,
            pace="slow",
        )


def dormant(s: Stage, n: int) -> None:
    """Known from an imported history of logins, last seen half a year ago."""
    if not s.plan.has_past:
        return
    for _ in range(max(2, min(8, n // 15))):
        account = int(s.people.newcomers(1, s.plan.start - 400 * DAY)[0])
        due = s.when(DAY, 0)
        # Half a year is 181 to 184 days: none is within a day or two of the border.
        seen = due - int(184.5 * DAY)
        past = np.sort(seen - (s.rng.random(int(s.rng.integers(1, 5))) * 60 * DAY).astype(np.int64))
        past[-1] = seen
        who = np.full(len(past), account)
        s.log.add(ev.ACCOUNT, past, who, action=ev.LOGIN, extra=s.life.logins(who))
        s.campaign(
            "dormant_account",
            ["dormant_account"],
            seen + 180 * DAY,
            s.plan.end,
            subjects=[s.aid(account)],
            who=[account],
            size=1,
            pace="slow",
        )
