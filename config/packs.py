"""Rule packs: for every kind of flag its status, legal basis, parameters and examples, as data.

The packs in `config/rules/` come with the service, one file a kind. A folder of an operator's own may change
any of it: a file there names the kind, and only what differs.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from config.load import ConfigError

SHIPPED = Path(__file__).resolve().parent / "rules"

T = TypeVar("T")
Status = Literal["on", "held", "shadow"]
Articles = Annotated[list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=32)]
Series = dict[str, Any]


class Examples(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events that lead to a flag of the kind, and events that look alike and do not.

    Each is a list of series, see `tests.contract.examples`.
    """

    flags: list[Series]
    silent: list[Series]


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind.

    Attributes:
        kind, about: its name, and a sentence.
        status: `on`, `held` (sent, but for people to look at before anything follows) or `shadow` (counted).
        legal_basis: articles that its flags rest on.
        parameters: of its suspicion, by name; those left out have the suspicion's own defaults.
    """

    kind: str
    about: str
    legal_basis: Articles
    examples: Examples
    status: Status | bool = "on"
    parameters: dict[str, float | int | bool] = {}

    def __post_init__(self) -> None:
        _read_status(self)


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator's file says of a kind."""

    kind: str
    status: Status | bool | None = None
    legal_basis: Articles | None = None
    parameters: dict[str, float | int | bool] = {}

    def __post_init__(self) -> None:
        _read_status(self)


def _read_status(pack: Pack | Changes) -> None:
    """YAML reads a bare `on` as true, and `off` as false."""
    if pack.status is True:
        msgspec.structs.force_setattr(pack, "status", "on")
    elif pack.status is False:
        raise ValueError("there is no status 'off': 'shadow' counts flags without sending them")


LARGEST = 1 << 18
"""Bytes of a pack at most."""
DEEPEST = 32
"""Lists and tables within one another in a pack at most."""


def files(folder: Path) -> list[Path]:
    """The packs of a folder; what is no ordinary file is none, a link that leads nowhere should be one."""
    packs = (path for path in folder.iterdir() if path.suffix.lower() in (".yaml", ".yml"))
    return sorted(path for path in packs if path.is_file() or not path.exists())


def load(folder: Path | None = None) -> dict[str, Pack]:
    """The packs by kind, with what an operator's folder changes.

    Raises:
        ConfigError: a file cannot be read, or says what it cannot; a line each.
    """
    packs = {pack.kind: pack for _, pack in _read(SHIPPED, Pack)}
    problems = []
    for path, changes in _read(folder, Changes) if folder else ():
        if changes.kind not in packs:
            problems.append(f"{path}: kind: there is no kind {changes.kind!r}{hint(changes.kind, packs)}")
            continue
        given = {
            name: value for name in ("status", "legal_basis") if (value := getattr(changes, name)) is not None
        }
        pack = packs[changes.kind]
        packs[pack.kind] = msgspec.structs.replace(
            pack, **given, parameters=pack.parameters | changes.parameters
        )
    if problems:
        raise ConfigError("\n".join(problems))
    return packs


def _read(folder: Path, of: type[T]) -> Iterator[tuple[Path, T]]:
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such folder")
    problems = []
    try:
        paths = files(folder)
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}") from error
    for path in paths:
        try:
            if path.stat().st_size > LARGEST:
                raise ValueError(f"has more than {LARGEST} bytes")
            text = path.read_bytes()
            _refuse_deep(text)
            yield path, msgspec.yaml.decode(text, type=of)
        # YAML makes dates and numbers by itself, and says in its own ways that it cannot.
        except (OSError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
            problems.append(f"{path}: {' '.join(str(error).split())[:500]}")
    if problems:
        raise ConfigError("\n".join(problems))


Groups = Mapping[str, Any]
"""Dataclasses with the parameters of a kind's suspicions, by what stands before their names in its pack."""


def parameters_of(groups: Groups) -> dict[str, float | int | bool]:
    """The parameters that rules may change, by name, with their values."""
    return {name: getattr(groups[prefix], attribute) for name, (prefix, attribute) in _places(groups).items()}


def _places(groups: Groups) -> dict[str, tuple[str, str]]:
    return {
        prefix + each.name: (prefix, each.name)
        for prefix, group in groups.items()
        for each in fields(group)
        if each.name not in FIXED
    }


def _refuse_deep(text: bytes) -> None:
    """Before a pack is built: libyaml descends on the machine's stack, and falls off it, with the process."""
    import yaml

    depth = 0
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise ValueError("is nested too deeply")
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def set_parameters(
    groups: Groups, parameters: Mapping[str, float | int | bool], where: str
) -> dict[str, Any]:
    """The same groups with some parameters changed.

    Raises:
        ConfigError: there is no such parameter, or its value is of another type; a line each.
    """
    problems = []
    places, defaults = _places(groups), parameters_of(groups)
    values: dict[str, dict[str, float | int | bool]] = {prefix: {} for prefix in groups}
    for name, value in parameters.items():
        if name not in places:
            problems.append(f"{where}: parameters: there is no {name!r}{hint(name, places)}")
            continue
        default = defaults[name]
        low, high = bounds_of(default)
        if isinstance(value, bool) != isinstance(default, bool) or (
            isinstance(default, int) and not isinstance(value, int)
        ):
            problems.append(f"{where}: parameters: {name}: {value!r} is not like the default {default!r}")
        elif not low <= value <= high:
            problems.append(f"{where}: parameters: {name}: has to be from {low:g} to {high:g}")
        else:
            prefix, attribute = places[name]
            values[prefix][attribute] = float(value) if isinstance(default, float) else value
    if problems:
        raise ConfigError("\n".join(problems))
    return {prefix: replace(group, **values[prefix]) for prefix, group in groups.items()}


FACTOR = 10
"""So much a parameter may be raised or lowered: what lies beyond is a slip, and no engine is made for it."""

FIXED = frozenset({"capacity", "participants"})
"""Parameters that size the state or the contract: no rule may change them."""


def bounds_of(default: float) -> tuple[float, float]:
    """The least and the greatest value that a parameter with this default may have."""
    if isinstance(default, int):
        return math.ceil(default / FACTOR), default * FACTOR or 1
    return default / FACTOR, default * FACTOR or 1.0


def hint(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, where something is alike."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
