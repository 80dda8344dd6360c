"""A transfer without approval: from one day on somebody else uses the account."""

from __future__ import annotations

import numpy as np

from detector.simulate.config import HOUR, MINUTE
from detector.simulate.labels import Campaign, Innocent
from detector.simulate.stage import Stage
from detector.simulate.traffic import LOGIN, TRANSFER


def stage(stage: Stage) -> None:
    """Device, address, entity and habits change together, and no `transfer` event says why."""
    account, when = sold_account(stage)
    campaign, label = stage.campaign(
        "account_transfer", ("account_transfer",), when, 1.0, accounts=[account], pace="slow", solo=True
    )
    hand_over(stage, campaign, label, account, when)


def sold_account(stage: Stage) -> tuple[int, int]:
    """An author who logs in and posts, and the moment of the sale."""
    rng = stage.rng
    when = stage.moment(stage.hours * 0.4)
    known = np.flatnonzero((stage.wrote >= 2) & (stage.active >= 15))
    known = known[stage.people.joined[known] < stage.start]
    account = int(rng.choice(known)) if len(known) else stage.target(0.5, 40)
    # Known before: two logins in the seller's hands.
    before = np.sort(rng.integers(stage.start, when, size=2))
    stage.add(stage.daily.account_rows(np.full(2, account, dtype=np.int32), before, LOGIN))
    return account, when


def hand_over(
    stage: Stage, staged: Campaign | Innocent, label: int, account: int, when: int, *, approved: bool = False
) -> None:
    """From `when` on the account lives at another place, with other friends, in another voice."""
    rng = stage.rng
    staged.end = stage.end
    staged.handover = (account, when)
    buyer = stage.world.society.add(rng, 1, fresh=True)
    stage.people.names[int(buyer[0])] = stage.people.names[account]
    begun = when + int(rng.uniform(0.3, 4) * HOUR)
    count = max(3, int(rng.uniform(0.6, 1.6) * (stage.end - begun) / (24 * HOUR) * 2))
    who = np.repeat(buyer, count)
    times = np.sort(stage.world.rhythm.draw(rng, stage.people.zone[who], np.full(count, begun)))
    pieces = [stage.daily.account_rows(who, times, LOGIN, label=label)]
    clicks = stage.daily.live(who, times + MINUTE, label=label, login=0.0)
    pieces += [clicks[0], *clicks[1:5]]
    if approved:
        pieces.append(stage.daily.account_rows(buyer, np.array([when]), TRANSFER, label=label))
    for piece in pieces:
        piece["actor"] = np.where(piece["actor"] == buyer[0], account, piece["actor"]).astype(np.int32)
        stage.add(piece)
    mark = stage.world.traffic.mark()
    posts = stage.publish(
        np.repeat(buyer, max(2, count // 2)), times[: max(2, count // 2)] + 9 * MINUTE, label
    )
    stage.contents.author[posts] = account
    for piece in stage.world.traffic.since(mark):
        piece["actor"] = np.where(piece["actor"] == buyer[0], account, piece["actor"]).astype(np.int32)
    staged.contents = posts.tolist()
