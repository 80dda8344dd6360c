"""The independent worlds are what they say, and their fakes show in nothing that isn't behaviour."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest

from detector.engine.rows import TYPES
from detector.evaluate import compare, read_labels
from detector.evaluation.files import Flag, Labels, Subject, Window
from detector.events.decode import Decoder
from tests.foreign.plan import draw
from tests.foreign.world import ATTACKS, World, build
from tests.foreign.write import lines, write

EVENTS = 60_000
# Attacks that leave labels of several names, or another one.
NAMES = (set(ATTACKS) - {"everything_at_once"}) | {"mixed_followers", "mixed_reposts", "mixed_comments"}
INNOCENTS = frozenset(
    [
        "viral_post",
        "celebrity_joins",
        "giveaway",
        "school",
        "recommendation_slot",
        "platform_purge",
        "scandal",
        "starter_list",
        "invitations",
        "first_day_of_company",
        "first_day_of_account",
        "agency_text",
        "fan_club",
        "honest_trend",
        "charity_slogan",
        "scheduled_posts",
        "bulletins",
        "quoted_poem",
        "greetings",
        "media_house",
        "five_accounts",
        "carrier_nat",
        "approved_transfer",
        "moved_or_new_phone",
        "closed_or_renamed",
        "long_pause",
        "newcomers",
        "quiet_night",
        "first_day_of_service",
    ]
)


@cache
def world() -> World:
    return build(2, EVENTS)


@cache
def written() -> list[bytes]:
    return lines(world()).splitlines()


@cache
def events() -> list[dict]:
    return [msgspec.json.decode(line) for line in written()]


@cache
def labels() -> Labels:
    return msgspec.convert(world().labels, Labels)


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """The chance that a positive is above a negative."""
    ranks = np.argsort(np.argsort(np.concatenate([positive, negative]))) + 1
    n = len(positive)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * len(negative)))


def test_every_event_is_one_by_the_contract() -> None:
    decoded = Decoder().decode(written())
    assert decoded.invalid == []
    assert len(decoded.batch) == len(written()) == EVENTS
    assert len({e["id"] for e in events()}) == EVENTS
    assert {e["type"] for e in events()} == set(TYPES)
    ts = [e["ts"] for e in events()]
    assert ts == sorted(ts)


def test_every_attack_and_every_innocent_is_staged() -> None:
    assert {c.name for c in labels().campaigns} >= NAMES
    assert {i.kind for i in labels().innocents} == INNOCENTS
    assert labels().counts.fake <= 0.04 * EVENTS
    assert labels().counts.fake + labels().counts.organic == EVENTS


def test_labels_name_accounts_that_act_and_contents_that_are_there() -> None:
    actors = {e["actor"] for e in events() if "actor" in e}
    contents = {e.get("content") for e in events()} | {e["id"] for e in events()}
    for campaign in labels().campaigns:
        assert actors.issuperset(campaign.participants), campaign.name
        assert contents.issuperset(campaign.contents), campaign.name
    seen = Counter(
        len(actors & set(i.accounts)) / len(i.accounts) > 0.9 for i in labels().innocents if i.accounts
    )
    assert seen[True] >= 0.9 * seen.total()


def test_hired_accounts_live_ordinary_lives_too() -> None:
    columns = world().columns
    fake, actor = columns["fake"] == 1, columns["actor"]
    bots = np.unique(actor[fake & (actor >= 0)])
    assert np.isin(bots, actor[~fake]).mean() > 0.8


@pytest.mark.parametrize("field", ["id", "actor", "ip", "device", "source", "dwell_ms"])
def test_single_fields_do_not_give_fakes_away(field: str) -> None:
    fake = np.zeros(len(events()), dtype=bool)
    fake[[e["type"] != "exposure" for e in events()]] = world().columns["fake"] == 1
    kinds = np.array([e["type"] for e in events()])
    for kind in ("subscription", "click", "repost", "comment", "post"):
        if kind == "subscription" and field == "source":
            continue  # Some were forced, and their source says so.
        of = np.flatnonzero(kinds == kind)
        shown = [events()[k].get(field, "0") for k in of]
        if field == "source":
            often = Counter(text for text, f in zip(shown, fake[of], strict=True) if not f)
            value = np.array([often[text] for text in shown], dtype=float)
        else:
            value = np.array([float(v) if field == "dwell_ms" else hash_free(v) for v in shown])
        yes, no = value[fake[of]], value[~fake[of]]
        if field in ("actor", "ip", "device"):
            # A farm uses few of these often: that is behaviour, which ones it uses must not be.
            yes, no = np.unique(yes), np.unique(no)
        # Ties count half.
        yes, no = (v + np.random.default_rng(k).random(len(v)) * 1e-9 for k, v in enumerate((yes, no)))
        assert abs(auc(yes, no) - 0.5) < 0.03 + 0.6 / np.sqrt(max(1, len(yes))), kind


def hash_free(text: str) -> float:
    """The number that a hexadecimal or dotted text begins with, 0..1."""
    if "." in text:
        a, b, *_ = text.split(".")
        return (int(a) * 256 + int(b)) / 65_536
    return int(text[:8], 16) / 2**32


def test_perfect_flags_find_everything_and_accuse_nobody() -> None:
    flags = []
    for k, c in enumerate(labels().campaigns):
        subject = Subject("account", c.subjects[0]) if c.subjects else Subject("group", f"g{k}")
        window = Window(c.start, c.end)
        flags.append(
            Flag(f"f{k}", c.end, c.kinds[0], subject, window, "open", c.role, c.participants, c.contents)
        )
    report = compare(flags, labels())
    assert report.total.recall == 1
    assert report.false_flags == 0


def test_same_seed_same_bytes_other_seed_other_world(tmp_path: Path) -> None:
    write(build(2, EVENTS), tmp_path / "a.jsonl", tmp_path / "a.json")
    assert (tmp_path / "a.jsonl").read_bytes().splitlines() == written()
    assert read_labels(tmp_path / "a.json") == labels()
    assert draw(2, EVENTS) != draw(3, EVENTS)


def test_too_small_a_world_is_refused() -> None:
    with pytest.raises(ValueError, match="40,000"):
        build(1, 10_000)
