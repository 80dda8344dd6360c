"""Makes a world from its parameters: ordinary life first, then what is staged, then the file's order."""

from __future__ import annotations

import numpy as np

from detector.simulate.attacks import ATTACKS
from detector.simulate.config import SimulateConfig
from detector.simulate.daily import Daily
from detector.simulate.exposures import exposures
from detector.simulate.ids import random_ids
from detector.simulate.innocents import INNOCENTS
from detector.simulate.stage import Stage
from detector.simulate.texts.compose import comments
from detector.simulate.traffic import (
    ACCOUNT,
    CLICK,
    CLOSE,
    PLAIN,
    SUBSCRIPTION,
    Rows,
    concat,
    length,
    take,
)
from detector.simulate.world import World

# Events that come of one click in the end, innocents left out; the rest is trimmed or filled up.
_PER_CLICK = 1.24
_INNOCENT_SHARE = 0.1
_INNOCENTS_AT_MOST = 0.3


class Made:
    """A finished world: its traffic in the file's order, and its labels."""

    def __init__(self, world: World, traffic: Rows) -> None:
        self.world = world
        self.traffic = traffic
        self.event_ids = random_ids(world.rng, length(traffic), 16)


def generate(config: SimulateConfig) -> Made:
    """Make a world; the traffic has exactly `config.events` rows, in the order of the file.

    Raises:
        ValueError: there is no attack or innocent of a name asked for, or too much is to be staged.
    """
    for what, names, known in (
        ("attacks", config.attacks, ATTACKS.keys()),
        ("innocents", config.innocents, INNOCENTS.keys()),
    ):
        if unknown := set(names or ()) - known:
            raise ValueError(f"{what}: there is no {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    world = World(config)
    world.settle()
    wanted = config.events * (1 - config.fake_share)
    daily = Daily(world, int(wanted * (1 - _INNOCENT_SHARE) / _PER_CLICK))
    daily.run()
    stage = Stage(world, daily)
    _stage_innocents(stage, config)
    _stage_attacks(stage, config)
    _fill(world, daily, config)
    traffic = _tidy(world, world.traffic.all())
    if config.exposures:
        traffic = concat([traffic, exposures(world, traffic)])
    traffic = _trim(world, traffic, config.events)
    _speak(world, traffic)
    return Made(world, _order(world, traffic))


def _stage_innocents(stage: Stage, config: SimulateConfig) -> None:
    """Each in turn, round by round; in a small world not all find room beside ordinary life."""
    names = sorted(INNOCENTS) if config.innocents is None else config.innocents
    budget = int(config.events * _INNOCENTS_AT_MOST)
    world = stage.world
    for _ in range(config.innocent_rounds):
        for name in stage.rng.permutation(np.array(names, dtype=object)).tolist():
            rows, labels = world.traffic.mark(), world.labels.mark()
            INNOCENTS[name](stage)
            used = sum(length(piece) for piece in world.traffic.since(rows))
            if used > budget:
                world.traffic.rewind(rows)
                world.labels.rewind(labels)
            else:
                budget -= used


def _stage_attacks(stage: Stage, config: SimulateConfig) -> None:
    """Each attack in turn, round by round, until the share of fakes is used up.

    One that would take more than is left is taken back; smaller ones may follow it.
    """
    names = sorted(ATTACKS) if config.attacks is None else config.attacks
    budget = int(config.events * config.fake_share)
    world = stage.world
    for _ in range(config.rounds):
        for name in stage.rng.permutation(np.array(names, dtype=object)).tolist():
            rows, labels = world.traffic.mark(), world.labels.mark()
            ATTACKS[name](stage)
            used = world.traffic.fake_since(rows)
            if used > budget:
                world.traffic.rewind(rows)
                world.labels.rewind(labels)
            else:
                budget -= used


def _fill(world: World, daily: Daily, config: SimulateConfig) -> None:
    """More ordinary sessions where the world came out too small."""
    for _ in range(4):
        missing = int(config.events * 1.02) - int(world.traffic.total * (1.1 if config.exposures else 1.0))
        if missing <= 0:
            return
        rng, base = world.rng, world.base
        count = max(20, int(missing / _PER_CLICK / world.rates.session))
        old = base[world.people.joined[base] < world.start]
        actor = world.by_weight(old, world.people.activity[old], count)
        for piece in daily.live(actor, world.rhythm.draw(rng, world.people.zone[actor])):
            world.traffic.add(piece)


def _tidy(world: World, traffic: Rows) -> Rows:
    """Only the window, and accounts' history before it; nobody follows twice, or acts after closing."""
    early = traffic["ts"] < world.start
    traffic = take(traffic, (traffic["ts"] < world.end) & (~early | (traffic["type"] == ACCOUNT)))
    handovers = [c.handover for c in world.labels.campaigns] + [i.handover for i in world.labels.innocents]
    for handover in handovers:
        if handover is not None:
            account, when = handover
            before = (traffic["actor"] != account) | (traffic["label"] != PLAIN) | (traffic["ts"] < when)
            traffic = take(traffic, before)
    for quiet in world.labels.innocents:
        if quiet.mute:
            night = (traffic["ts"] >= quiet.start) & (traffic["ts"] < quiet.end) & (traffic["label"] == PLAIN)
            traffic = take(traffic, ~(night & (world.rng.random(length(traffic)) < quiet.mute)))
    order = np.argsort(traffic["ts"], kind="stable")
    traffic = take(traffic, order)
    closed = np.full(len(world.people), np.iinfo(np.int64).max)
    closing = np.flatnonzero((traffic["type"] == ACCOUNT) & (traffic["action"] == CLOSE))
    np.minimum.at(closed, traffic["actor"][closing], traffic["ts"][closing])
    actor = np.maximum(traffic["actor"], 0)
    alive = (traffic["ts"] >= world.people.created[actor]) & (traffic["ts"] <= closed[actor])
    keep = (traffic["actor"] < 0) | alive
    # An account that follows again without having left: the platform sends no event.
    subs = np.flatnonzero(traffic["type"] == SUBSCRIPTION)
    pair = traffic["actor"][subs].astype(np.int64) * len(world.people) + traffic["target"][subs]
    by_pair = np.argsort(pair, kind="stable")
    pair, action = pair[by_pair], traffic["action"][subs][by_pair]
    again = np.concatenate([[False], (pair[1:] == pair[:-1]) & (action[1:] == action[:-1])])
    again |= traffic["actor"][subs][by_pair] == traffic["target"][subs][by_pair]
    keep[subs[by_pair[again]]] = False
    return take(traffic, keep)


def _trim(world: World, traffic: Rows, events: int) -> Rows:
    """Exactly so many events: some plain clicks were not logged, or are logged beside."""
    surplus = length(traffic) - events
    if surplus > 0:
        plain = np.flatnonzero((traffic["type"] == CLICK) & (traffic["label"] == PLAIN))
        if surplus > len(plain):
            raise ValueError("events: too few for what is to be staged; ask for fewer attacks or innocents")
        keep = np.ones(length(traffic), dtype=bool)
        keep[world.rng.choice(plain, size=surplus, replace=False)] = False
        return take(traffic, keep)
    if surplus < 0:
        plain = np.flatnonzero((traffic["type"] == CLICK) & (traffic["label"] == PLAIN))
        again = take(traffic, world.rng.choice(plain, size=-surplus))
        again["ts"] = np.minimum(
            again["ts"] + world.rng.integers(2_000, 600_000, size=-surplus), world.end - 1
        )
        return concat([traffic, again])
    return traffic


def _speak(world: World, traffic: Rows) -> None:
    """Words for all who say something of their own."""
    silent = np.flatnonzero(traffic["text"] == -2)
    languages = world.people.language[traffic["actor"][silent]].tolist()
    traffic["text"][silent] = world.contents.write(comments(world.rng, languages))


def _order(world: World, traffic: Rows) -> Rows:
    """By the moment of arrival: event time and a delay of seconds, seldom more."""
    rng = world.rng
    mean = max(1, world.config.disorder_ms)
    delay = rng.exponential(mean, size=length(traffic))
    slow = rng.random(length(traffic)) < 0.002
    delay = np.minimum(np.where(slow, delay * 20, delay), 60_000)
    if not world.config.disorder_ms:
        delay[:] = 0
    tie = rng.permutation(length(traffic))
    return take(traffic, np.lexsort((tie, traffic["ts"] + delay.astype(np.int64))))
