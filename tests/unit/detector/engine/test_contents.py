"""The contents' stage: what it names, what it spares, and that only the rows matter."""

import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cases.findings import Finding
from detector.engine.contents import Contents
from detector.engine.ordering import in_order
from detector.engine.rows import Batch
from detector.events.decode import Decoder
from detector.suspicions.batch_posting import BatchPosting
from models.text.layout import LIVE, NONE

TICK = 60_000
START = 1_767_225_600_000
HOUR = 3_600_000
LETTERS = "abcdefghijklmnopqrstuvwxyz    "
SMALL = BatchPosting(capacity=1 << 12)


class World:
    """Events in the making, seeded; `old` accounts have a history, all others have none."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.events: list[dict[str, Any]] = []

    def text(self, length: int = 60) -> str:
        return "".join(self.random.choice(LETTERS) for _ in range(length))

    def edit(self, text: str, share: float = 0.1) -> str:
        letters = list(text)
        for at in self.random.sample(range(len(letters)), int(share * len(letters))):
            letters[at] = self.random.choice(LETTERS)
        return "".join(letters)

    def add(self, actor: str, at_hours: float, kind: str = "post", **fields: Any) -> None:
        number = len(self.events)
        event = {
            "id": f"e{number}",
            "ts": START + int(at_hours * HOUR),
            "type": kind,
            "actor": actor,
            "content": f"c{number}",
            "text": "",
            "ip": f"ip-{actor}",
            "device": f"d-{actor}",
        }
        if kind == "comment":
            event["author"] = "author"
        self.events.append(event | fields)

    def background(self, n: int = 3000, hours: float = 60.0) -> None:
        for _ in range(n):
            self.add(f"old{self.random.randrange(600)}", self.random.random() * hours, text=self.text())

    def batch(self) -> Batch:
        decoded = Decoder().decode([json.dumps(event).encode() for event in self.events])
        assert not decoded.invalid
        batch = in_order(decoded.batch)
        for i in range(len(batch)):
            if batch.strings(i)["actor"].startswith("old"):
                batch.rows["prior"][i], batch.rows["seen"][i] = 200, 100_000
        return batch


def chunks(batch: Batch, cuts: list[int]) -> Iterator[tuple[int, Batch]]:
    """Whole ticks, cut where `cuts` says (in ticks of the batch), and a long quiet time at the end."""
    ticks = batch.rows["ts"] // TICK
    known = np.unique(ticks)
    bounds = sorted({int(known[c % len(known)]) for c in cuts} | {int(known[-1])})
    before = -1
    for bound in bounds:
        yield bound, batch.take(np.flatnonzero((ticks > before) & (ticks <= bound)))
        before = bound
    yield bounds[-1] + 10_000, Batch.empty()


def run(world: World, params: BatchPosting = SMALL, cuts: tuple[int, ...] = ()) -> list[Finding]:
    stage = Contents(TICK, params)
    return [f for upto, part in chunks(world.batch(), list(cuts)) for f in stage.step(upto, part)]


def last(findings: list[Finding]) -> list[Finding]:
    return list({finding.subject: finding for finding in findings}.values())


def test_one_text_by_twenty_accounts() -> None:
    world = World()
    world.background()
    base = world.text()
    for i in range(20):
        world.add(f"bot{i}", 40 + i / 40, text=world.edit(base, 0.12), content=f"copy{i}", id=f"x{i}")
    findings = run(world)
    assert len({finding.subject for finding in findings}) == 1
    final = findings[-1]
    assert (final.kind, final.subject_type) == ("batch_posting", "group")
    assert set(final.participants) == {f"bot{i}" for i in range(20)}
    assert final.participants_total == final.contents_total == 20
    assert set(final.contents) == {f"copy{i}" for i in range(20)}
    assert final.trace == "copy0"
    assert final.samples[0] == "x0"
    assert findings[0].ts - START < 40.4 * HOUR
    names = {signal.name: signal for signal in final.signals}
    assert names["accounts_with_same_content"].value == 20
    assert names["accounts_without_history"].value == 1.0
    assert names["accounts_without_history"].surprise > 3
    assert [f.observed for f in findings] == sorted({f.observed for f in findings})


@pytest.mark.parametrize(
    "alphabet",
    [
        "абвгдежзийклмнопрстуфхцчшщыэюя   ",
        "ابتثجحخدذرزسشصضطظعغفقكلمنهوي   ",
        "".join(map(chr, range(0x4E00, 0x5000))),
        "कखगघचछजझटठडढतथदधनपफबभमयरलवशषसहािीुूेैोौ   ",
    ],
)
def test_any_script(alphabet: str) -> None:
    world = World(5)
    world.background()
    base = [world.random.choice(alphabet) for _ in range(50)]
    for i in range(20):
        text = base.copy()
        for at in world.random.sample(range(50), 6):
            text[at] = world.random.choice([world.random.choice(alphabet), "🎉", "\u200b"])
        world.add(f"bot{i}", 40 + i / 40, text="".join(text))
    (found,) = last(run(world))
    assert found.participants_total >= 18


def test_comments_are_named_by_their_events() -> None:
    world = World()
    world.background()
    base = world.text(40)
    for i in range(25):
        world.add(f"bot{i}", 30 + i / 60, "comment", text=world.edit(base, 0.1), content="victim", id=f"x{i}")
    found, other = last(run(world))
    assert (found.kind, other.kind) == ("batch_posting", "comment_inflation")
    assert set(found.contents) == {f"x{i}" for i in range(25)}
    assert set(other.contents) <= set(found.contents)


def test_old_accounts_that_edit_one_text_are_named_while_they_post() -> None:
    world = World(6)
    world.background()
    base = world.text(80)
    for i in range(20):
        world.add(f"old{20 * i}", 40 + i / 6, text=world.edit(base, 0.1))
    findings = run(world)
    assert findings[0].ts - START < 41 * HOUR
    assert last(findings)[0].participants_total == 20
    signals = {signal.name: signal for signal in last(findings)[0].signals}
    assert "on its own" in signals["accounts_with_same_content"].why
    assert signals["texts_alike"].value > signals["texts_alike"].baseline


def test_five_old_accounts_that_post_one_text_within_an_hour_and_no_more() -> None:
    world = World(7)
    world.background()
    base = world.text(80)
    for i in range(5):
        world.add(f"old{20 * i}", 40 + i / 6, text=base)
    (found,) = last(run(world))
    assert found.participants_total == 5
    assert found.ts - START > 41 * HOUR, "not before it is over"


@pytest.mark.parametrize("field", ["links", "media"])
def test_a_link_or_an_image_by_accounts_without_history(field: str) -> None:
    world = World()
    world.background()
    for i in range(20):
        world.add(f"bot{i}", 40 + i / 60, **{field: ["thing"]}, device="one device")
    for i in range(20):
        world.add(f"old{i}", 20 + i / 60, **{field: ["news"]})
    (found,) = last(run(world))
    assert set(found.participants) == {f"bot{i}" for i in range(20)}


def test_accounts_with_a_history_are_known_by_their_company() -> None:
    world = World()
    world.background()
    for campaign in range(3):
        for i in range(15):
            world.add(f"old{i}", 35 + 4 * campaign + i / 30, media=[f"picture{campaign}"])
    for i in range(15):
        world.add(f"old{100 + i}", 45 + i / 30, media=["news"])
    found = last(run(world))
    assert found
    assert all(set(f.participants) == {f"old{i}" for i in range(15)} for f in found)
    assert all("same_company" in {s.name for s in f.signals} for f in found)


def slogan(world: World) -> None:
    phrase = world.text(45)
    for i in range(1500):
        world.add(
            f"old{i % 600}", 20 + 30 * world.random.random(), "comment", text=f"{phrase} {world.text(4)}"
        )


def giveaway(world: World) -> None:
    phrase = world.text(50)
    for i in range(400):
        world.add(f"old{i}", 30 + 5 * world.random.random() ** 2, "comment", text=phrase)


def bulletins(world: World) -> None:
    template = world.text(50)
    for i in range(200):
        world.add("weather", 10 + i / 6, text=f"{template} {i % 40}")


def stations(world: World) -> None:
    frame = [world.text(18) for _ in range(4)]
    for day in range(2):
        for i in range(25):
            text = "".join(f"{part} {world.random.randrange(90)} " for part in frame)
            world.add(f"old{i}", 30 + 24 * day + i / 200, text=f"{world.text(6)} {text}")


def quoted(world: World) -> None:
    for _ in range(4):
        lines = world.text(100)
        for i in range(14):
            world.add(f"old{world.random.randrange(600)}", 40 + i / 2.5, text=lines)


def agency(world: World) -> None:
    story = world.text(200)
    for i in range(24):
        world.add(f"old{i}", 40 + i / 30, text=story, credit="the agency")


def greetings(world: World) -> None:
    for i in range(300):
        world.add(
            f"old{world.random.randrange(600)}",
            30 + i / 100,
            "comment",
            text=world.random.choice(["Great!", "👍👍", "good morning"]),
        )


def poem(world: World) -> None:
    lines = world.text(120)
    for i in range(40):
        world.add(f"old{i}", 5 + 1.3 * i, text=lines)


def poem_after_a_pause(world: World) -> None:
    """Six within an hour, then a pause that so few gaps do not exclude; others know it, too."""
    lines = world.text(120)
    for i, minute in enumerate((0, 14, 25, 39, 48, 60, 115, 160, 190)):
        world.add(f"old{i}", 40 + minute / 60, text=lines)


def news(world: World) -> None:
    for i in range(60):
        world.add(f"old{i}", 40 + i / 60, links=["https://news.example/1"])


def house(world: World, kind: str = "repost", line: str = "via Northern Post") -> None:
    """Ten accounts in one office pass on a story of one of them, twice a day."""
    for story in range(4):
        for i in range(10):
            world.add(
                f"old{i}", 30 + 6 * story + i / 20, kind,
                text=line, author=f"desk{story % 2}", content=f"story{story}", ip="office",
            )  # fmt: skip


INNOCENTS = [
    slogan,
    giveaway,
    bulletins,
    stations,
    quoted,
    agency,
    greetings,
    poem,
    poem_after_a_pause,
    news,
    house,
]


@pytest.mark.parametrize("innocent", INNOCENTS)
def test_innocents(innocent: Any) -> None:
    world = World(9)
    world.background()
    innocent(world)
    assert run(world) == []


def test_a_text_that_goes_with_a_repost_is_content_where_it_is_long_enough() -> None:
    world = World(9)
    world.background()
    house(world, line="earn five hundred a day from home, write to me now")
    [*_, finding] = run(world)
    assert finding.participants == sorted(f"old{i}" for i in range(10))


def mixed() -> World:
    world = World(3)
    world.background(1200, 50)
    giveaway(world)
    for campaign in range(3):
        base = world.text()
        for i in range(12):
            world.add(
                f"bot{i + 3 * campaign}",
                30 + 3 * campaign + i / 30,
                text=world.edit(base),
                media=[f"m{campaign}"],
            )
    return world


MIXED = mixed()
WHOLE = run(MIXED)


@settings(max_examples=8, derandomize=True, deadline=None)
@given(st.lists(st.integers(0, 2000), max_size=30))
def test_how_batches_are_cut_does_not_matter(cuts: list[int]) -> None:
    assert len(last(WHOLE)) >= 3
    assert run(MIXED, cuts=tuple(cuts)) == WHOLE


@settings(max_examples=6, derandomize=True, deadline=None)
@given(st.lists(st.integers(0, 2000), min_size=1, max_size=4), st.sampled_from([1 << 8, 1 << 12]))
def test_a_restart_from_a_checkpoint_goes_on_the_same(cuts: list[int], capacity: int) -> None:
    params = BatchPosting(capacity=capacity)
    parts = list(chunks(MIXED.batch(), cuts))
    whole, stage = Contents(TICK, params), Contents(TICK, params)
    stored: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for upto, part in parts:
        expected = whole.step(upto, part)
        assert stage.step(upto, part) == expected
        for table in stage.tables():
            stored.setdefault(table.name, []).append(table.take_changes(0, 1 << 30))
        scalars = json.loads(json.dumps(stage.scalars()))
        stage = Contents(TICK, params)
        stage.restore(scalars)
        for table in stage.tables():
            for index, rows in stored[table.name]:
                table.put(index, rows)
        stage.rebuild()


def test_a_full_memory_forgets_the_oldest() -> None:
    world = World()
    world.background(3000, 50)
    base = world.text()
    for i in range(20):
        world.add(f"bot{i}", 45 + i / 60, text=world.edit(base))
    stage = Contents(TICK, BatchPosting(capacity=1 << 8))
    findings = [f for upto, part in chunks(world.batch(), [500, 1000]) for f in stage.step(upto, part)]
    assert last(findings)[0].participants_total == 20
    texts, keys, _, clusters, *_ = stage.tables()
    assert texts.used == 1 << 8
    live = np.flatnonzero(clusters.rows["refs"][: clusters.used] > 0)
    rows = clusters.rows
    pointing = [texts.rows["cluster"][texts.rows["seq"] > 0], keys.rows["cluster"][keys.rows["seq"] > 0]]
    parents = rows["parent"][live]
    counts = np.bincount(np.concatenate([*pointing, parents[parents != NONE]]), minlength=len(rows))
    assert np.array_equal(counts[live], rows["refs"][live])
    assert not (rows["state"][: clusters.used][rows["refs"][: clusters.used] == 0] & LIVE).any()
    assert clusters.used < 3 * (1 << 8)


def test_the_stage_says_how_large_it_is_and_when_it_has_seen_enough() -> None:
    world = World()
    world.background(200, hours=30.0)
    stage = Contents(TICK, SMALL)
    batch = world.batch()
    early = batch.take(np.flatnonzero(batch.rows["ts"] < START + 10 * HOUR))
    stage.step(int(early.rows["ts"][-1]) // TICK, early)
    assert stage.warming_up
    before = stage.nbytes
    rest = batch.take(np.flatnonzero(batch.rows["ts"] >= START + 10 * HOUR))
    stage.step(int(rest.rows["ts"][-1]) // TICK, rest)
    assert not stage.warming_up
    assert stage.nbytes > before > 0
