"""A whole world: ordinary life, attacks within it, innocents beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.foreign import attack_accounts as accounts
from tests.foreign import attack_engagement as engagement
from tests.foreign import attack_followers as followers
from tests.foreign import attack_mix as mixed
from tests.foreign import attack_texts as texts
from tests.foreign import innocent_crowds as crowds
from tests.foreign import innocent_habits as habits
from tests.foreign import innocent_voices as voices
from tests.foreign import log as ev
from tests.foreign.draw import DAY, HOUR
from tests.foreign.log import Log
from tests.foreign.people import People
from tests.foreign.plan import Plan, draw
from tests.foreign.shelf import publish
from tests.foreign.stage import Stage
from tests.foreign.traffic import Life
from tests.foreign.words import Writer

Act = Callable[[Stage, int], None]

# Each attack with the events that one account of it costs, about.
ATTACKS: dict[str, tuple[Act, float]] = {
    "followers_fresh": (followers.burst_fresh, 3),
    "framing": (followers.framing, 2),
    "followers_rented": (followers.burst_rented, 4),
    "drip_fresh": (followers.drip_fresh, 2.5),
    "drip_rented": (followers.drip_rented, 2.5),
    "followers_in_viral": (followers.in_viral, 2),
    "everything_at_once": (mixed.everything, 9),
    "forced_subscription": (followers.forced, 1),
    "click_farm": (engagement.click_farm, 6),
    "clicks_distributed": (engagement.distributed_clicks, 5),
    "reposts_bought": (engagement.reposts_bought, 3),
    "repost_ring": (engagement.ring, 7),
    "comment_flood": (engagement.comment_flood, 3),
    "batch_posting": (texts.batch, 1),
    "topic_pushed": (texts.topic, 5),
    "copied_original": (texts.copies, 1),
    "bulk_registration": (accounts.bulk, 1),
    "entity_cap": (accounts.cap, 1),
    "name_reuse": (accounts.name_again, 1),
    "account_transfer": (accounts.transfer, 1),
    "dormant_account": (accounts.dormant, 1),
}
# Each innocent with the accounts it has at least and at most in a world of half a million events.
INNOCENTS: tuple[tuple[Act, int, int], ...] = (
    (crowds.viral, 150, 900),
    (crowds.viral, 300, 1800),
    (crowds.celebrity, 200, 1500),
    (crowds.giveaway, 80, 500),
    (crowds.school, 30, 200),
    (crowds.slot, 300, 2000),
    (crowds.purge, 60, 300),
    (crowds.scandal, 80, 500),
    (crowds.starters, 40, 120),
    (crowds.invitations, 40, 200),
    (crowds.first_day, 60, 300),
    (crowds.beginners, 40, 200),
    (voices.agencies, 20, 60),
    (voices.fans, 20, 60),
    (voices.trend, 60, 500),
    (voices.slogan, 200, 2500),
    (voices.scheduled, 60, 60),
    (voices.bulletins, 100, 300),
    (voices.poem, 60, 300),
    (voices.greetings, 100, 800),
    (voices.media_house, 10, 10),
    (habits.five, 5, 5),
    (habits.carrier, 1, 1),
    (habits.approved, 1, 1),
    (habits.new_phone, 1, 1),
    (habits.farewells, 1, 1),
    (habits.history, 200, 1500),
    (habits.arrivals, 300, 900),
)


@dataclass
class World:
    """All rows sorted by time, and labels.

    Attributes:
        columns: see `Log.add`; in time order, `row` is the number in the log.
        exposures: rows of (ts, content, count), in time order.
    """

    plan: Plan
    log: Log
    columns: dict[str, np.ndarray]
    exposures: np.ndarray
    labels: dict[str, Any]


def build(seed: int, events: int) -> World:
    """The world of a seed, with at most so many events.

    Raises:
        ValueError: fewer than 40,000 events hold no such world.
    """
    if events < 40_000:
        raise ValueError("a world needs 40,000 events at least")
    plan = draw(seed, events)
    rng = np.random.default_rng([seed, 0xBA])
    people = People(plan, rng)
    log = Log(plan, people, rng)
    writer = Writer(seed, people.chinese.tolist())
    shelf = publish(plan, people, log, writer, rng, int(events * rng.uniform(0.04, 0.09)))
    life = Life(plan, people, log, writer, shelf, rng)
    life.residents(int(events * 0.9))
    _small_cascades(plan, life, rng)
    stage = Stage(plan, people, log, writer, life)
    share = min(1.0, events / 500_000)
    for act, least, most in INNOCENTS:
        high = max(1, int(most * max(share, 0.12)))
        act(stage, int(stage.rng.integers(min(least, high), high + 1)))
    _attack(stage, events * stage.rng.uniform(0.018, 0.035))
    dark = habits.outage(stage)
    return _finish(plan, log, stage, dark)


def _small_cascades(plan: Plan, life: Life, rng: np.random.Generator) -> None:
    """Some posts are passed on further than others, most of them not far."""
    public = life.people.public
    for _ in range(int(plan.events / 4000)):
        author = int(rng.choice(public))
        ts = int(rng.uniform(plan.start, plan.end - 6 * HOUR))
        contents, at = life.shelf.of(author, ts, ts + 2 * DAY)
        if len(contents):
            seeds = 2 + int(min(40, rng.pareto(1.1) * 3))
            life.cascade(
                int(contents[0]),
                int(at[0]),
                seeds,
                float(rng.uniform(0.2, 0.8)),
                circle=int(life.people.circle[author]),
                most=150,
                clicks=float(rng.uniform(1, 6)),
            )


def _attack(stage: Stage, budget: float) -> None:
    """Every attack once, then some again, as long as the budget lasts."""
    names = sorted(ATTACKS)
    before = stage.log.fakes
    for turn in range(4):
        order = [names[k] for k in stage.rng.permutation(len(names))]
        for place, name in enumerate(order):
            act, cost = ATTACKS[name]
            left = budget - (stage.log.fakes - before)
            if turn and left < 0.15 * budget:
                return
            allowed = left / max(1, len(order) - place) / cost * (2.0 if turn == 0 else 5.0)
            size = float(np.exp(stage.rng.uniform(np.log(20), np.log(400))))
            act(stage, int(max(20, min(size, allowed))))


def _finish(plan: Plan, log: Log, stage: Stage, dark: tuple[int, int]) -> World:
    columns = log.columns()
    columns["row"] = np.arange(log.rows)
    ts, actor = columns["ts"], columns["actor"]
    base = columns["base"] == 1
    known = actor >= 0
    gone = np.where(known, log.people.gone[actor], np.iinfo(np.int64).max)
    past = (columns["kind"] == ev.ACCOUNT) & (ts < plan.start)
    keep = ((ts >= plan.start) & (ts < plan.end)) | past
    keep &= ts <= gone
    joined = np.where(known, log.people.joined[actor], 0)
    keep &= ts >= joined
    # In the night of the outage nobody gets in, except what is staged.
    keep &= ~(base & (ts >= dark[0]) & (ts < dark[1]))
    columns = {k: v[keep] for k, v in columns.items()}
    for heir, account in stage.heirs.items():
        columns["actor"][columns["actor"] == heir] = account
    columns = _once(columns)
    shown = _exposures(plan, log, columns) if plan.exposures else np.zeros((0, 3), dtype=np.int64)
    columns = _trim(columns, plan.events - len(shown), stage.rng)
    order = np.lexsort((columns["row"] * 0x9E3779B1 % 2**32, columns["ts"]))
    columns = {k: v[order] for k, v in columns.items()}
    fakes = int((columns["fake"] == 1).sum())
    total = len(order) + len(shown)
    return World(
        plan,
        log,
        columns,
        shown,
        {
            "campaigns": sorted(stage.campaigns, key=lambda c: (c["start"], c["name"])),
            "innocents": sorted(stage.innocents, key=lambda c: (c["start"], c["kind"])),
            "counts": {"organic": total - fakes, "events": total, "fake": fakes},
        },
    )


def _once(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Nobody follows, or leaves, the same account twice."""
    rows = np.flatnonzero(columns["kind"] == ev.SUBSCRIPTION)
    order = np.lexsort(
        (
            columns["ts"][rows],
            -columns["fake"][rows],
            columns["action"][rows],
            columns["obj"][rows],
            columns["actor"][rows],
        )
    )
    rows = rows[order]
    same = np.ones(len(rows), dtype=bool)
    for name in ("actor", "obj", "action"):
        same[1:] &= columns[name][rows][1:] == columns[name][rows][:-1]
    same[:1] = False
    keep = np.ones(len(columns["ts"]), dtype=bool)
    keep[rows[same]] = False
    keep[rows[columns["actor"][rows] == columns["obj"][rows]]] = False
    return {k: v[keep] for k, v in columns.items()}


def _trim(columns: dict[str, np.ndarray], events: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Ordinary events taken out at random until there are so many."""
    surplus = len(columns["ts"]) - events
    if surplus <= 0:
        return columns
    rows = np.flatnonzero(columns["base"] == 1)
    keep = np.ones(len(columns["ts"]), dtype=bool)
    keep[rng.permutation(rows)[:surplus]] = False
    return {k: v[keep] for k, v in columns.items()}


def _exposures(plan: Plan, log: Log, columns: dict[str, np.ndarray]) -> np.ndarray:
    """What the platform showed, summed up by the hour where it was much, else by the day."""
    rng = np.random.default_rng([plan.seed, 0xE])
    rows = (columns["kind"] == ev.CLICK) & (columns["fake"] == 0)
    content, ts = columns["obj"][rows], columns["ts"][rows]
    total = np.bincount(content, minlength=log.contents)
    length = np.where(total[content] >= 300, HOUR, np.where(total[content] >= 80, 6 * HOUR, 24 * HOUR))
    # Contents that hardly anybody sees are in no report.
    content, ts, length = (v[total[content] >= 8] for v in (content, ts, length))
    end = (ts // length + 1) * length
    keys, clicks = np.unique(np.stack([end, content]), axis=1, return_counts=True)
    rate = np.exp(rng.normal(np.log(0.06), 0.5, log.contents))
    count = np.maximum(
        clicks, (clicks / rate[keys[1]] * rng.lognormal(0, 0.25, len(clicks))).astype(np.int64)
    )
    at = np.minimum(keys[0] + rng.integers(0, 60_000, len(clicks)), plan.end - 1)
    shown = np.stack([at, keys[1], count], axis=1)
    return shown[np.lexsort((keys[1], at))]
