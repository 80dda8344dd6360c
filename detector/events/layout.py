"""What the kernels know of the events' schema, as tables made from `detector.events.schema`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
from msgspec import inspect

from detector.engine.rows import ACTIONS, SOURCES, TYPES
from detector.events.schema import KINDS
from models.hashing import hash_text

_INT64 = 2**63 - 1
_WORD = 2**64 - 1

FIELDS = (
    *("id", "ts", "type", "actor", "actor_created", "ip", "device", "source", "target", "action"),
    *("content", "author", "dwell_ms", "text", "links", "media", "original", "credit", "topic", "entity"),
    *("name", "count"),
)
"""All keys of all events; the number behind the last is that of an unknown key, and of an absent field."""
(ID, TS, TYPE, ACTOR, CREATED, IP, DEVICE, SOURCE) = range(8)
ABSENT = UNKNOWN = len(FIELDS)

# What a row is made of, and the fields that say it: the first of them that a type has.
_ROLES = {
    "subject": ("target", "author", "actor"),
    "object": ("target", "content"),
    "aux": ("topic", "entity"),
    "extra": ("credit", "name"),
    "value": ("dwell_ms", "count"),
    "action": ("action",),
    "text": ("text",),
    "links": ("links",),
    "media": ("media",),
    "original": ("original",),
}
(SUBJECT, OBJECT, AUX, EXTRA, VALUE, ACTION, TEXT, LINKS, MEDIA, ORIGINAL) = range(len(_ROLES))

# JSON values that a field may have, beside null, as bits.
STRING, NUMBER, BOOLEAN, STRINGS = 1, 2, 4, 8


def word(text: str, k: int) -> int:
    """Eight letters of an ASCII text from letter 8 * k on, as a little-endian word; NULs behind its end."""
    return int.from_bytes(text.encode()[8 * k : 8 * k + 8], "little")


def _words(names: tuple[str, ...]) -> np.ndarray:
    if max(map(len, names)) > 16:
        raise ValueError("names are told apart by their first 16 letters")
    return np.array([[word(name, 0), word(name, 1)] for name in (*names, "")], np.uint64)


def _types_of(field: str) -> Iterator[inspect.Type]:
    """The types of a field in all events that have it, those of a union one by one."""
    for kind in KINDS:
        info = inspect.type_info(kind)
        if not isinstance(info, inspect.StructType):
            raise TypeError(f"{kind.__name__} is no Struct")
        for one in info.fields:
            if one.encode_name == field:
                yield from one.type.types if isinstance(one.type, inspect.UnionType) else (one.type,)


def _forms() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By field: the forms of its value, and the least and the most of it: characters, a number."""
    forms = np.zeros(len(FIELDS) + 1, np.int64)
    bounds = np.zeros((2, 2, len(FIELDS) + 1), np.int64)
    bounds[:, 1] = _INT64
    forms[TYPE], forms[UNKNOWN] = STRING, STRING | NUMBER | BOOLEAN
    for number, field in enumerate(FIELDS):
        for one in _types_of(field):
            if isinstance(one, inspect.StrType):
                forms[number] |= STRING
                bounds[0, :, number] = one.min_length or 0, one.max_length or _INT64
            elif isinstance(one, inspect.LiteralType):
                forms[number] |= STRING
            elif isinstance(one, inspect.IntType):
                forms[number] |= NUMBER
                most = one.le if one.lt is None else one.lt - 1
                bounds[1, :, number] = one.ge or 0, _INT64 if most is None else most
            elif isinstance(one, inspect.BoolType):
                forms[number] |= BOOLEAN
            elif isinstance(one, inspect.VarTupleType):
                forms[number] |= STRINGS
                bounds[0, :, number] = 0, one.max_length or _INT64
            elif not isinstance(one, inspect.NoneType):
                raise TypeError(f"the kernel cannot read a {one} in {field}")
    return forms, bounds[0], bounds[1]


def _roles() -> np.ndarray:
    table = np.full((len(KINDS), len(_ROLES)), ABSENT, np.int64)
    for number, kind in enumerate(KINDS):
        for role, names in enumerate(_ROLES.values()):
            found = [name for name in names if name in kind.__struct_fields__]
            if found:
                table[number, role] = FIELDS.index(found[0])
    return table


def _masks() -> tuple[np.ndarray, np.ndarray]:
    """By type: the fields it has, and those it must have, as bits."""
    has, must = np.zeros(len(KINDS), np.int64), np.zeros(len(KINDS), np.int64)
    for number, kind in enumerate(KINDS):
        if kind.__struct_config__.tag != TYPES[number]:
            raise TypeError(f"{kind.__name__} is not the type of number {number}")
        for field in msgspec.structs.fields(kind):
            bit = 1 << FIELDS.index(field.encode_name)
            has[number] |= bit
            must[number] |= bit if field.required else 0
    return has, must


def _actions() -> np.ndarray:
    """By type: the numbers of the actions that it knows, as bits."""
    table = np.zeros(len(KINDS), np.int64)
    for number, kind in enumerate(KINDS):
        for field in msgspec.structs.fields(kind):
            if field.name == "action":
                for name in field.type.__args__:
                    table[number] |= 1 << ACTIONS.index(name)
    return table


def _types() -> np.ndarray:
    table = np.full((16, 256), len(TYPES), np.int64)
    for number, name in enumerate(TYPES):
        if table[len(name), ord(name[0])] != len(TYPES):
            raise TypeError(f"the length and the first letter do not tell {name} from another type")
        table[len(name), ord(name[0])] = number
    return table


def _perfect(bits: int) -> tuple[int, np.ndarray]:
    """A factor by which the first words of all keys fall on different places, and the keys' numbers there."""
    factor = 0x9E3779B97F4A7C15
    while True:
        places = [(word(field, 0) * factor & _WORD) >> (64 - bits) for field in FIELDS]
        if len(set(places)) == len(FIELDS):
            table = np.full(1 << bits, UNKNOWN, np.int64)
            table[places] = range(len(FIELDS))
            return factor, table
        factor = factor * 0xD1342543DE82EF95 + 1 & _WORD | 1


# The first 16 letters of each key, and of each type's name, as two words; zeros for none.
KEYS, NAMES = _words(FIELDS), _words(TYPES)
KEY_BITS = 7
# KEY_AT[first word * KEY_FACTOR >> (64 - KEY_BITS)]: the number of the only key that it can be.
KEY_FACTOR, KEY_AT = _perfect(KEY_BITS)
# TYPE_AT[length, first letter]: the number of the only type that it can be.
TYPE_AT = _types()
# FORMS[field]; LENGTHS and NUMBERS[0 or 1, field]: the least and the most characters or items, and number.
FORMS, LENGTHS, NUMBERS = _forms()
# ROLES[type, role]: the field that says it, or ABSENT.
ROLES = _roles()
HAS, MUST = _masks()
KNOWN_ACTIONS = _actions()
ACTION_HASHES = np.array([hash_text(name) for name in ACTIONS], np.uint64)
SOURCE_HASHES = np.array([hash_text(name) for name in SOURCES], np.uint64)
