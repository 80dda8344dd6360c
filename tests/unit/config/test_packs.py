"""Rule packs: those of the service cover every kind; an operator's change them; what is wrong is said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from config.load import ConfigError
from config.packs import FIXED, bounds_of, load, parameters_of
from config.settings import Settings
from detector.engine.engine import PARAMETERS, Engine
from detector.engine.engine import Settings as EngineSettings
from detector.events.decode import Decoder
from detector.warm import events as warm_events
from streams.engine import engine_settings, groups_of

ARTICLES = {
    "art7.2", "art8.3", "art10.1", "art10.2", "art10.3", "art11", "art12.1", "art12.2", "art13.1", "art13.2",
    "art14.2", "art14.3", "art17.1", "art18.4", "art18.6", "art18.8", "art19", "art20.2",
}  # fmt: skip


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    (folder / name).write_text(text)
    return folder


def test_every_kind_has_a_pack_and_rests_on_articles() -> None:
    packs = load()
    assert packs.keys() == PARAMETERS.keys()
    for pack in packs.values():
        assert pack.legal_basis, pack.kind
        assert set(pack.legal_basis) <= ARTICLES, pack.kind
        assert pack.about.endswith("."), pack.kind


def test_the_shipped_packs_change_no_default() -> None:
    made, plain = engine_settings(Settings()), EngineSettings()
    assert all(groups_of(made, kind) == groups_of(plain, kind) for kind in PARAMETERS)


def test_a_folder_changes_what_it_names(tmp_path: Path) -> None:
    text = "kind: lockstep\nstatus: shadow\nlegal_basis: [art18.4]\nparameters: {least: 12, company: 9}\n"
    made = engine_settings(Settings(rules_dir=write(tmp_path, text)))
    assert (made.rules["lockstep"].status, made.rules["lockstep"].legal_basis) == ("shadow", ("art18.4",))
    assert (made.lockstep.least, made.lockstep.company) == (12, 9.0)
    assert made.rules["follower_jump"].status == "on"
    assert made.versions["rules"] != engine_settings(Settings()).versions["rules"]


def test_a_kind_told_by_two_suspicions_has_the_parameters_of_both(tmp_path: Path) -> None:
    text = "kind: comment_inflation\nparameters: {least: 9, flood_least: 7, flood_worth: 4}\n"
    made = engine_settings(Settings(rules_dir=write(tmp_path, text)))
    assert (made.comments.least, made.flooding.least, made.flooding.worth) == (9, 7, 4.0)
    contents = EngineSettings().contents()
    made.tune("contents", contents)
    assert contents._flooding["least"] == 7


def test_a_bare_on_is_on(tmp_path: Path) -> None:
    assert load(write(tmp_path, "kind: lockstep\nstatus: on\n"))["lockstep"].status == "on"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: lockst\n", "there is no kind 'lockst'; did you mean 'lockstep'?"),
        ("kind: lockstep\nstatus: maybe\n", "maybe"),
        ("kind: lockstep\nstatus: off\n", "'shadow' counts flags without sending them"),
        ("kind: lockstep\nseriousness: shadow\n", "seriousness"),
        ("kind: lockstep\nparameters: {leest: 3}\n", "there is no 'leest'; did you mean 'least'?"),
        ("kind: lockstep\nparameters: {participants: 3}\n", "there is no 'participants'"),
        ("kind: lockstep\nparameters: {least: 3.5}\n", "3.5 is not like the default 10"),
        ("kind: lockstep\nparameters: {company: .nan}\n", "company: has to be from 0.8 to 80"),
        ("kind: lockstep\nparameters: {company: true}\n", "True is not like the default"),
        ("kind: lockstep\nparameters: {least: 0}\n", "least: has to be from 1 to 100"),
        ("kind: lockstep\nparameters: {least: 1" + 400 * "0" + "}\n", "least: has to be from 1 to 100"),
        ("kind: lockstep\nlegal_basis: [2020-13-45]\n", "mine.yaml"),
        ("kind: lockstep\nparameters: {least: " + 5001 * "9" + "}\n", "mine.yaml"),
        ("kind: lockstep\nparameters: {least: 0x_}\n", "mine.yaml"),
        ("kind: lockstep\nlegal_basis: [" + 99 * "a, " + "a]\n", "mine.yaml"),
        ("kind: lockstep\n#" + (1 << 18) * "x", "mine.yaml: has more than"),
        ("kind: [lockstep\n", "mine.yaml"),
        ("", "mine.yaml"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        engine_settings(Settings(rules_dir=write(tmp_path, text)))
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_kinds_that_share_parameters_must_agree(tmp_path: Path) -> None:
    write(tmp_path, "kind: follower_jump\nparameters: {least: 6}\n", "a.yaml")
    write(tmp_path, "kind: follower_drop\nparameters: {least: 7}\n", "b.yaml")
    with pytest.raises(ConfigError, match="least: a kind that shares it sets another"):
        engine_settings(Settings(rules_dir=tmp_path))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such folder"):
        load(tmp_path / "none")


def test_parameters_that_may_change_are_numbers() -> None:
    for kind in PARAMETERS:
        values = parameters_of(groups_of(EngineSettings(), kind))
        assert all(isinstance(value, int | float) for value in values.values())
        assert not values.keys() & FIXED


@pytest.mark.parametrize("most", [False, True])
def test_an_engine_works_with_every_parameter_at_its_bound(tmp_path: Path, most: bool) -> None:
    plain = EngineSettings()
    for kind in PARAMETERS:
        values = parameters_of(groups_of(plain, kind))
        bounds = {key: bounds_of(value)[most] for key, value in values.items()}
        write(tmp_path, json.dumps({"kind": kind, "parameters": bounds}), f"{kind}.yaml")
    # Ticks of an hour: longer than what is waited for before a second look.
    settings = Settings(rules_dir=tmp_path, tick_seconds=3600, shards=2)
    engine = Engine(engine_settings(settings))
    engine.push(Decoder().decode(warm_events()).batch)
    engine.finish()


def test_what_is_no_file_is_no_pack(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    (tmp_path / "y.yaml").mkdir()
    assert load(tmp_path) == load()


def test_no_pack_is_passed_over_in_silence(tmp_path: Path) -> None:
    write(tmp_path, "kind: lockstep\nstatus: shadow\n", "MINE.YAML")
    assert load(tmp_path)["lockstep"].status == "shadow"
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"gone\.yaml"):
        load(tmp_path)
