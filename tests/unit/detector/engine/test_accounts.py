"""The accounts' stage: entities, names, habits, silence, and registrations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cases.findings import Finding
from detector.engine import accounts_rows as rows
from detector.engine.accounts import AccountsStage
from detector.engine.accounts_habits import lives
from detector.engine.actors import Actors
from detector.engine.routing import with_company
from detector.engine.rows import Batch
from detector.suspicions.accounts import Accounts
from models.hashing import hash_text
from tests.unit.detector.engine.checkpoints import check_continues
from tests.unit.detector.made import DAY, START, Made
from tests.unit.detector.worlds import TICK, ticks

DAY_TICKS = DAY
FIRST = START // TICK


def stage() -> AccountsStage:
    return AccountsStage(TICK, capacity=1 << 12, traits=1 << 10, log=1 << 10, ids=1 << 12)


def acted_on(made: Made) -> Batch:
    return with_company(Actors(TICK, capacity=1 << 12, recent_ids=1 << 12).step(1 << 40, made.batch()))


def said(made: Made, days: float = 0.0, kind: str = "") -> list[Finding]:
    """What the stage finds up to the last event, or to the end of a day."""
    batch = acted_on(made)
    upto = int(batch.rows["ts"].max()) // TICK if not days else FIRST + int(days * DAY)
    found = stage().step(upto, batch)
    return [finding for finding in found if not kind or finding.kind == kind]


def crowd(made: Made, n: int = 300, days: int = 6) -> None:
    """People with an account each, one or two devices, a home and an office."""
    for person in range(n):
        for day in range(days):
            at = day * DAY + (person * 37) % DAY
            place = f"home{person // 3}" if day % 2 else f"office{person // 20}"
            device = f"phone{person}" if day % 3 else f"laptop{person}"
            made.add("account", at, action="login", actor=f"p{person}", entity=f"e{person}",
                     name=f"person number {chr(0x4E00 + person)}", ip=place, device=device)  # fmt: skip


def register(made: Made, at: float, actor: str, **fields: object) -> None:
    made.add("account", at, action="register", actor=actor, **fields)


# Entities

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["register", "login", "transfer", "close"]),
        st.integers(0, 5),
        st.sampled_from([None, "x", "y"]),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(ACTS)
def test_live_accounts_are_registered_less_closed_with_transfers(
    acts: list[tuple[str, int, str | None]],
) -> None:
    made, whose, closed = Made(), dict[int, str](), set[int]()
    for minute, (action, account, entity) in enumerate(acts):
        fields = {"entity": entity} if entity else {}
        made.add("account", minute, action=action, actor=f"u{account}", **fields)
        if account in closed and action != "register":
            continue
        closed.discard(account)
        if action == "close":
            closed.add(account)
            whose.pop(account, None)
        elif entity:
            whose[account] = entity
    if not acts:
        return
    one = stage()
    one.step(FIRST + len(acts), acted_on(made))
    accounts = one.accounts.rows
    for name in ("x", "y"):
        row = np.flatnonzero(one.entities.rows["key"] == hash_text(name))
        members = set(members_of(one, int(row[0]))) if len(row) else set()
        expected = {f"u{account}" for account, entity in whose.items() if entity == name}
        assert members == expected
        assert not len(row) or one.entities.rows["live"][row[0]] == len(expected)
    assert (accounts["closed"] > 0).sum() == len(closed)


def members_of(one: AccountsStage, row: int) -> Iterator[str]:
    at = int(one.entities.rows["first"][row])
    while at:
        yield one.names.get_many(one.accounts.rows["key"][[at - 1]])[0]
        at = int(one.accounts.rows["next"][at - 1])


def test_more_accounts_than_the_cap() -> None:
    made = Made()
    for n in range(18):
        register(made, 60 * n, f"u{n}", entity="shop", name=f"shop {n}")
    (first, *later) = said(made, kind="entity_cap")
    assert (first.subject_type, first.subject) == ("entity", "shop")
    assert first.participants == sorted(f"u{n}" for n in range(16))
    assert (first.observed, first.expected) == (16, 15)
    assert first.start == START + 15 * 3_600_000
    assert first.since == START
    assert [finding.observed for finding in later] == [17, 18]


def test_up_to_the_cap_is_allowed_and_it_counts_again_from_there() -> None:
    made = Made()
    for n in range(15):
        register(made, n, f"u{n}", entity="shop")
    made.add("account", 20, action="close", actor="u3")
    register(made, 21, "v0", entity="shop")
    assert not said(made)
    register(made, 22, "v1", entity="shop")
    made.add("account", 23, action="transfer", actor="u4", entity="other")
    register(made, 24, "v2", entity="shop")
    found = said(made)
    assert [finding.observed for finding in found] == [16, 16]
    assert "u4" in found[0].participants
    assert "u4" not in found[1].participants


# Silence


def quiet() -> Made:
    made = Made()
    for name in ("gone", "closed", "back", "reader"):
        made.add("account", 600, action="login", actor=name)
    made.add("account", 700, action="close", actor="closed")
    made.add("account", 90 * DAY, action="login", actor="back")
    made.click(170 * DAY, "reader", author="x")
    made.add("post", 3000, actor="writer", content="c", text="so")
    made.click(60, "nobody", author="x")
    return made


def test_six_months_without_use() -> None:
    assert not said(quiet(), days=183.9)
    (gone,) = said(quiet(), days=185.1)
    assert (gone.kind, gone.subject_type, gone.subject) == ("dormant_account", "account", "gone")
    assert gone.participants == ["gone"]
    assert gone.start == START
    assert gone.observed == 183
    assert [finding.subject for finding in said(quiet(), days=2000)] == ["gone", "writer", "back", "reader"]


@pytest.mark.parametrize("step", [1, 7, 24 * 60, 40 * DAY])
def test_how_time_goes_on_does_not_matter(step: int) -> None:
    batch, one = acted_on(quiet()), stage()
    found, upto, at = list[Finding](), FIRST - 1, 0
    last = FIRST + 400 * DAY
    step = max(step, (last - upto) // 3000)
    while upto < last:
        upto += step
        end = int(np.searchsorted(batch.rows["ts"], (upto + 1) * TICK))
        found += one.step(upto, batch.take(np.arange(at, end)))
        at = end
    assert found == said(quiet(), days=(upto - FIRST) / DAY)
    assert len(found) == 4


def test_a_finding_is_of_a_tick_that_was_handed_over_with_it() -> None:
    made = Made()
    arrivals(made)
    batch_of(made, {"device": "the same"})
    made.add("account", 3 * DAY, action="login", actor="n0")
    batch, one = acted_on(made), stage()
    found, at = list[Finding](), 0
    for upto in range(FIRST, FIRST + 3 * DAY):
        end = int(np.searchsorted(batch.rows["ts"], (upto + 1) * TICK))
        now = one.step(upto, batch.take(np.arange(at, end)))
        assert all((finding.ts - 1) // TICK == upto for finding in now)
        found, at = found + now, end
    assert found


def test_so_many_dormant_accounts_an_hour() -> None:
    made = Made()
    made.click(0, "reader", author="x")
    for n in range(250):
        made.add("account", n / 10, action="login", actor=f"u{n}")
    found = said(made, days=200)
    assert len(found) == 250
    assert np.unique([finding.ts for finding in found], return_counts=True)[1].tolist() == [100, 100, 50]


def test_a_past_without_use_says_nothing_before_use_is_seen() -> None:
    made = Made()
    for n in range(20):
        made.add("account", 10 * n * DAY, action="login", actor=f"u{n}")
        made.add("account", 200 * DAY + n, action="login", actor=f"u{n % 10}")
    made.add("post", 200 * DAY + 60, actor="writer", content="c", text="so")
    assert not said(made, days=200.9)
    assert [finding.subject for finding in said(made, days=202.5)] == []
    assert [finding.subject for finding in said(made, days=290)] == ["u10"]


def test_where_there_are_account_events_alone_a_year_has_to_pass() -> None:
    made = Made()
    made.add("account", 0, action="login", actor="gone")
    for day in range(0, 400, 20):
        made.add("account", day * DAY, action="login", actor="here")
    assert not said(made, days=364)
    assert [finding.subject for finding in said(made, days=367)] == ["gone"]


# Names


def closes(made: Made, **fields: object) -> None:
    """A crowd, in which an account is closed."""
    crowd(made, days=2)
    shop = {"name": "Tonsen Radio", "entity": "tonsen"}
    register(made, 10, "old", ip="studio", device="desk", **shop)
    made.add("account", 2 * DAY, action="close", actor="old", **{**shop, **fields})


@pytest.mark.parametrize(
    "name", ["Tonsen Radio", "tonsen\u200bradio", "T\u043ensen R\u0430dio", "ＴＯＮＳＥＮ Radio."]
)
def test_a_closed_accounts_name_again(name: str) -> None:
    made = Made()
    closes(made)
    register(made, 2 * DAY + 600, "thief", name=name, entity="else", device="d", ip="i")
    (found,) = said(made, kind="name_reuse")
    assert (found.subject_type, found.subject) == ("account", "thief")
    assert found.since == START + 2 * DAY * 60_000
    assert found.start == START + (2 * DAY + 600) * 60_000
    assert [signal.name for signal in found.signals] == ["closed_name"] + ["disguised"] * (
        name.isascii() is False
    )
    ids = {
        event["id"]
        for event in made.events
        if event["actor"] in ("old", "thief") and event["action"] != "login"
    }
    assert set(found.samples) <= ids
    assert len(found.samples) == 2


def test_a_name_in_two_scripts_is_no_disguise() -> None:
    """Whoever writes one word in each script has letters that read as no Latin ones."""
    made = Made()
    closes(made)
    shop = {"name": "Tonsen \u0440\u0430\u0434\u0438\u043e", "entity": "tonsen"}
    made.add("account", 2 * DAY, action="rename", actor="p1", name=shop["name"], entity="e1")
    made.add("account", 2 * DAY + 30, action="close", actor="p1", entity="e1")
    register(made, 2 * DAY + 600, "thief", name=shop["name"].upper(), entity="else", device="d", ip="i")
    (found,) = said(made, kind="name_reuse")
    assert [signal.name for signal in found.signals] == ["closed_name"]


def test_a_name_is_more_surprising_the_sooner_it_is_taken() -> None:
    """Whoever takes a name by chance takes that of any account ever closed."""
    chances = []
    for others in (0, 8):
        made = Made()
        closes(made)
        for person in range(20, 20 + others):
            made.add("account", 2 * DAY + person, action="close", actor=f"p{person}", entity=f"e{person}")
        for person in range(40, 48 - others):
            made.add("account", DAY, action="close", actor=f"p{person}", entity=f"e{person}")
        register(made, 2 * DAY + 600, "thief", name="Tonsen Radio", entity="else", device="d", ip="i")
        (found,) = said(made, kind="name_reuse")
        chances.append(found.signals[0].baseline)
    assert chances[1] == pytest.approx(9 * chances[0], rel=0.05)


def test_renaming_counts_too() -> None:
    made = Made()
    closes(made)
    made.add("account", 2 * DAY + 90, action="rename", actor="p7", name="tonsen radio", entity="e7")
    assert [finding.subject for finding in said(made)] == ["p7"]


@pytest.mark.parametrize(
    "innocent",
    [
        {"entity": "tonsen", "device": "d"},
        {"device": "desk"},
        {"ip": "studio", "device": "d"},
        {"entity": "else", "name": "Tonsen Radios"},
    ],
)
def test_ones_own_name_back_or_another(innocent: dict[str, object]) -> None:
    made = Made()
    closes(made)
    register(made, 2 * DAY + 600, "heir", **{"name": "Tonsen Radio", **innocent})
    assert not said(made)


def test_a_name_that_others_have_or_that_was_handed_over() -> None:
    made = Made()
    closes(made)
    register(made, 20, "other", name="Tonsen Radio", entity="another")
    register(made, 2 * DAY + 600, "third", name="Tonsen Radio", entity="else")
    assert not said(made)
    made = Made()
    closes(made)
    made.add("account", 2 * DAY - 60, action="transfer", actor="old", entity="tonsen")
    register(made, 2 * DAY + 600, "heir", name="Tonsen Radio", entity="else")
    assert not said(made)


def test_a_name_that_several_had_is_common() -> None:
    made = Made()
    closes(made)
    for n, at in enumerate((100, 200)):
        who = {"actor": f"same{n}", "name": "Tonsen Radio", "entity": f"t{n}"}
        made.add("account", at, action="register", **who)
        made.add("account", at + 50, action="close", **who)
    register(made, 2 * DAY + 600, "third", name="Tonsen Radio", entity="else")
    assert not said(made)


# Hands


def sold(made: Made, account: str = "p5", begin: float = 6 * DAY, days: int = 4, **fields: object) -> None:
    """Somebody else uses an account, twice a day."""
    for n in range(2 * days):
        who = {"ip": f"far{n % 3}", "device": "tablet", "entity": "buyer", **fields}
        made.add("account", begin + n * 700, action="login", actor=account, **who)


def test_device_address_and_entity_change_together() -> None:
    made = Made()
    crowd(made)
    sold(made)
    (found,) = said(made)
    assert (found.kind, found.subject_type, found.subject) == ("account_transfer", "account", "p5")
    assert found.start == START + 6 * DAY * 60_000
    assert found.ts - found.start >= DAY * 60_000


@pytest.mark.parametrize(("events", "days"), [(1_000.0, 3), (50_000.0, 1)])
def test_one_event_with_the_other_entity_is_enough_where_that_is_rare(events: float, days: int) -> None:
    """Where little is known yet, a second one is waited for."""
    account, usual, made = np.zeros(1, rows.ACCOUNT), np.zeros(rows.USUAL), Made()
    usual[rows.ENTITIES_SEEN] = events
    usual[rows.SESSIONS : rows.SESSIONS + 3] = events
    for n in range(48):  # every six hours; from the seventh day on by somebody else
        who = "buyer" if n >= 24 else "owner"
        where = {"device": f"of {who}", "ip": f"at {who}"}
        if n == 24:
            made.add("account", n * 360, action="login", actor="p", entity=who, **where)
        else:
            made.click(n * 360, "p", author="x", **where)
    told = [
        n / 4 - 6
        for n, one in enumerate(made.batch().rows)
        if lives(usual, account[0], one, np.uint32(one["ts"] // 1000), n == 24)
    ]
    assert told[0] == days


@pytest.mark.parametrize(
    "innocent",
    [
        {"entity": "e5"},  # a new phone, on a long journey
        {"entity": "e5", "device": "phone5"},  # travel
        {"device": "phone5"},  # the company behind it has another name
        {"ip": "home1", "entity": "e5"},  # a new phone
        {"ip": "office0"},
    ],
)
def test_one_sign_or_two_are_no_hand_over(innocent: dict[str, object]) -> None:
    made = Made()
    crowd(made)
    sold(made, **innocent)
    assert not said(made)


def test_where_no_devices_are_told() -> None:
    made = Made()
    crowd(made)
    sold(made)
    for event in made.events:
        del event["device"]
    assert [finding.subject for finding in said(made)] == ["p5"]


def test_two_entities_behind_one_account() -> None:
    made = Made()
    crowd(made)
    for n in range(12):
        owner = "e5" if n % 2 else "partner"
        who = {"device": "tablet" if n % 2 else "laptop7", "ip": f"far{n % 4}", "entity": owner}
        made.add("account", 6 * DAY + 700 * n, action="login", actor="p5", **who)
    assert not said(made)


@pytest.mark.parametrize("minutes", [-20 * DAY / 10, -30, 0, 200, 1300])
def test_an_approved_transfer(minutes: float) -> None:
    made = Made()
    crowd(made)
    sold(made)
    made.add("account", 6 * DAY + minutes, action="transfer", actor="p5", entity="buyer")
    assert not said(made)


def test_the_old_device_comes_back() -> None:
    made = Made()
    crowd(made)
    sold(made)
    made.add("account", 6 * DAY + 900, action="login", actor="p5", entity="e5", device="phone5", ip="home1")
    assert not said(made)


def test_what_is_seen_of_somebody_else_does_not_become_the_habit() -> None:
    made = Made()
    crowd(made)
    sold(made, days=1)
    one = stage()
    batch = acted_on(made)
    one.step(int(batch.rows["ts"].max()) // TICK, batch)
    row = one.accounts.rows[np.flatnonzero(one.accounts.rows["key"] == hash_text("p5"))[0]]
    assert row["began"] == (START + 6 * DAY * 60_000) // 1000
    assert hash_text("tablet") >> 32 not in row["devices"].tolist()


# Registrations


def arrivals(made: Made, days: int = 3, a_day: int = 60) -> None:
    """People who register, each by himself, and look round."""
    for n in range(days * a_day):
        at = n * DAY / a_day
        who = {"ip": f"h{n % 97}", "device": f"d{n}"}
        register(made, at, f"n{n}", entity=f"m{n}", name=f"newcomer {chr(0x4E00 + n)}", **who)
        made.click(at + 2, f"n{n}", author=f"s{n % 9}", **who)
        made.follow(at + 4, f"n{n}", target=f"s{n % 7}", **who)


def batch_of(made: Made, shares: dict[str, str], begin: float = 2 * DAY, n: int = 24) -> None:
    """Accounts made in stock, that share something."""
    for k in range(n):
        who = {"ip": f"bi{k}", "device": f"bd{k}", "entity": f"be{k}", "name": f"b{chr(0x5E00 + k)} so"}
        named = {"name": f"{shares['name']}{k * 3:04d}"} if "name" in shares else {}
        register(made, begin + 4 * k, f"b{k}", **{**who, **shares, **named})


@cache
def bulk(trait: str) -> tuple[Finding, ...]:
    made = Made()
    arrivals(made)
    batch_of(made, {trait: "the same"})
    made.add("account", 3 * DAY, action="login", actor="n0")
    return tuple(said(made, kind="bulk_registration"))


@pytest.mark.parametrize("trait", ["entity", "device", "ip", "name"])
def test_accounts_made_in_stock(trait: str) -> None:
    found = bulk(trait)
    names = set().union(*(finding.participants for finding in found))
    assert names == {f"b{k}" for k in range(24)}
    assert len({finding.subject for finding in found}) == 1
    assert found[0].subject_type == "group"
    assert found[0].subject.startswith("g-")
    late = found[0].ts - (START + 2 * DAY * 60_000)
    assert late <= (7.8 if trait == "ip" else 2.0) * 3_600_000


def test_a_class_on_its_first_day_and_a_carriers_customers() -> None:
    made = Made()
    arrivals(made)
    for k in range(40):
        at, who = 2 * DAY + 480 + k, {"ip": "school", "device": f"cd{k}"}
        register(made, at, f"c{k}", entity=f"ce{k}", name=f"pupil{k:02d}", **who)
        made.follow(at + 3, f"c{k}", target="school", **who)
        for other in range(4):
            made.follow(at + 5 + other, f"c{k}", target=f"c{(k + other * 7 + 1) % 40}", **who)
    for k in range(60):
        at, who = 1 * DAY + 20 * k, {"ip": "carrier", "device": f"kd{k}"}
        register(made, at, f"k{k}", entity=f"ke{k}", **who)
        made.click(at + 3, f"k{k}", author=f"s{k % 9}", **who)
    assert not said(made, days=4)


def test_friends_who_are_invited_and_one_company_within_the_cap() -> None:
    made = Made()
    arrivals(made)
    for k in range(30):
        at, who = 2 * DAY + 10 * k, {"ip": f"fi{k}", "device": f"fd{k}"}
        register(made, at, f"f{k}", entity=f"fe{k}", name=f"friend {chr(0x5E00 + k)}", **who)
        made.follow(at + 2, f"f{k}", target="host", **who)
    for k in range(12):
        who = {"ip": "firm", "device": "desk"}
        register(made, 2 * DAY + 5 * k, f"w{k}", entity="firm", name=f"Firm {chr(0x6E00 + k)}", **who)
        made.add("post", 2 * DAY + 200 + k, actor=f"w{k}", content=f"w{k}", text="We are open", **who)
    assert not said(made, days=4)


def test_a_checkpoint_in_the_middle() -> None:
    made = Made()
    crowd(made, n=100, days=3)
    closes(made)
    arrivals(made, days=4)
    batch_of(made, {"device": "x"}, begin=DAY)
    batch_of(made, {"name": "so"}, begin=3 * DAY, n=30)
    sold(made, "p7", begin=2.2 * DAY, days=2)
    for n in range(20):
        register(made, 3 * DAY + n, f"u{n}", entity="shop", ip=f"ui{n}")
    later = check_continues(stage, ticks(acted_on(made), 40))
    assert {finding.kind for found in later for finding in found} >= {"bulk_registration", "entity_cap"}


def test_a_farm_of_devices_is_one_campaign() -> None:
    """Each device by itself has few of the accounts; the flag names those of all."""
    made = Made()
    arrivals(made)
    for k in range(72):
        who = {"ip": f"bi{k}", "device": f"farm{k % 6}", "entity": f"be{k}", "name": f"b{chr(0x5E00 + k)} so"}
        register(made, 2 * DAY + 2 * k, f"b{k}", **who)
    made.add("account", 3 * DAY, action="login", actor="n0")
    found = said(made, kind="bulk_registration")
    assert len({finding.subject for finding in found}) == 1
    last = max(found, key=lambda finding: finding.participants_total)
    assert set(last.participants) == {f"b{k}" for k in range(72)}
    assert {signal.name for signal in last.signals} >= {"registrations", "shared_devices", "beside"}
    assert last.start == START + 2 * DAY * 60_000


def test_a_farm_takes_nobody_in_who_was_not_found() -> None:
    made = Made()
    arrivals(made)
    batch_of(made, {"device": "the same"})
    for k in range(5):
        register(
            made, 2 * DAY + 7 * k, f"family{k}", ip="home", device="tablet", entity=f"f{k}", name=f"F{k}"
        )
        made.click(2 * DAY + 7 * k + 3, f"family{k}", author="s1", ip="home", device="tablet")
    made.add("account", 3 * DAY, action="login", actor="n0")
    found = said(made, kind="bulk_registration")
    assert found
    assert set().union(*(finding.participants for finding in found)) == {f"b{k}" for k in range(24)}


def half_idle() -> Made:
    """People who register; every other one does nothing more."""
    made = Made()
    arrivals(made)
    made.events = [
        event for event in made.events if event["type"] == "account" or int(event["actor"][1:]) % 2
    ]
    return made


@pytest.mark.parametrize(("accounts", "suspect"), [(12, False), (30, True)])
def test_one_device_where_no_entities_are_told(accounts: int, suspect: bool) -> None:
    """It may be one company's, which may have so many accounts and no more."""
    made = half_idle()
    for k in range(accounts):
        who = {"ip": f"bi{k}", "device": "the same"}
        register(made, 2 * DAY + 4 * k, f"b{k}", name=f"b{chr(0x5E00 + k)} so", **who)
        if k % 4 == 0:
            made.click(2 * DAY + 4 * k + 2, f"b{k}", author=f"s{k % 9}", **who)
    for event in made.events:
        event.pop("entity", None)
    made.add("account", 3 * DAY, action="login", actor="n0")
    assert bool(said(made, kind="bulk_registration")) == suspect


@pytest.mark.parametrize(("cap", "suspect"), [(15, True), (30, False)])
def test_more_accounts_in_hours_than_one_entity_may_have(cap: int, suspect: bool) -> None:
    """That most lie idle is enough then, where by itself it would be too little."""
    made = half_idle()
    for k in range(20):
        who = {"ip": f"bi{k}", "device": f"bd{k}"}
        register(made, 2 * DAY + 4 * k, f"b{k}", entity="firm", name=f"b{chr(0x5E00 + k)} so", **who)
        if k % 7 == 0:
            made.click(2 * DAY + 4 * k + 2, f"b{k}", author=f"s{k % 9}", **who)
    made.add("account", 3 * DAY, action="login", actor="n0")
    one = AccountsStage(TICK, Accounts(cap=cap), capacity=1 << 12, traits=1 << 10, log=1 << 10, ids=1 << 12)
    found = one.step(FIRST + 3 * DAY, acted_on(made))
    assert ("bulk_registration" in {finding.kind for finding in found}) == suspect
