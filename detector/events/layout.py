"""Where the kernel finds the fields of an event that msgspec has encoded as MessagePack.

A Struct is written as a map of all its fields in the order of definition, its tag first. So the kernel needs
no keys: a table says what the n-th value of a type is.
"""

from __future__ import annotations

import numpy as np

from detector.engine.rows import ACTIONS, SOURCES, TYPES
from detector.events.schema import KINDS
from models.hashing import hash_text

SLOTS = (
    *(
        "id",
        "actor",
        "ip",
        "device",
        "source",
        "target",
        "content",
        "author",
        "action",
        "aux",
        "extra",
        "text",
    ),
    *("ts", "created", "value", "original", "links", "media"),
)
(ID, ACTOR, IP, DEVICE, SOURCE, TARGET, CONTENT, AUTHOR, ACTION, AUX, EXTRA, TEXT) = range(12)
(TS, CREATED, VALUE, ORIGINAL, LINKS, MEDIA) = range(12, len(SLOTS))

_NAMES = {
    "actor_created": "created",
    "dwell_ms": "value",
    "count": "value",
    "topic": "aux",
    "entity": "aux",
    "credit": "extra",
    "name": "extra",
}


def _fields() -> np.ndarray:
    table = np.full((len(KINDS), max(len(kind.__struct_fields__) for kind in KINDS)), -1, np.int8)
    for number, kind in enumerate(KINDS):
        if kind.__struct_config__.tag != TYPES[number]:
            raise TypeError(f"{kind.__name__} is not the type of number {number}")
        for k, field in enumerate(kind.__struct_encode_fields__):
            table[number, k] = SLOTS.index(_NAMES.get(field, field))
    return table


def _types() -> np.ndarray:
    table = np.full((16, 256), -1, np.int8)
    for number, name in enumerate(TYPES):
        if table[len(name), ord(name[0])] != -1:
            raise TypeError(f"the length and the first letter do not tell {name} from another type")
        table[len(name), ord(name[0])] = number
    return table


# FIELDS[type, n]: the slot of the n-th field after the tag; -1 behind the last.
FIELDS = _fields()
# TYPE_OF[length, first letter]: the number of a type's name.
TYPE_OF = _types()
ACTION_HASHES = np.array([hash_text(name) for name in ACTIONS], np.uint64)
SOURCE_HASHES = np.array([hash_text(name) for name in SOURCES], np.uint64)
