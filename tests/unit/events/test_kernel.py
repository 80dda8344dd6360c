"""The kernel's own hash and its tables agree with the slow ways and the schema."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from detector.engine.rows import TYPES
from detector.events.kernel import _copy
from detector.events.layout import (
    ABSENT,
    FIELDS,
    HAS,
    KEY_AT,
    KNOWN_ACTIONS,
    LENGTHS,
    NUMBERS,
    ROLES,
    TYPE_AT,
    UNKNOWN,
)  # fmt: skip
from detector.events.schema import KINDS, YEAR_2000, YEAR_2100
from detector.events.times import NO_TIME, parse_time
from models.hashing import hash_bytes
from models.memory import address_of


@njit
def _copied(data, n, out):  # type: ignore[no-untyped-def]
    return _copy(address_of(data), n, address_of(out))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=70))
def test_a_copy_has_the_hash_of_models_hashing(content: bytes) -> None:
    data = np.frombuffer(content + b"\xaa" * 8, np.uint8)
    out = np.full(len(data), 0xBB, np.uint8)
    assert _copied(data, len(content), out) == hash_bytes(data, 0, len(content))
    assert out[: len(content)].tobytes() == content


def test_every_field_has_a_role_or_a_number() -> None:
    common = {"id", "ts", "ip", "device", "source", "actor_created", "actor", "type"}
    for number, kind in enumerate(KINDS):
        told = {FIELDS[field] for field in ROLES[number].tolist() if field != ABSENT}
        assert set(kind.__struct_fields__) - told <= common
        assert HAS[number] == sum(1 << FIELDS.index(name) for name in kind.__struct_fields__)
    assert sorted(TYPE_AT[len(KINDS) > TYPE_AT].tolist()) == list(range(len(KINDS)))
    assert sorted(KEY_AT[KEY_AT != UNKNOWN].tolist()) == list(range(len(FIELDS)))


def test_limits_are_those_of_the_schema() -> None:
    assert LENGTHS[:, FIELDS.index("id")].tolist() == [1, 128]
    assert LENGTHS[:, FIELDS.index("links")].tolist() == [0, 32]
    assert NUMBERS[:, FIELDS.index("ts")].tolist() == [YEAR_2000, YEAR_2100 - 1]
    assert NUMBERS[:, FIELDS.index("count")].tolist() == [1, 2**63 - 1]
    assert KNOWN_ACTIONS[TYPES.index("subscription")] == 0b110


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.datetimes(timezones=st.timezones()))
def test_times_agree_with_the_standard_library(moment: object) -> None:
    import datetime as dt

    assert isinstance(moment, dt.datetime)
    offset = moment.utcoffset()
    assert offset is not None
    fixed = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=offset // dt.timedelta(minutes=1))))
    text = np.frombuffer(fixed.isoformat().encode(), np.uint8)
    since = fixed - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert parse_time(text, 0, len(text)) == since // dt.timedelta(milliseconds=1)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(st.sampled_from("0123456789-:TZ.+ "), max_size=30))
def test_what_is_no_time_is_none(text: str) -> None:
    data = np.frombuffer(text.encode() + bytes(8), np.uint8)
    assert parse_time(data, 0, len(text)) == NO_TIME
