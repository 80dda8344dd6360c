"""What a world promises: the contract's events, the asked size and share, labels that fit, the same bytes."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import zstandard

from detector.simulate import SimulateConfig, generate, labels_of, simulate, stream
from detector.simulate.attacks import ATTACKS
from detector.simulate.innocents import INNOCENTS

REQUIRED = {
    "subscription": {"actor", "target", "action"},
    "click": {"actor", "content", "author"},
    "repost": {"actor", "content", "author"},
    "comment": {"actor", "content", "author", "text"},
    "post": {"actor", "content", "text"},
    "account": {"actor", "action"},
    "exposure": {"content", "author", "count"},
}
ACTIONS = {
    "subscription": {"subscribe", "unsubscribe"},
    "account": {"register", "login", "rename", "transfer", "close"},
}
DAY = 86_400_000


class Small:
    """A world with everything in it, read back."""

    def __init__(self) -> None:
        self.config = SimulateConfig(seed=5, events=120_000, fake_share=0.04, size=0.3, rounds=1)
        self.made = generate(self.config)
        self.labels: dict[str, Any] = labels_of(self.made)
        self.lines = [line for _, _, line in stream(self.made)]
        self.events: list[dict[str, Any]] = [json.loads(line) for line in self.lines]


@pytest.fixture(scope="module")
def small() -> Small:
    return Small()


def test_it_has_exactly_the_events_asked_for_and_at_most_the_share_of_fakes(small: Small) -> None:
    assert len(small.events) == 120_000
    counts = small.labels["counts"]
    assert counts["fake"] + counts["organic"] == 120_000
    assert counts["fake"] <= 0.04 * 120_000
    assert sum(counts["by_type"].values()) == 120_000


def test_every_event_keeps_the_contract(small: Small) -> None:
    for event in small.events:
        assert REQUIRED[event["type"]] <= event.keys()
        assert isinstance(event["ts"], int)
        assert event["type"] not in ACTIONS or event["action"] in ACTIONS[event["type"]]
        assert event.get("dwell_ms", 0) >= 0
        assert event.get("count", 1) >= 1
        assert len(event.get("links", [])) <= 32
        assert len(event.get("text", "").encode()) <= 65_536
        assert event.get("actor_created", 0) <= event["ts"]
        assert event.get("target") != event.get("actor") or "target" not in event


def test_ids_are_unique_and_of_one_form(small: Small) -> None:
    assert len({e["id"] for e in small.events}) == len(small.events)
    accounts = {e["actor"] for e in small.events if "actor" in e}
    assert all(re.fullmatch(r"[0-9a-z]{10}", a) for a in accounts)


def test_disorder_is_slight(small: Small) -> None:
    latest, worst = 0, 0
    for event in small.events:
        latest = max(latest, event["ts"])
        worst = max(worst, latest - event["ts"])
    assert 0 < worst <= 60_000


def test_only_account_events_come_before_the_window(small: Small) -> None:
    early = [e for e in small.events if e["ts"] < small.config.start]
    assert {e["type"] for e in early} == {"account"}
    assert min(e["ts"] for e in early) > small.config.start - 201 * DAY
    assert max(e["ts"] for e in small.events) < small.config.end


def test_nobody_acts_before_registering_or_after_closing(small: Small) -> None:
    born: dict[str, int] = {}
    closed: dict[str, int] = {}
    for event in small.events:
        if event["type"] == "account" and event["action"] == "register":
            born[event["actor"]] = event["ts"]
        if event["type"] == "account" and event["action"] == "close":
            closed[event["actor"]] = event["ts"]
    assert len(born) > 50
    assert closed
    for event in small.events:
        actor = event.get("actor")
        assert born.get(actor, 0) <= event["ts"] <= closed.get(actor, event["ts"])


def test_a_follower_follows_once_until_he_leaves(small: Small) -> None:
    last: dict[tuple[str, str], str] = {}
    for event in sorted((e for e in small.events if e["type"] == "subscription"), key=lambda e: e["ts"]):
        pair = (event["actor"], event["target"])
        if event["action"] == "subscribe":
            assert last.get(pair) != "subscribe"
        last[pair] = event["action"]


def test_everything_is_staged(small: Small) -> None:
    staged = {c["name"] for c in small.labels["campaigns"]}
    for name in ATTACKS:
        assert any(s.startswith(name) for s in staged), name
    assert set(INNOCENTS) | {"seldom_user"} == {i["kind"] for i in small.labels["innocents"]}


def test_labels_agree_with_the_events(small: Small) -> None:
    actors = Counter(e.get("actor") for e in small.events)
    known = {e["content"] for e in small.events if "content" in e} | {e["id"] for e in small.events}
    for campaign in small.labels["campaigns"]:
        assert campaign["start"] <= campaign["end"]
        assert campaign["end"] >= small.config.start
        assert campaign["kind"] == campaign["kinds"][0]
        assert campaign["subjects"] or campaign["participants"]
        assert set(campaign["contents"]) <= known, campaign["name"]
        for participant in campaign["participants"]:
            assert actors[participant] > 0
        assert campaign["events"] > 0


def test_campaigns_of_many_have_twenty_accounts_at_least(small: Small) -> None:
    for campaign in small.labels["campaigns"]:
        if campaign["participants"] and campaign["name"] != "entity_cap":
            assert len(campaign["participants"]) >= 20, campaign["name"]


def test_the_subjects_of_bought_followers_are_what_the_bots_follow(small: Small) -> None:
    follows = {(e["actor"], e["target"]) for e in small.events if e.get("action") == "subscribe"}
    for campaign in small.labels["campaigns"]:
        if campaign["name"] in ("bought_followers", "rented_followers", "framing", "drip_followers"):
            pairs = {(p, campaign["subjects"][0]) for p in campaign["participants"]}
            assert len(pairs & follows) >= 0.95 * len(pairs), campaign["name"]


def test_the_same_parameters_give_the_same_bytes(tmp_path: Path) -> None:
    config = SimulateConfig(seed=3, events=20_000, size=0.2, rounds=1, innocent_rounds=1)
    first = simulate(config, tmp_path / "a.jsonl", tmp_path / "a.json")
    simulate(config, tmp_path / "b.jsonl.gz", tmp_path / "b.json")
    simulate(config, tmp_path / "c.jsonl.zst")
    plain = (tmp_path / "a.jsonl").read_bytes()
    assert gzip.decompress((tmp_path / "b.jsonl.gz").read_bytes()) == plain
    packed = (tmp_path / "c.jsonl.zst").read_bytes()
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed) == plain
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_bytes()) == first
    other = SimulateConfig(seed=4, events=20_000, size=0.2, rounds=1, innocent_rounds=1)
    simulate(other, tmp_path / "d.jsonl")
    assert (tmp_path / "d.jsonl").read_bytes() != plain


def test_only_what_is_named_is_staged() -> None:
    config = SimulateConfig(
        events=20_000,
        attacks=("bought_followers",),
        innocents=("viral_post",),
        innocent_rounds=1,
        history_days=0,
    )
    made = generate(config)
    value = labels_of(made)
    assert set(value["counts"]["campaigns"]) <= {"bought_followers"}
    assert value["counts"]["innocents"] == {"viral_post": 1}
    assert int(made.traffic["ts"].min()) >= config.start


def test_fields_appear_as_often_as_asked() -> None:
    config = SimulateConfig(
        events=20_000, attacks=(), innocents=(), ip_share=0.0, source_share=0.5, exposures=False
    )
    events = [json.loads(line) for _, _, line in stream(generate(config))]
    assert not any("ip" in e for e in events)
    assert not any(e["type"] == "exposure" for e in events)
    clicks = [e for e in events if e["type"] == "click"]
    assert sum("source" in e for e in clicks) / len(clicks) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "more", [{"events": 2_000}, {"events": 20_000, "days": 0.5}, {"events": 60_000, "days": 40}]
)
def test_small_short_and_long_worlds_keep_their_size(more: dict[str, Any]) -> None:
    counts = labels_of(generate(SimulateConfig(**more)))["counts"]
    assert counts["events"] == more["events"]
    assert counts["fake"] <= 0.03 * more["events"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"events": 10}, "events"),
        ({"fake_share": 0.2}, "fake_share"),
        ({"days": 0}, "days"),
        ({"accounts": 3}, "accounts"),
        ({"attacks": ("unheard_of",)}, "attacks"),
        ({"innocents": ("unheard_of",)}, "innocents"),
    ],
)
def test_what_cannot_be_simulated_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        generate(SimulateConfig(**wrong))
